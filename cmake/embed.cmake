# xj_embed(<target> <function> FILES...): generates `std::span<const xj::EmbeddedFile> <function>()` returning the
# files' bytes, named by their path below the folder given with BASE, so that no program looks for them on disk.
function(xj_embed target function)
  cmake_parse_arguments(A "" "BASE" "FILES" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/embedded/${function}.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DFUNCTION=${function} -DBASE=${A_BASE} "-DFILES=${A_FILES}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${A_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# The resident agent pays for every library it maps, on every host: what is not OpenSSL (security updates must come
# without us) or libc is linked into it, 1.7 MiB less in memory (docs/agent.md). A target with XJ_SLIM takes the
# static form of a library where Debian ships one; all others take the shared form. Debian ships none of fmt and
# spdlog, so the few sources the agent needs of them are compiled from their headers.
add_library(xj_slim_log STATIC EXCLUDE_FROM_ALL cmake/slim/fmt.cc cmake/slim/spdlog.cc)
target_compile_options(xj_slim_log PRIVATE -ffunction-sections -fdata-sections)

function(xj_either out shared static)
  if(static)
    set(${out} "$<IF:$<BOOL:$<TARGET_PROPERTY:XJ_SLIM>>,${static},${shared}>" PARENT_SCOPE)
  else()
    set(${out} ${shared} PARENT_SCOPE)
  endif()
endfunction()

find_library(XJ_STATIC_BOOST_JSON libboost_json.a)
find_library(XJ_STATIC_YAML libyaml-cpp.a)
find_library(XJ_STATIC_ZSTD libzstd.a)
foreach(lib BOOST_JSON YAML ZSTD)
  if(NOT XJ_STATIC_${lib})
    set(XJ_STATIC_${lib} "")
  endif()
endforeach()
xj_either(XJ_BOOST_JSON Boost::json "${XJ_STATIC_BOOST_JSON}")
xj_either(XJ_YAML yaml-cpp "${XJ_STATIC_YAML}")
xj_either(XJ_ZSTD PkgConfig::ZSTD "${XJ_STATIC_ZSTD}")
xj_either(XJ_FMT fmt::fmt xj_slim_log)
xj_either(XJ_SPDLOG spdlog::spdlog xj_slim_log)

function(xj_slim target)
  if(TARGET ${target} AND NOT XJ_SANITIZE)
    set_target_properties(${target} PROPERTIES XJ_SLIM ON)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
  endif()
endfunction()

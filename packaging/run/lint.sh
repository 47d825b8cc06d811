install_packages
failed=0
stage layers python3 tests/lint/layers.py || failed=1
stage texts python3 tests/lint/texts.py || failed=1
stage format bash -c "git ls-files '*.cc' '*.h' | xargs -r clang-format-19 --dry-run -Werror" || failed=1
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
stage test-targets python3 tests/lint/every_test_has_a_target.py build/release || failed=1
# clang-tidy over the whole tree takes minutes: "quick" leaves it out.
[ "${1:-}" = quick ] || stage clang-tidy tests/lint/tidy.sh build/release || failed=1
exit $failed

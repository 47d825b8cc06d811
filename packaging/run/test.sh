source packaging/run/deps.sh
say "building (release, with tests)"
configure_and_build release
say "testing"
ctest --test-dir build/release -j "$jobs" --output-on-failure --no-tests=error ${1:+-R "$1"}

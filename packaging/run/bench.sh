json=-
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=${2:?--json needs a file}; shift 2 ;;
    *) die "unknown option '$1'" "./run bench [--json FILE]" ;;
  esac
done
source packaging/run/deps.sh
say "building (release)"
configure_and_build release
mkdir -p build/bench; rm -f build/bench/*.out
failed=0
for program in build/release/bin/*_bench; do
  name=$(basename "$program")
  stage "$name" bash -c "set -o pipefail; timeout 900 '$program' | tee 'build/bench/$name.out'" || failed=1
done
printf '\n%s, %s cores, %s\n\n' "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(nproc)" \
  "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)"
python3 tests/bench/report.py "$json" build/bench/*.out || failed=1
exit $failed

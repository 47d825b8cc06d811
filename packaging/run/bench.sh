json=- peers=''
runs=${XJ_BENCH_RUNS:-5}
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=${2:?--json needs a file}; shift 2 ;;
    --peers) peers=yes; shift ;;
    *) die "unknown option '$1'" "./run bench [--json FILE] [--peers]" ;;
  esac
done
[[ $runs =~ ^[1-9][0-9]?$ ]] || die "XJ_BENCH_RUNS wants a whole number from 1 to 99, not '$runs'"
source packaging/run/deps.sh
say "building (release)"
configure_and_build release
mkdir -p build/bench
# Others beside us, on the same values in the same run; installed from Debian, never started by themselves.
if [ -n "$peers" ]; then
  [ "$json" = - ] || die "--json is for our own figures" "./run bench --peers, or ./run bench --json FILE"
  install_packages prometheus victoria-metrics
  build/release/bin/bench_peers "$runs" | tee build/bench/peers.txt
  exit
fi
# What a soak has measured stays, and is shown with its date.
find build/bench -name '*.out' ! -name 'soak*.out' -delete
failed=0
bench() {  # bench NAME RUN
  local program=build/release/bin/$1
  stage "$1${2:+ ($2 of $runs)}" bash -c "set -o pipefail; timeout 900 '$program' | tee 'build/bench/$1${2:+-$2}.out'" || failed=1
}
# Noise of disk and neighbours is large: medians, and the floor's beside ours in the same minutes. Those whose one
# run is a median over many rounds or thousands of agents run once.
repeated="floor_bench ingest_bench wire_bench evaluate_bench form_bench"
for run in $(seq "$runs"); do
  for name in $repeated; do bench "$name" "$run"; done
done
for program in build/release/bin/*_bench; do
  name=$(basename "$program")
  case " $repeated " in *" $name "*) ;; *) bench "$name" '' ;; esac
done
printf '\n%s, %s cores, %s; medians of %s\n\n' "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" "$(nproc)" \
  "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1)" "$runs"
python3 tests/bench/report.py "$json" build/bench/*.out || failed=1
exit $failed

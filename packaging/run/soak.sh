# The long runs, one after the other inside a time budget that begins when everything is built. What one stage
# leaves of its share goes to the next.
minutes=10
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number}; shift 2 ;;
    *) die "unknown option '$1'" "./run soak [--minutes N]" ;;
  esac
done
[[ $minutes =~ ^[1-9][0-9]{0,3}$ ]] || die "--minutes wants a whole number from 1 on, not '$minutes'"
source packaging/run/deps.sh
say "building (release, and the fuzz targets)"
configure_and_build release e2e unit_collector http_sessions_bench agentswarm_bench xunjian xunjian-agent xunjian-agent-probe xunjian-collector
configure_and_build asan fuzz_seeds fuzz_targets xunjian-collector e2e

budget=$((minutes * 60)) began=$SECONDS failed=0 kills_wanted=200
out=build/bench/soak.out
mkdir -p build/bench build/logs; : >"$out"
figure() { printf '{"name":"%s","value":%s,"unit":"%s"}\n' "$1" "$2" "$3" >>"$out"; }
left() { echo $((budget - (SECONDS - began))); }
# Whatever happens, what runs right now ends with this script: timeout(1) is told by its own process id, and
# every program of a test dies with the test (PR_SET_PDEATHSIG).
running=''
finish() { [ -z "$running" ] || kill "$running" 2>/dev/null || true; }
trap finish EXIT
trap 'exit 130' INT TERM
bounded() {  # bounded SECONDS COMMAND...: ended after that long, killed 10 s later
  timeout -k 10 "$@" & running=$!
  local code=0; wait "$running" || code=$?
  running=''; return "$code"
}

# Each run's generators write down what was acknowledged to them; the test looks for all of it afterwards and
# prints, failed or not, how much was missing or there twice. A run that ends without that line proves nothing.
soak_kills() {
  local until=$((SECONDS + budget * 2 / 5)) kills=0 acknowledged=0 lost=0 doubled=0 runs=0 bad=0
  local log=build/logs/soak-kill-run.log k a l d code room
  while [ "$runs" = 0 ] || { [ "$kills" -lt "$kills_wanted" ] && [ "$SECONDS" -lt "$until" ]; }; do
    # A short budget makes a short run: 40 kills and what the generators still send take up to a minute.
    room=$((until - SECONDS)) k=40; [ "$room" -ge 60 ] || k=10
    code=0; XJ_KILLS=$k bounded 300 build/release/bin/e2e --gtest_filter='KillCollector.*' >"$log" 2>&1 || code=$?
    runs=$((runs + 1))
    if ! read -r k a l d < <(sed -nE 's/^kills=([0-9]+) acknowledged=([0-9]+) lost=([0-9]+) doubled=([0-9]+)$/\1 \2 \3 \4/p' "$log")
    then cat "$log"; bad=1; break; fi
    kills=$((kills + k)) acknowledged=$((acknowledged + a)) lost=$((lost + l)) doubled=$((doubled + d))
    echo "run $runs: $k kills, $a acknowledged, $l lost, $d twice"
    [ "$code" = 0 ] || { cat "$log"; bad=1; break; }
  done
  figure kills "$kills" kills
  figure results_acknowledged "$acknowledged" results
  # Without a whole run there is nothing to say about loss, and no figure says it.
  [ "$kills" = 0 ] || { figure lost_after_kills "$lost" results; figure doubled_after_kills "$doubled" results; }
  echo "$kills kills, $acknowledged results acknowledged, $lost lost, $doubled there twice"
  [ "$bad" = 0 ]
}

# Faults at every operation and damage at every byte, where a unit test passes over some to take seconds.
soak_faults() {
  [ "$(left)" -ge 900 ] || { echo "left out: it takes longer than a short soak has"; return 0; }
  XJ_EVERYTHING=1 bounded "$(left)" build/release/bin/unit_collector \
    --gtest_filter='NthFault.*:DamagedStart.*:EarlierVersion*' --gtest_brief=1 >build/logs/soak-faults.log 2>&1 ||
    { tail -n 50 build/logs/soak-faults.log; return 1; }
}

# Each session is a descriptor of the collector's process and one of the clients'; memory of both is bounded.
soak_sessions() {
  local program=build/release/bin/http_sessions_bench count=10000 files room seconds
  files=$(ulimit -Hn); [ "$files" = unlimited ] && files=1000000
  room=$(awk '/^MemAvailable:/ {print int($2 / 2 / 200)}' /proc/meminfo)  # half of it, 200 KiB for both ends
  [ "$count" -le $((files - 100)) ] || count=$((files - 100))
  [ "$count" -le "$room" ] || count=$room
  seconds=$(($(left) / 3)); [ "$seconds" -ge 30 ] || seconds=30
  # Made one after the other, 3 ms each as measured; 10 ms leaves room for a slow machine.
  [ "$count" -le $((seconds * 100)) ] || count=$((seconds * 100))
  bounded $((seconds * 2)) "$program" "$count" >build/bench/soak-sessions.part || return 1
  cat build/bench/soak-sessions.part >>"$out"; rm -f build/bench/soak-sessions.part
  figure sessions "$count" sessions
  echo "$count sessions held at once"
}

# Five hundred agents, and kills, against a collector built with a sanitizer.
soak_sanitized() {
  XJ_SWARM=500 bounded 600 "build/$1/bin/e2e" --gtest_filter='Swarm.*:KillCollector.*' --gtest_brief=1 \
    >"build/logs/soak-$1-e2e.log" 2>&1 || { tail -n 50 "build/logs/soak-$1-e2e.log"; return 1; }
}

# Ten thousand agents with certificates of their own against the real collector; loss fails it.
soak_swarm() {
  local count=10000 round=60 room seconds
  room=$(awk '/^MemAvailable:/ {print int($2 / 2 / 400)}' /proc/meminfo)  # half of it, 400 KiB for both ends
  [ "$count" -le "$room" ] || count=$room
  seconds=$(($(left) / 2))
  [ "$seconds" -ge 180 ] || { round=20; count=$((count < 2000 ? count : 2000)); }
  bounded $((seconds > 400 ? seconds : 400)) build/release/bin/agentswarm_bench "$count" "$round" \
    >build/bench/soak-swarm.part || return 1
  cat build/bench/soak-swarm.part >>"$out"; rm -f build/bench/soak-swarm.part
  echo "$count agents, a round of $round s"
}

soak_fuzz() {
  local targets seconds
  targets=$(ls tests/fuzz/*_fuzz.cc | wc -l)
  seconds=$(($(left) * jobs / targets - 1)); [ "$seconds" -ge 1 ] || seconds=1
  figure fuzz_targets "$targets" targets
  figure fuzz_seconds_each "$seconds" s
  bounded $((targets * (seconds + 30))) ./run fuzz "$seconds"
}

say "soaking for $minutes min"
stage soak-kills soak_kills || failed=1
stage soak-faults soak_faults || failed=1
stage soak-asan-ubsan soak_sanitized asan || failed=1
stage soak-sessions soak_sessions || failed=1
stage soak-swarm soak_swarm || failed=1
stage soak-fuzz soak_fuzz || failed=1
echo
python3 tests/bench/report.py - "$out" || failed=1
exit $failed

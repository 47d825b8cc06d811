# The long runs, one after the other inside a time budget that begins when everything is built. What one stage
# leaves of its share goes to the next. In half an hour there is room for all of them; a shorter budget leaves
# some out, or makes them smaller, and says which.
minutes=30
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?--minutes needs a number}; shift 2 ;;
    *) die "unknown option '$1'" "./run soak [--minutes N]" ;;
  esac
done
[[ $minutes =~ ^[1-9][0-9]{0,3}$ ]] || die "--minutes wants a whole number from 1 on, not '$minutes'"
source packaging/run/deps.sh
say "building (release, and with sanitizers)"
configure_and_build release e2e unit_collector http_sessions_bench agentswarm_bench xunjian xunjian-agent xunjian-agent-probe xunjian-collector
configure_and_build asan fuzz_seeds fuzz_targets xunjian xunjian-collector e2e
configure_and_build tsan xunjian xunjian-collector e2e

budget=$((minutes * 60)) began=$SECONDS failed=0 note=''
out=build/bench/soak.out
mkdir -p build/bench build/logs; : >"$out"
figure() { printf '{"name":"%s","value":%s,"unit":"%s"}\n' "$1" "$2" "$3" >>"$out"; }
left() { echo $((budget - (SECONDS - began))); }
# What a budget is too short for is not run, and the terminal says so: a stage's own output is in its log.
hold() { stage "$@" || failed=1; [ -z "$note" ] || { printf '      %s\n' "$note"; note=''; }; }
has_room() {  # has_room SECONDS
  [ "$(left)" -ge "$1" ] || { note="left out: it may take $1 s, and $(left) s are left"; return 1; }
}
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
kills=0 acknowledged=0 lost=0 doubled=0
kill_runs() {  # kill_runs SUITE WANTED SECONDS: runs of its test until so many kills, for so long, once at least
  local suite=$1 wanted=$2 until=$((SECONDS + $3)) met=0 runs=0 bad=0
  local log=build/logs/soak-kill-run.log k a l d code
  while [ "$runs" = 0 ] || { [ "$met" -lt "$wanted" ] && [ "$SECONDS" -lt "$until" ]; }; do
    # A short budget makes a short run: 40 kills and what the generators still send take up to a minute.
    k=40; [ $((until - SECONDS)) -ge 60 ] || k=10
    code=0; XJ_KILLS=$k bounded 300 build/release/bin/e2e --gtest_filter="$suite.*" >"$log" 2>&1 || code=$?
    runs=$((runs + 1))
    if ! read -r k a l d < <(sed -nE 's/^kills=([0-9]+) acknowledged=([0-9]+) lost=([0-9]+) doubled=([0-9]+)$/\1 \2 \3 \4/p' "$log")
    then cat "$log"; bad=1; break; fi
    met=$((met + k)) kills=$((kills + k)) acknowledged=$((acknowledged + a)) lost=$((lost + l)) doubled=$((doubled + d))
    echo "run $runs: $k kills, $a acknowledged, $l lost, $d twice"
    grep '^cut in ' "$log" || true
    [ "$code" = 0 ] || { cat "$log"; bad=1; break; }
  done
  echo "$kills kills so far, $acknowledged results acknowledged, $lost lost, $doubled there twice"
  [ "$bad" != 0 ] || [ "$met" -ge "$wanted" ] || note="$met of $wanted kills: the budget ended there"
  [ "$bad" = 0 ]
}
soak_kills() { kill_runs KillCollector 200 $((budget * 3 / 10)); }
soak_kills_at_work() { kill_runs KillAtWork 100 $((budget / 10)); }
kill_figures() {
  figure kills "$kills" kills
  figure results_acknowledged "$acknowledged" results
  # Without a whole run there is nothing to say about loss, and no figure says it.
  [ "$kills" = 0 ] || { figure lost_after_kills "$lost" results; figure doubled_after_kills "$doubled" results; }
}

# Faults at every operation and damage at every byte, where a unit test passes over some to take seconds.
soak_faults() {
  has_room 700 || return 0
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

# Five hundred agents, and kills, against a collector built with a sanitizer. What it reports goes into files: a
# collector that is killed would tell nobody else.
soak_sanitized() {
  has_room 240 || return 0
  local reports=$root/build/logs/soak-$1-reports code=0
  rm -rf "$reports"; mkdir -p "$reports"
  ASAN_OPTIONS="log_path=$reports/asan" UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1" \
    TSAN_OPTIONS="log_path=$reports/tsan:suppressions=$root/cmake/tsan-suppressions.txt" XJ_SWARM=500 \
    bounded 600 "build/$1/bin/e2e" --gtest_filter='Swarm.*:KillCollector.*:KillAtWork.*' \
    >"build/logs/soak-$1-e2e.log" 2>&1 || code=$?
  grep -E '^\[ +(OK|FAILED) |^kills=|^cut in ' "build/logs/soak-$1-e2e.log" || true
  if [ -n "$(ls -A "$reports")" ]; then head -n 60 "$reports"/*; code=1; fi
  [ "$code" = 0 ] || { tail -n 50 "build/logs/soak-$1-e2e.log"; return 1; }
}

# Ten thousand agents with certificates of their own against the real collector, for minutes; loss fails it.
soak_swarm() {
  local count=10000 round=60 rounds=3 room
  room=$(awk '/^MemAvailable:/ {print int($2 / 2 / 400)}' /proc/meminfo)  # half of it, 400 KiB for both ends
  [ "$count" -le "$room" ] || count=$room
  [ "$(left)" -ge 420 ] ||
    { round=20 rounds=1 count=$((count < 2000 ? count : 2000)); note="$count agents: 10000 take up to 420 s, $(left) s are left"; }
  bounded 800 build/release/bin/agentswarm_bench "$count" "$round" "$rounds" >build/bench/soak-swarm.part || return 1
  cat build/bench/soak-swarm.part >>"$out"; rm -f build/bench/soak-swarm.part
  echo "$count agents, $rounds rounds of $round s"
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
hold soak-kills soak_kills
hold soak-kills-at-work soak_kills_at_work
kill_figures
hold soak-faults soak_faults
hold soak-asan-ubsan soak_sanitized asan
hold soak-tsan soak_sanitized tsan
hold soak-sessions soak_sessions
hold soak-swarm soak_swarm
hold soak-fuzz soak_fuzz
echo
python3 tests/bench/report.py - "$out" || failed=1
exit $failed

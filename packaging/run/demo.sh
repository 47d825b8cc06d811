keep=''
for word in "$@"; do
  case $word in --keep) keep=yes ;; *) die "unknown option '$word'" "./run demo [--keep]" ;; esac
done
set --  # what is built is not what was asked of the demo
source packaging/run/build.sh
[ -t 1 ] || export NO_COLOR=1

# Named from here, so that what is shown can be typed.
demo=build/demo bin=build/release/bin
# An earlier demo that was kept ends first; a number given to another program since is left alone.
if [ -f "$demo/pids" ]; then
  for pid in $(cat "$demo/pids"); do
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qE "$demo/|packaging/demo/peers.py" && kill "$pid" 2>/dev/null || true
  done
fi
rm -rf "$demo"; mkdir -p "$demo/contracts"
pids=()
finish() {
  local code=$?
  if [ -n "$keep" ] && [ "$code" = 0 ]; then return; fi
  rm -f "$demo/pids"
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ "$code" = 0 ] || { printf '%sThe demo failed.%s Logs: build/demo/*.log\n' "$red" "$plain"; tail -n 5 "$demo"/*.log; } >&2
}
trap finish EXIT
trap 'exit 130' INT TERM

ports() { python3 -c '
import socket
held = [socket.socket() for _ in range(4)]
for s in held: s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])'; }
read -r port_agents port_people port_portal port_hook < <(ports)
export XUNJIAN_SERVER=unix:$root/$demo/collector.sock
xunjian() { "$bin/xunjian" "$@"; }
show() { printf '%s$ xunjian %s%s\n' "$dim" "$*" "$plain"; xunjian "$@"; echo; }
# until_true SECONDS WHAT COMMAND...: asks twice a second.
until_true() {
  local limit=$1 what=$2 i; shift 2
  for ((i = 0; i < limit * 2; i++)); do "$@" >/dev/null 2>&1 && return 0; sleep 0.5; done
  die "waited ${limit}s in vain for: $what"
}
portal() { python3 packaging/demo/peers.py portal "$port_portal" >>"$demo/portal.log" 2>&1 & portal_pid=$!; pids+=("$portal_pid"); }
portal_breaks() {
  local pid left=()
  kill "$portal_pid"; wait "$portal_pid" 2>/dev/null || true
  for pid in "${pids[@]}"; do [ "$pid" = "$portal_pid" ] || left+=("$pid"); done
  pids=("${left[@]}")
}

host=demo-host
sed -e "s/@HOST@/$host/g" -e "s/@PORT@/$port_portal/g" packaging/demo/contract.yaml >"$demo/contracts/contract.yaml"
cat >"$demo/collector.yaml" <<YAML
data_dir: collector
listen: {agents: "127.0.0.1:$port_agents", people: "127.0.0.1:$port_people", socket: $root/$demo/collector.sock}
names: [localhost, 127.0.0.1]
contracts: [contracts]
holidays: [$root/config/examples/calendar-cn.csv]
retention: {history_min_free: 64MiB}
channels:
  hook: {kind: webhook, url: "http://127.0.0.1:$port_hook/"}
YAML
cat >"$demo/agent.yaml" <<YAML
collector: {url: "https://127.0.0.1:$port_agents"}
state_dir: $root/$demo/agent
send: {every: 1s}
YAML
mkdir -p "$demo/agent"

say "1. the configuration is sound"
show config check "$demo/collector.yaml" "$demo/agent.yaml" "$demo/contracts/contract.yaml"

say "2. a collector, an office portal to look after, and somebody to notify"
portal
python3 packaging/demo/peers.py hook "$port_hook" "$demo/notified.txt" >"$demo/hook.log" 2>&1 & pids+=($!)
"$bin/xunjian-collector" serve --config "$demo/collector.yaml" >"$demo/collector.log" 2>&1 & pids+=($!)
until_true 15 "the collector to answer" xunjian status

say "3. an agent of this host: one-time token, certificate, first results"
token=$(xunjian token create --agent "$host" --json | jq -r .token)
"$bin/xunjian-agent" enroll --collector "https://127.0.0.1:$port_people" --token "$token" --config "$demo/agent.yaml"
"$bin/xunjian-agent" run --config "$demo/agent.yaml" >"$demo/agent.log" 2>&1 & pids+=($!)
all_in() { [ "$(xunjian checks "$host" --json | jq '[.checks[] | select(.state != null and .state != "missing")] | length')" -ge 9 ]; }
until_true 30 "first results of every check" all_in
show checks "$host"

say "4. an inspection round"
show round run daily

say "5. the portal breaks"
portal_breaks
opened() { xunjian incidents --json | jq -e '.cases | length > 0'; }
until_true 30 "an incident to open" opened
number=$(xunjian incidents --json | jq -r '.cases[0].number')
graded() { xunjian case show "$number" --json | jq -e '.grade == "I"'; }
until_true 30 "the machine's grade" graded
show incidents
show explain "$number"
show case ack "$number" "值班人员已接手" --as work-one
show case report "$number" "已电话上报" --to overall-lead --as work-one

say "6. the portal is back"
portal
recovered() { xunjian case show "$number" --json | jq -e '.status == "watching"'; }
until_true 30 "the recovery" recovered
show case show "$number"
say "who was told:"
told() { grep -q 恢复 "$demo/notified.txt"; }
until_true 10 "a notification of the recovery to arrive" told
cat "$demo/notified.txt"; echo

say "7. today's inspection sheet"
show round run daily --output "$demo/inspection.pdf"
sheet=$(xunjian report list --json | jq -r '.documents[0].number')
show report render "$sheet" --output "$demo/inspection.html"

printf '%sThe sheet%s  %s/inspection.pdf\n           %s/inspection.html\n\n' "$bold" "$plain" "$demo" "$demo"
try() { printf '  %s\n' "$@"; }
alone=("$bin/xunjian-agent check disk" "$bin/xunjian config check config/examples" "$bin/xunjian --help")
if [ -n "$keep" ]; then
  echo "${pids[*]}" >"$demo/pids"
  echo "Everything still runs; end it with:  kill \$(cat $demo/pids)"
  echo "Try:"
  try "export XUNJIAN_SERVER=unix:$demo/collector.sock" "$bin/xunjian status" "$bin/xunjian results $host portal-page" \
    "$bin/xunjian case show $number" "$bin/xunjian case note $number '...' --as work-one" "${alone[@]}"
else
  echo "Everything has been stopped; ./run demo --keep leaves it running. Try:"
  try "${alone[@]}"
fi

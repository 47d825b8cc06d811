# Shared by the commands of ./run; sourced, never run.
jobs=${XJ_JOBS:-$(nproc)}
root=$PWD

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'
else bold='' green='' red='' dim='' plain=''; fi

say() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
die() { printf '%s%s%s\n' "$red" "$1" "$plain" >&2; [ $# -gt 1 ] && printf '    %s\n' "$2" >&2; exit 2; }

# Runs a named stage, its output in a log; prints how long it took, and the log's end when it failed.
stage() {
  local name=$1 log="build/logs/$1.log" start=$SECONDS; shift
  mkdir -p build/logs
  if "$@" >"$log" 2>&1; then printf '%sok%s    %-28s %4ds\n' "$green" "$plain" "$name" $((SECONDS - start))
  else
    printf '%sFAILED%s %-27s %4ds   (%s)\n' "$red" "$plain" "$name" $((SECONDS - start)) "$log"
    grep -nE 'error:|Error|FAILED|undefined reference' "$log" | head -20 || true
    grep -nE -A12 '^[^ ]*: Failure$' "$log" | head -60 || true # what a test of ours says before ctest's summary
    tail -n 40 "$log"; return 1
  fi
}

packages() { sed -e 's/#.*//' packaging/packages.txt | grep -vE '^\s*$' | tr -s ' \n' '\n'; }
missing_packages() {  # missing_packages [EXTRA...]
  local wanted; wanted=$(packages; [ $# = 0 ] || printf '%s\n' "$@")
  comm -23 <(sort -u <<<"$wanted") \
    <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | awk '$2=="installed"{print $1}' | sort -u)
}
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "installing packages needs root" "run: su -c 'apt-get install -y $(missing_packages ${extra_packages:-} | tr '\n' ' ')'"; fi
}
install_packages() {  # install_packages [EXTRA...]: those of packages.txt, and these
  local extra_packages="$*" missing; missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  say "installing $(wc -l <<<"$missing") Debian packages"
  as_root apt-get update -q >/dev/null
  # policy-rc.d keeps freshly installed servers (nginx) from starting by themselves.
  local policy=/usr/sbin/policy-rc.d made=''
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null; as_root chmod 755 "$policy"; made=yes; fi
  local ok=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >build-deps.log 2>&1 || ok=$?
  [ -n "$made" ] && as_root rm -f "$policy"
  [ "$ok" = 0 ] || { tail -n 20 build-deps.log; die "installing packages failed" "see build-deps.log; are Debian 12's main repositories set up?"; }
  rm -f build-deps.log
}

# configure_and_build PRESET [targets...]; ninja's own progress line shows on a terminal.
configure_and_build() {
  local preset=$1; shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 || {
    cat "build/configure-$preset.log"; die "configuring build/$preset failed" "try: ./run clean, then again"; }
  ninja -C "build/$preset" -j "$jobs" "$@"
}
mkdir -p build

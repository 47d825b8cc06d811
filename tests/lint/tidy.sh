#!/usr/bin/env bash
# clang-tidy over production sources. tidy.sh BUILD all | changed BASE | share K/N
set -euo pipefail
build=$1 mode=${2:-all}
files=$(git ls-files '*.cc' | grep -vE '^(tests|core/texts)/')
case $mode in
  share) files=$(awk -v k="${3%/*}" -v n="${3#*/}" 'NR % n == k % n' <<<"$files") ;;
  changed) files=$(git diff --name-only --diff-filter=d "$3" -- '*.cc' | grep -vE '^(tests|core/texts)/' || true) ;;
esac
[ -n "$files" ] || { echo "nothing to look at"; exit 0; }
printf '%s\n' "$files" | xargs -P "$(nproc)" -n 2 clang-tidy-19 -p "$build" --quiet --warnings-as-errors='*' 2>&1 |
  grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' || true
exit "${PIPESTATUS[1]}"

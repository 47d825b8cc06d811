#!/usr/bin/env bash
# clang-tidy over production sources. tidy.sh BUILD all | changed BASE
set -euo pipefail
build=$1 mode=${2:-all}
files=$(git ls-files '*.cc')
[ "$mode" = changed ] && files=$(git diff --name-only --diff-filter=d "$3" -- '*.cc')
files=$(grep -vE '^(tests|core/texts)/' <<<"$files" || true)
[ -n "$files" ] || { echo "nothing to look at"; exit 0; }
quiet='^[0-9]+ warnings?.* (generated|treated)|^Suppressed|^Use -header-filter|^\[[0-9]+/[0-9]+\] Processing'
export build quiet
look() { clang-tidy-19 -p "$build" --quiet --extra-arg=-Wno-deprecated-declarations \
  --extra-arg=-Wno-unknown-warning-option "$@" > >(grep -vE "$quiet") 2>&1; }
export -f look
printf '%s\n' "$files" | xargs -P "$(nproc)" -n 3 bash -c 'look "$@"' look

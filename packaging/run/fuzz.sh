install_packages
seconds=${1:-60}; only=${2:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "'$seconds' is no number of seconds" "./run fuzz [SECONDS] [TARGET]"
[ -z "$only" ] || { only=${only%_fuzz}_fuzz; [ -e "tests/fuzz/$only.cc" ] || die "no target '$only'" \
  "one of: $(cd tests/fuzz && ls *_fuzz.cc | sed 's/_fuzz.cc//' | tr '\n' ' ')"; }
say "building the fuzz targets (clang 19, ASan+UBSan)"
configure_and_build asan fuzz_seeds "${only:-fuzz_targets}"
rm -rf build/fuzz/seeds; mkdir -p build/fuzz
build/asan/bin/fuzz_seeds build/fuzz/seeds || die "the seeds cannot be made"
one() {  # one TARGET: a target, its seeds and its dictionary
  local name=${1}_fuzz corpus=build/fuzz/corpus/${1}_fuzz seeds=() dict=() dir
  # What was found stays from run to run; seeds are made, or written by hand in the tree.
  mkdir -p "$corpus"
  for dir in "build/fuzz/seeds/$1" "tests/fuzz/corpus/$1"; do [ -d "$dir" ] && seeds+=("$dir"); done
  [ -e "tests/fuzz/dict/$1.dict" ] && dict=(-dict="tests/fuzz/dict/$1.dict")
  stage "$name" "build/asan/bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "${dict[@]}" "$corpus" "${seeds[@]}"
}
export -f stage one
export seconds bold green red dim plain
# As many side by side as there are cores: each is one thread.
for source in tests/fuzz/*_fuzz.cc; do
  target=$(basename "$source" _fuzz.cc)
  if [ -z "$only" ] || [ "$only" = "${target}_fuzz" ]; then echo "$target"; fi
done | xargs -P "$jobs" -n 1 bash -uc 'one "$0"'

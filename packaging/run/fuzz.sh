install_packages
seconds=${1:-60}; only=${2:-}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "'$seconds' is no number of seconds" "./run fuzz [SECONDS] [TARGET]"
[ -z "$only" ] || { only=${only%_fuzz}_fuzz; [ -e "tests/fuzz/$only.cc" ] || die "no target '$only'" \
  "one of: $(cd tests/fuzz && ls *_fuzz.cc | sed 's/_fuzz.cc//' | tr '\n' ' ')"; }
say "building the fuzz targets (clang 19, ASan+UBSan)"
if [ -n "$only" ]; then configure_and_build fuzz fuzz_seeds "$only"; else configure_and_build fuzz; fi
rm -rf build/fuzz/seeds
build/fuzz/bin/fuzz_seeds build/fuzz/seeds || die "the seeds cannot be made"
failed=0
for source in tests/fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc) target=$(basename "$source" _fuzz.cc)
  [ -n "$only" ] && [ "$only" != "$name" ] && continue
  # What was found stays from run to run; seeds are made, or written by hand in the tree.
  corpus=build/fuzz/corpus/$name; mkdir -p "$corpus"
  seeds=(); for dir in "build/fuzz/seeds/$target" "tests/fuzz/corpus/$target"; do [ -d "$dir" ] && seeds+=("$dir"); done
  dict=(); [ -e "tests/fuzz/dict/$target.dict" ] && dict=(-dict="tests/fuzz/dict/$target.dict")
  stage "$name" "build/fuzz/bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "${dict[@]}" "$corpus" "${seeds[@]}" || failed=1
done
exit $failed

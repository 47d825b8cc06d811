install_packages
seconds=${1:-60}; only=${2:-}
say "building the fuzz targets (clang 19, ASan+UBSan)"
configure_and_build fuzz
failed=0
for source in tests/fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  [ -n "$only" ] && [ "$only" != "$name" ] && continue
  corpus=build/fuzz/corpus/$name; mkdir -p "$corpus"
  seeds=tests/fuzz/corpus/${name%_fuzz}; [ -d "$seeds" ] || seeds=
  stage "$name" "build/fuzz/bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
    -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "$corpus" $seeds || failed=1
done
exit $failed

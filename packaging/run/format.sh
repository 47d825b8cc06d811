install_packages
git ls-files '*.cc' '*.h' | xargs -r -P "$jobs" -n 20 clang-format-19 -i

source packaging/run/deps.sh
say "building (release)"
configure_and_build release xunjian xunjian-agent xunjian-agent-probe xunjian-collector man
rm -rf build/packages; mkdir -p build/packages
(cd build/release && cpack -G DEB -B ../packages) >build/logs-package.log 2>&1 || { tail -n 30 build/logs-package.log; exit 1; }
rm -rf build/packages/_CPack_Packages
ls -l build/packages/*.deb | awk '{printf "%8.0f KiB  %s\n", $5/1024, $9}'

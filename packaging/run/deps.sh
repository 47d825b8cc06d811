install_packages
if [ -x packaging/fetch-fonts.sh ]; then packaging/fetch-fonts.sh || say "report fonts not fetched: Debian's fonts-noto-cjk will be used"; fi

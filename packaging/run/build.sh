source packaging/run/deps.sh
say "building (release)"
if [ $# -gt 0 ]; then configure_and_build release "$@"
else configure_and_build release xunjian xunjian-agent xunjian-agent-probe xunjian-collector; fi

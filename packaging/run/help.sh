cat <<TEXT
Xunjian (巡检): operations and inspection for contracts that are held to their deadlines.

  ./run demo [--keep]        install, build, and show the whole way of one incident and its inspection sheet
  ./run test [REGEX]         install, build, run unit, integration and end-to-end tests

  ./run deps                 install the Debian packages that are missing, and the report fonts
  ./run build [TARGET...]    build/release/bin/: xunjian, xunjian-agent, xunjian-agent-probe, xunjian-collector
  ./run bench [--json FILE]  measure, and print a table beside the aims
  ./run bench --peers        the same values to us, VictoriaMetrics and Prometheus, in one run
  ./run soak [--minutes N]   the long runs (30 min): hundreds of kills, ten thousand agents, fuzzing
  ./run lint                 layers, formats, test targets, clang-tidy
  ./run format               clang-format everything
  ./run fuzz [SECONDS] [NAME]  run the fuzz targets for that long each
  ./run package              Debian packages into build/packages/
  ./run clean                remove build/

Every command sets up what it needs. XJ_JOBS=N limits the number of compilers.
TEXT

// xunjian-collector: flags, signals and exit codes. 0 well, 1 failed, 2 usage or configuration.
#include <CLI/CLI.hpp>

#include <malloc.h>
#include <sys/resource.h>

#include <csignal>
#include <ctime>
#include <iostream>

#include "collector/app.h"
#include "core/io/log.h"
#include "core/io/sd_notify.h"

namespace {

using namespace xj;
using namespace xj::collector;

constexpr int kLookAfterSeconds = 3'600;

// Signals are taken by this thread alone, between two naps; every other thread is born with them blocked.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

// Every agent is a descriptor; the soft limit is a shell's habit, the hard one is the operator's word.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// What is needed once and is large, as a snapshot's bytes, goes back to the machine when it is freed. Left to
// itself malloc learns from each such piece to keep as much: 2.5 KiB an agent of three thousand.
void give_back_what_is_large() {
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

std::optional<Setup> load(const std::string& path) {
  Problems problems;
  auto setup = read_setup(path, problems);
  if (!problems.empty()) std::cerr << render(problems, lang_from_environment());
  return setup;
}

int serve(const std::string& path) {
  give_back_what_is_large();
  const auto signals = block_signals();
  // A file-size limit is then a write that fails, told like a full disk, and no death.
  std::signal(SIGXFSZ, SIG_IGN);
  raise_file_limit();
  auto setup = load(path);
  if (!setup) return 2;
  try {
    const SystemClock clock;
    io::PosixFileSystem fs;
    App app(std::move(*setup), fs, clock);
    app.start();
    // One line for whoever started it with port 0.
    std::cout << "agents=" << app.agents_address() << " people=" << app.people_address()
              << " socket=" << app.setup().config.listen.socket << std::endl;
    for (;;) {
      const timespec nap{kLookAfterSeconds, 0};
      const int signal = sigtimedwait(&signals, nullptr, &nap);
      try {
        if (signal == SIGTERM || signal == SIGINT) break;
        if (signal == SIGHUP) {
          io::sd_notify("RELOADING=1");
          if (auto again = load(path))
            app.apply(std::move(*again));
          else
            log::error("{} was refused as a whole; the configuration read before goes on", path);
          io::sd_notify("READY=1");
        }
        app.look_after();
      } catch (const Fault& fault) {
        log::error("{}{}{}", fault.what(), fault.hint().empty() ? "" : "; ", fault.hint());
      }
    }
    app.stop();
    return 0;
  } catch (const Fault& fault) {
    log::error("{}{}{}", fault.what(), fault.hint().empty() ? "" : "; ", fault.hint());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto lang = lang_from_environment();
  CLI::App cli{text("collector.cli.about", lang), "xunjian-collector"};
  cli.set_help_flag("-h,--help", text("cli.opt.help", lang));
  cli.require_subcommand(1);
  std::string config = "/etc/xunjian/collector.yaml";
  auto* run = cli.add_subcommand("serve", text("collector.cli.serve", lang));
  run->add_option("--config", config, text("collector.cli.config", lang))->capture_default_str();
  auto* version = cli.add_subcommand("version", text("collector.cli.version", lang));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = cli.exit(error);
    return code == 0 ? 0 : 2;
  }
  if (version->parsed()) {
    std::cout << "xunjian-collector " << XJ_VERSION << '\n';
    return 0;
  }
  try {
    return serve(config);
  } catch (const std::exception& fault) {
    log::error("{}", fault.what());
    return 1;
  }
}

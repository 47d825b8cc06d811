#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "cli/run.h"

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

int terminal_width() {
  if (winsize size{}; ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  xj::SystemClock clock;
  xj::cli::Context context(std::cout, std::cerr, clock);
  context.lang = xj::lang_from_environment();
  context.width = terminal_width();
  context.colours =
      ::isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  if (auto server = environment("XUNJIAN_SERVER"); !server.empty()) context.server = std::move(server);
  context.ca_file = environment("XUNJIAN_CA");
  context.token_file = environment("XUNJIAN_TOKEN_FILE");
  context.connect = xj::io::make_http_client;
  const int code = xj::cli::run({argv + 1, argv + argc}, context);
  std::cout.flush();
  // What nobody received was not said: a full disk behind ">" is a failure.
  return std::cout.good() ? code : std::max(code, xj::cli::kFailed);
}

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>

#include "cli/run.h"

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : value;
}

// What is no terminal gets everything on one line, unless COLUMNS says otherwise.
int output_width() {
  const int asked = std::atoi(environment("COLUMNS").c_str());
  if (::isatty(STDOUT_FILENO) != 1) return std::max(asked, 0);
  if (winsize size{}; ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return asked > 0 ? asked : 80;
}

// By the names the C library looks at, in its order.
bool is_unicode() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (auto locale = environment(name); !locale.empty()) {
      std::transform(locale.begin(), locale.end(), locale.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
  return false;
}

bool confirm(const std::string& question) {
  std::cout.flush();  // what is asked about stands above
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "是";
}

std::chrono::minutes machine_offset(xj::Timestamp at) {
  const auto seconds = static_cast<std::time_t>(xj::to_ms(at) / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return std::chrono::minutes{0};
  return std::chrono::minutes{local.tm_gmtoff / 60};
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  xj::SystemClock clock;
  xj::cli::Context context(std::cout, std::cerr, clock);
  context.lang = xj::lang_from_environment();
  context.width = output_width();
  context.unicode = is_unicode();
  context.machine_offset = machine_offset;
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1) context.confirm = confirm;
  context.progress = ::isatty(STDERR_FILENO) == 1;
  context.colours =
      ::isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  if (auto server = environment("XUNJIAN_SERVER"); !server.empty()) context.server = std::move(server);
  context.ca_file = environment("XUNJIAN_CA");
  context.token_file = environment("XUNJIAN_TOKEN_FILE");
  context.holidays_file = "/etc/xunjian/calendar-cn.csv";
  context.connect = xj::io::make_http_client;
  const int code = xj::cli::run({argv + 1, argv + argc}, context);
  std::cout.flush();
  // What nobody received was not said: a full disk behind ">" is a failure.
  return std::cout.good() ? code : std::max(code, xj::cli::kFailed);
}

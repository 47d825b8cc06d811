#include "core/io/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace xj::log {
namespace {

// sd-daemon(3): the kernel's level in angle brackets before the line.
class JournalLevel final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view prefix = msg.level >= spdlog::level::err    ? "<3>"
                                    : msg.level == spdlog::level::warn ? "<4>"
                                    : msg.level == spdlog::level::info ? "<6>"
                                                                       : "<7>";
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalLevel>(); }
};

// JOURNAL_STREAM is inherited by everything a service starts, so it counts only while it names our stderr.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  if (stream == nullptr) return false;
  struct stat st{};
  if (::fstat(STDERR_FILENO, &st) != 0) return false;
  return std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino) == stream;
}

bool colours_wanted() {
  const char* no = std::getenv("NO_COLOR");  // no-color.org: present and not empty
  const char* term = std::getenv("TERM");
  return (no == nullptr || *no == '\0') && term != nullptr && std::string_view(term) != "dumb" &&
         ::isatty(STDERR_FILENO) == 1;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static spdlog::logger one = [] {
    const bool colours = colours_wanted();
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        colours ? spdlog::color_mode::always : spdlog::color_mode::never);
    spdlog::logger made("xunjian", sink);
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    if (stderr_is_journal()) {
      formatter->add_flag<JournalLevel>('J');
      formatter->set_pattern("%J%v");
    } else {
      formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    }
    made.set_formatter(std::move(formatter));
    made.set_level(spdlog::level::info);
    return made;
  }();
  return one;
}

// One call is one line: what came from outside must not be able to forge another.
bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

void set_level(Level level) { logger().set_level(spdlog_level(level)); }

void write(Level level, std::string_view line) {
  std::string escaped;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!needs_escape(line[i])) {
      if (!escaped.empty()) escaped += line[i];
      continue;
    }
    if (escaped.empty()) escaped.reserve(line.size() + 16), escaped.append(line, 0, i);
    if (line[i] == '\n')
      escaped += "\\n";
    else if (line[i] == '\t')
      escaped += "\\t";
    else
      escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(line[i]));
  }
  const std::string_view text = escaped.empty() ? line : std::string_view(escaped);
  logger().log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace xj::log

#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace xj::checks {

struct ProcessStat {
  std::uint64_t pid = 0;
  std::string_view name;  // into the text; the kernel keeps 15 bytes
  char state = '?';
  bool kernel = false;      // a thread of the kernel: no program, no command line
  std::uint64_t ticks = 0;  // user and system together
  std::uint64_t threads = 0;
  std::uint64_t start = 0;  // ticks after boot
  std::uint64_t rss_pages = 0;
};
// /proc/PID/stat; the name may hold anything, parentheses and newlines too.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// /proc/PID/cmdline with blanks between the arguments, cut at `limit`.
void command_line(std::string_view raw, std::size_t limit, std::string& into);
// The file name of the first argument of a raw command line.
std::string_view program_name(std::string_view raw);

}  // namespace xj::checks

#pragma once
// The log of both daemons. One line a fault, at the edge of the unit of work that failed. Lines go to
// standard error; under systemd (JOURNAL_STREAM) with the <N> level prefix and without a time of their own.
#include <string_view>

#include <fmt/core.h>

namespace xj::log {

enum class Level { debug, info, warning, error };
void set_level(Level level);
void write(Level level, std::string_view line);  // any thread

template <typename... A>
void debug(fmt::format_string<A...> f, A&&... a) {
  write(Level::debug, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A>
void info(fmt::format_string<A...> f, A&&... a) {
  write(Level::info, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A>
void warning(fmt::format_string<A...> f, A&&... a) {
  write(Level::warning, fmt::format(f, std::forward<A>(a)...));
}
template <typename... A>
void error(fmt::format_string<A...> f, A&&... a) {
  write(Level::error, fmt::format(f, std::forward<A>(a)...));
}

}  // namespace xj::log

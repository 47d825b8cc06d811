#pragma once
// Text as a terminal shows it: Chinese characters take two columns, combining marks none.
#include <string>
#include <string_view>
#include <vector>

namespace xj {

// Columns of one line; broken UTF-8 counts one column a byte, control characters none.
int display_width(std::string_view text);
// Cut to at most `width` columns, "…" at the end when something was cut; never in the middle of a character.
std::string cut(std::string_view text, int width);
// Lines of at most `width` columns (a single character may be wider): broken at spaces and around Chinese
// characters, a longer word wherever the line is full. No line begins with a closing mark such as "，". At
// least one line.
std::vector<std::string> wrapped(std::string_view text, int width);
// On a terminal what a plugin or a name brings must not move the cursor: control characters become spaces.
std::string printable(std::string_view text);

}  // namespace xj

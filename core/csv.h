#pragma once
// Fields of comma-separated values, RFC 4180.
#include <string>
#include <string_view>

namespace xj {

// In quotes where it holds a comma, a quote or an end of line.
std::string csv_field(std::string_view text);

}  // namespace xj

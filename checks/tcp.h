#pragma once
#include <string>
#include <string_view>

#include "checks/nonblocking.h"

namespace xj::checks {

// "10.0.0.1", "::1", "localhost": what needs no resolver, which could block.
bool is_numeric_host(std::string_view host);
// "\r\n", "\t", "\\", "\x1b" in a parameter as the bytes they mean; anything else stays.
std::string decode_escapes(std::string_view text);

}  // namespace xj::checks

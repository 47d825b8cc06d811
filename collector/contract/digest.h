#pragma once
#include <string>
#include <string_view>

namespace xj::collector {

// SHA-256 in hex.
std::string sha256_hex(std::string_view bytes);

}  // namespace xj::collector

#pragma once

namespace xj {

// Whether the byte stands for itself inside a JSON string, whatever stands beside it.
constexpr bool plain_in_json(unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace xj

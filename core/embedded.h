#pragma once
#include <span>
#include <string_view>

namespace xj {

// A file of the source tree compiled into a program by xj_embed (cmake/embed.cmake).
struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

}  // namespace xj

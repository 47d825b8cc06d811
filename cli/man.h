#pragma once
// Man pages and completion made of the tables and of what the programs print of themselves, so that they
// cannot say anything else. Built by packaging/install.cmake through xunjian-man.
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace xj::cli {

// Source for man(1), UTF-8. `date`: YYYY-MM-DD of the build.
std::string man_page(Lang lang, std::string_view date);
// Of "agent" or "collector": `helps` is what the program prints for --help, one for each command that has
// one.
std::string man_page_of(std::string_view program, const std::vector<std::string>& helps, Lang lang,
                        std::string_view date);
// For bash, to be sourced.
std::string bash_completion();

}  // namespace xj::cli

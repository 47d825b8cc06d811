#pragma once
#include <filesystem>
#include <span>
#include <string>

#include "reports/document.h"
#include "reports/typeset/style.h"

namespace xj::reports {

// Sets the document on pages. Throws Fault when it cannot be set (no fonts at all, more than 5,000 pages).
std::string to_pdf(const Document& document, const StyleSheet& sheet,
                   std::span<const std::filesystem::path> font_dirs);

// Names and versions of what decides the bytes of to_pdf beside its arguments.
std::string typesetter_id(std::span<const std::filesystem::path> font_dirs);

}  // namespace xj::reports

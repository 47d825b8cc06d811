#pragma once
#include <string>
#include <string_view>

#include "reports/document.h"

namespace xj::reports {

// The document as one HTML file with `css` in it, `generator` as its meta tag. Running content becomes @page
// margin boxes, so that a browser prints it on each page as well.
std::string to_html(const Document& document, std::string_view css, std::string_view generator);

}  // namespace xj::reports

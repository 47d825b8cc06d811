#pragma once
#include <string>

#include "core/text.h"

namespace xj::reports {

struct PdfMetadata {
  std::string title;
  Lang lang = Lang::zh;
  std::string made;  // ISO 8601
};
// Cairo's bytes with title, author, language and an identity that only depends on the content.
std::string finish_pdf(const std::string& raw, const PdfMetadata& metadata);
std::string finisher_id();

}  // namespace xj::reports

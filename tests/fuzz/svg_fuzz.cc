// Any bytes inside an inline drawing: refused with a place, refused as a Fault, or set on a page.
#include <cstdint>
#include <string>

#include "reports/form.h"
#include "reports/typeset/fonts.h"
#include "reports/typeset/pdf.h"

using namespace xj;
using namespace xj::reports;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Drawings grow with what they ask for, not with their bytes; a form's are small.
  if (size > 4096) return 0;
  static const Manifest manifest = [] {
    Problems problems;
    return parse_manifest(R"({"form":"f","title":"t","facts":{}})", "manifest.json", problems);
  }();
  static const Json facts = std::get<Json>(parse_json(R"({"lang":"zh","made":"2026-09-30T16:35:12Z"})"));
  const std::string xhtml =
      "<html><body><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"20\">" +
      std::string(reinterpret_cast<const char*>(data), size) + "</svg></body></html>";
  Problems problems;
  const auto t = Template::parse(xhtml, "form.xhtml", manifest, problems);
  if (has_errors(problems)) return 0;
  try {
    (void)to_pdf(t.fill(facts), StyleSheet{}, default_font_dirs());
  } catch (const Fault&) {
    // said, not crashed
  }
  return 0;
}

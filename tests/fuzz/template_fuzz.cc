// Any bytes as a template, a style sheet or a manifest: no crash, no hang, and what is accepted can be filled
// and set to HTML. The first byte chooses.
#include <cstdint>
#include <string_view>

#include "reports/form.h"
#include "reports/html.h"
#include "reports/typeset/style.h"

using namespace xj;
using namespace xj::reports;

namespace {

const Manifest& manifest() {
  static const Manifest m = [] {
    Problems problems;
    return parse_manifest(R"({"form":"f","title":"t","labels":{"l":"x"},
      "choices":{"s":{"a":{"title":"A","mark":"x"},"b":{"title":"B"}}},
      "facts":{"n":"text","d":"date","i":"integer","list":[{"t":"text","s":"s","m?":"message"}]}})",
                          "manifest.json", problems);
  }();
  return m;
}

const Json& facts() {
  static const Json f = std::get<Json>(parse_json(
      R"({"lang":"zh","made":"2026-09-30T16:35:12+08:00","n":"<&","d":"2026-09-30","i":3,
          "list":[{"t":"1","s":"a"},{"t":"2","s":"b","m":["core.state.ok"]}]})"));
  return f;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Problems problems;
  switch (data[0] % 3) {
    case 0: {
      const auto t = Template::parse(text, "form.xhtml", manifest(), problems);
      if (!has_errors(problems)) {
        const auto document = t.fill(facts());
        (void)to_html(document, "p { color: #000 }", "fuzz");
      }
      break;
    }
    case 1: {
      const auto sheet = StyleSheet::parse(text, "style.css", problems);
      if (!has_errors(problems)) {
        Cascade cascade(sheet);
        Node node;
        const Style* style = nullptr;
        for (const auto* tag : {"body", "table", "tr", "td", "p"}) {
          node.tag = tag;
          style = cascade.style(style, node);
        }
      }
      break;
    }
    default: {
      const auto m = parse_manifest(text, "manifest.json", problems);
      if (!has_errors(problems)) (void)facts_problems(m, facts());
    }
  }
  (void)render(problems, Lang::zh);
  return 0;
}

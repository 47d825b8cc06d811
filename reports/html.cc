#include "reports/html.h"

#include <vector>

#include "reports/form.h"
#include "reports/render.h"

namespace xj::reports {
namespace {

// What the typesetter takes for granted, said to browsers.
constexpr std::string_view kBase =
    "*{margin:0;padding:0;box-sizing:border-box}\n"
    "html{font-size:10.5pt;line-height:1.5}\n"
    "h1,h2,h3{font-size:inherit}\n"
    "h1,h2,h3,th,b,strong{font-weight:bold}\n"
    "table{border-collapse:collapse;table-layout:fixed;width:100%}\n"
    "th,td{text-align:inherit;vertical-align:top;overflow-wrap:anywhere}\n"
    "svg{display:block}\n"
    "tr[data-repeat]{display:none}\n"
    "@media screen{body{max-width:210mm;margin:8mm auto;padding:12mm 14mm;background:#fff;box-shadow:0 0 6mm "
    "#0002}"
    "html{background:#eee}}\n";

void escape(std::string& out, std::string_view text, bool attribute) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += attribute ? "&quot;" : "\""; break;
      case '\0': break;
      default: out += c;
    }
  }
}

void serialise(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::text: return escape(out, node.text, false);
    case Node::Kind::svg: out += node.text; return;
    case Node::Kind::element: break;
  }
  out += '<' + node.tag;
  for (const auto& [name, value] : node.attributes) {
    // A merge of one is none; a template may compute it.
    if (value.empty() || ((name == "colspan" || name == "rowspan") && value == "1")) continue;
    out += ' ' + name + "=\"";
    escape(out, value, true);
    out += '"';
  }
  out += '>';
  if (node.tag == "br" || node.tag == "col") return;
  for (const auto& child : node.children) serialise(out, child);
  out += "</" + node.tag + '>';
}

// A CSS string: what could end it or start an escape goes as a code point.
std::string css_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '<' || static_cast<unsigned char>(c) < 0x20) {
      static constexpr char digits[] = "0123456789abcdef";
      out += '\\';
      out += digits[(c >> 4) & 15];
      out += digits[c & 15];
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + '"';
}

// The words of running content as the value of "content".
void content_value(const Node& node, std::string& out, std::string& words) {
  const auto close = [&] {
    if (!words.empty()) out += (out.empty() ? "" : " ") + css_string(words);
    words.clear();
  };
  if (node.kind == Node::Kind::text) {
    for (const char c : node.text) {
      const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!blank)
        words += c;
      else if (!words.empty() && words.back() != ' ')
        words += ' ';
    }
    return;
  }
  const auto counter = node.attribute("data-counter");
  if (counter == "page" || counter == "pages") {
    close();
    out += (out.empty() ? "" : " ") + std::string("counter(") + std::string(counter) + ')';
    return;
  }
  for (const auto& child : node.children) content_value(child, out, words);
}

void cells_of(const Node& node, std::vector<const Node*>& cells) {
  for (const auto& child : node.children) {
    if (child.tag == "td" || child.tag == "th")
      cells.push_back(&child);
    else
      cells_of(child, cells);
  }
}

// One cell stands in the middle, two at the sides, three at all places.
std::string margin_boxes(const Node& running) {
  std::vector<const Node*> cells;
  cells_of(running, cells);
  if (cells.empty()) cells.push_back(&running);
  static constexpr std::string_view places[3][3] = {
      {"center"}, {"left", "right"}, {"left", "center", "right"}};
  if (cells.size() > 3) cells.resize(3);
  const std::string edge = running.tag == "header" ? "@top-" : "@bottom-";
  std::string boxes, none;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string value, words;
    content_value(*cells[i], value, words);
    while (words.ends_with(' ')) words.pop_back();
    if (!words.empty()) value += (value.empty() ? "" : " ") + css_string(words);
    if (value.empty()) continue;
    const auto place = edge + std::string(places[cells.size() - 1][i]);
    boxes += place + "{content:" + value + ";font-size:8.5pt}";
    none += place + "{content:none}";
  }
  if (boxes.empty()) return {};
  auto out = "@page{" + boxes + "}\n";
  if (running.attribute("data-pages") == "rest") out += "@page :first{" + none + "}\n";
  return out;
}

}  // namespace

std::string to_html(const Document& document, std::string_view css, std::string_view generator) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"";
  out += document.lang == Lang::zh ? "zh-CN" : "en";
  out +=
      "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"generator\" content=\"";
  escape(out, generator, true);
  out += "\">\n<title>";
  escape(out, document.title, false);
  out += "</title>\n<style>\n";
  out += kBase;
  // A style element ends at "</style", whatever stands before it.
  for (std::size_t at = 0; at < css.size();) {
    const auto next = std::min(css.find("</", at), css.size());
    out += css.substr(at, next - at);
    if (next < css.size()) out += "<\\/";
    at = next + 2;
  }
  for (const auto& child : document.body.children)
    if (is_running(child)) out += margin_boxes(child);
  out += "</style>\n</head>\n<body>\n";
  for (const auto& child : document.body.children)
    if (!is_running(child)) serialise(out, child);
  return out + "\n</body>\n</html>\n";
}

std::string render_html(const Form& form, const Json& facts) {
  return to_html(fill(form, facts), form.css, "Xunjian " XJ_VERSION);
}

}  // namespace xj::reports

#include "reports/typeset/style.h"

#include <algorithm>

namespace xj::reports {
namespace {

constexpr std::size_t kMostBytes = 256u << 10;
constexpr std::size_t kMostRules = 5'000;

class CssParser {
 public:
  CssParser(std::string_view css, const std::string& file, Problems& problems, StyleSheet& sheet)
      : css_(css), file_(file), problems_(problems), sheet_(sheet) {}

  void run() {
    if (css_.size() > kMostBytes) {
      wrong(0, {"reports.template_large", {{"limit", std::to_string(kMostBytes)}}});
      return;
    }
    rules(false);
    std::stable_sort(sheet_.rules.begin(), sheet_.rules.end(),
                     [](const Rule& a, const Rule& b) { return a.weight < b.weight; });
  }

 private:
  static bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
  }
  bool end() const { return at_ >= css_.size(); }
  char peek() const { return end() ? '\0' : css_[at_]; }

  void wrong(std::size_t at, Message what) {
    Place place{file_, 1, 1};
    for (const char c : css_.substr(0, at)) {
      if (c == '\n')
        ++place.line, place.column = 1;
      else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
        ++place.column;
    }
    if (problems_.size() < 200) problems_.push_back({std::move(place), std::move(what)});
  }
  void syntax(std::size_t at) { wrong(at, {"reports.css_syntax", {{"text", std::string(line_at(at))}}}); }
  std::string_view line_at(std::size_t at) const {
    auto rest = css_.substr(std::min(at, css_.size()));
    rest = rest.substr(0, std::min<std::size_t>(rest.find('\n'), 40));
    while (!rest.empty() && (static_cast<unsigned char>(rest.back()) & 0x80) != 0) rest.remove_suffix(1);
    return rest;
  }

  void space() {
    while (!end()) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else if (css_.substr(at_).starts_with("/*")) {
        const auto close = css_.find("*/", at_ + 2);
        at_ = close == std::string_view::npos ? css_.size() : close + 2;
      } else {
        return;
      }
    }
  }
  std::string_view name() {
    const auto start = at_;
    while (!end() && name_char(peek())) ++at_;
    return css_.substr(start, at_ - start);
  }

  // Behind the brace that closes the block now open; comments may hold braces.
  void skip_block() {
    for (int depth = 1; !end() && depth > 0;) {
      space();
      if (peek() == '{') ++depth;
      if (peek() == '}') --depth;
      if (!end()) ++at_;
    }
  }

  void rules(bool nested) {
    for (space(); !end(); space()) {
      if (nested && peek() == '}') return;
      if (sheet_.rules.size() > kMostRules) return syntax(at_);
      if (peek() == '@')
        at_rule(nested);
      else
        rule();
    }
  }

  void at_rule(bool nested) {
    const auto start = at_++;
    const auto word = name();
    space();
    const auto open = css_.find('{', at_);
    if (open == std::string_view::npos) {
      syntax(start);
      at_ = css_.size();
      return;
    }
    auto what = css_.substr(at_, open - at_);
    while (!what.empty() && (what.back() == ' ' || what.back() == '\n')) what.remove_suffix(1);
    at_ = open + 1;
    if (word == "page" && what.empty()) {
      page();
    } else if (word == "media" && what == "print" && !nested) {
      rules(true);
      if (!end()) ++at_;
    } else if (word == "media" && what == "screen") {
      skip_block();
    } else {
      wrong(start, {"reports.css_at_rule", {{"name", std::string(word)}}});
      skip_block();
    }
  }

  void page() {
    Style box;
    for (std::size_t i = 0; i < 4; ++i) box.margin[i] = sheet_.page.margin[i];
    declarations([&](const Declaration& declaration, std::size_t at) {
      const auto& words = declaration.words;
      if (declaration.property == "size" && !words.empty() && words.size() <= 2 && words[0] == "A4") {
        const bool landscape = words.size() == 2 && words[1] == "landscape";
        if (words.size() == 2 && !landscape && words[1] != "portrait") return unknown(declaration, at);
        sheet_.page.width = landscape ? 841.89 : 595.276;
        sheet_.page.height = landscape ? 595.276 : 841.89;
      } else if (!declaration.property.starts_with("margin") || !apply(declaration, box)) {
        unknown(declaration, at);
      }
    });
    // Room for at least some lines must stay, or nothing could ever be set.
    const auto& m = box.margin;
    const bool sane = std::all_of(m.begin(), m.end(), [](double v) { return v >= 0; }) &&
                      m[kLeft] + m[kRight] < sheet_.page.width - 72 &&
                      m[kTop] + m[kBottom] < sheet_.page.height - 144;
    if (sane)
      sheet_.page.margin = m;
    else
      wrong(at_, {"reports.css_value", {{"property", "margin"}, {"value", "@page"}}});
  }

  void unknown(const Declaration& declaration, std::size_t at) {
    std::string value;
    for (const auto& word : declaration.words) value += (value.empty() ? "" : " ") + word;
    wrong(at, {"reports.css_value", {{"property", declaration.property}, {"value", value}}});
  }

  std::optional<Compound> compound() {
    Compound out;
    const auto start = at_;
    if (peek() == '*')
      ++at_;
    else
      out.tag = name();
    while (peek() == '.' || peek() == '#') {
      const char kind = css_[at_++];
      const auto word = std::string(name());
      if (word.empty()) return std::nullopt;
      if (kind == '.')
        out.classes.push_back(word);
      else
        out.id = word;
    }
    return at_ == start ? std::nullopt : std::optional(out);
  }

  void rule() {
    const auto start = at_;
    std::vector<Rule> found(1);
    bool child = false;
    for (;;) {
      space();
      if (peek() == '{' && !found.back().chain.empty() && !child) break;
      if (peek() == ',' && !found.back().chain.empty() && !child) {
        ++at_;
        found.emplace_back();
        continue;
      }
      if (peek() == '>' && !found.back().chain.empty() && !child) {
        ++at_;
        child = true;
        continue;
      }
      auto part = compound();
      if (!part || found.back().chain.size() == 16) {
        syntax(end() ? start : at_);
        const auto open = css_.find('{', at_);
        at_ = open == std::string_view::npos ? css_.size() : open + 1;
        skip_block();
        return;
      }
      auto& chain = found.back().chain;
      part->child = child;
      child = false;
      found.back().weight += (part->id.empty() ? 0 : 10'000) + static_cast<int>(part->classes.size()) * 100 +
                             (part->tag.empty() ? 0 : 1);
      chain.insert(chain.begin(), std::move(*part));
    }
    ++at_;
    auto list = std::make_shared<std::vector<Declaration>>();
    declarations([&](Declaration declaration, std::size_t at) {
      Style probe;
      if (apply(declaration, probe))
        list->push_back(std::move(declaration));
      else
        unknown(declaration, at);
    });
    for (auto& one : found) {
      one.declarations = list;
      sheet_.rules.push_back(std::move(one));
    }
  }

  // Up to and behind the closing brace.
  template <typename Take>
  void declarations(const Take& take) {
    for (;;) {
      space();
      while (peek() == ';') ++at_, space();
      if (end()) return syntax(at_);
      if (peek() == '}') {
        ++at_;
        return;
      }
      const auto start = at_;
      Declaration declaration{std::string(name()), {}};
      space();
      if (declaration.property.empty() || peek() != ':') {
        syntax(start);
        recover();
        continue;
      }
      ++at_;
      if (values(declaration.words))
        take(std::move(declaration), start);
      else {
        syntax(start);
        recover();
      }
    }
  }
  void recover() {
    while (!end() && peek() != ';' && peek() != '}') ++at_;
  }

  bool values(std::vector<std::string>& words) {
    for (space(); !end() && peek() != ';' && peek() != '}'; space()) {
      const char c = peek();
      if (c == '"' || c == '\'') {
        const auto close = css_.find(c, at_ + 1);
        if (close == std::string_view::npos ||
            css_.substr(at_, close - at_).find_first_of("\n\\") != std::string_view::npos)
          return false;
        words.emplace_back(css_.substr(at_, close + 1 - at_));
        at_ = close + 1;
      } else if (c == ',') {
        words.emplace_back(",");
        ++at_;
      } else {
        const auto start = at_;
        while (!end() &&
               (name_char(peek()) || peek() == '#' || peek() == '.' || peek() == '%' || peek() == '+'))
          ++at_;
        if (at_ == start) return false;
        words.emplace_back(css_.substr(start, at_ - start));
      }
      if (words.size() > 40) return false;
    }
    return !end();
  }

  std::string_view css_;
  const std::string& file_;
  Problems& problems_;
  StyleSheet& sheet_;
  std::size_t at_ = 0;
};

bool has_class(std::string_view classes, std::string_view wanted) {
  for (std::size_t at = 0; at < classes.size();) {
    const auto end = std::min(classes.find_first_of(" \t\n", at), classes.size());
    if (classes.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

bool matches(const Compound& part, const Style& style) {
  if (!part.tag.empty() && part.tag != style.tag) return false;
  if (!part.id.empty() && part.id != style.id) return false;
  return std::all_of(part.classes.begin(), part.classes.end(),
                     [&](const auto& c) { return has_class(style.classes, c); });
}

bool matches(const std::vector<Compound>& chain, std::size_t at, const Style& style) {
  if (!matches(chain[at], style)) return false;
  if (at + 1 == chain.size()) return true;
  for (const auto* up = style.parent; up != nullptr; up = up->parent) {
    if (matches(chain, at + 1, *up)) return true;
    if (chain[at].child) return false;
  }
  return false;
}

Display display_of(std::string_view tag) {
  if (tag == "span" || tag == "b" || tag == "strong" || tag == "br") return Display::inline_;
  if (tag == "table") return Display::table;
  return Display::block;
}

}  // namespace

StyleSheet StyleSheet::parse(std::string_view css, const std::string& file, Problems& problems) {
  StyleSheet sheet;
  CssParser(css, file, problems, sheet).run();
  return sheet;
}

const Style* Cascade::make(const Style* parent, std::string_view tag, std::string_view classes,
                           std::string_view id) {
  auto& slot = styles_[{parent, std::string(tag), std::string(classes), std::string(id)}];
  if (slot) return slot.get();
  slot = std::make_unique<Style>();
  auto& style = *slot;
  if (parent != nullptr) {
    style.families = parent->families;
    style.font_size = parent->font_size;
    style.weight = parent->weight;
    style.color = parent->color;
    style.line_height = parent->line_height;
    style.align = parent->align;
    style.indent = parent->indent;
    style.letter_spacing = parent->letter_spacing;
    style.keep_newlines = parent->keep_newlines;
    style.nowrap = parent->nowrap;
  }
  style.parent = parent;
  style.tag = tag;
  style.classes = classes;
  style.id = id;
  style.display = display_of(tag);
  if (tag == "b" || tag == "strong" || tag == "th" || tag == "h1" || tag == "h2" || tag == "h3")
    style.weight = 700;
  if (tag == "h1" || tag == "h2" || tag == "h3") style.after = Break::avoid;
  if (tag == "table") style.width = {Length::Unit::percent, 100};
  std::vector<const Declaration*> matching;
  for (const auto& rule : sheet_.rules)
    if (matches(rule.chain, 0, style))
      for (const auto& declaration : *rule.declarations) matching.push_back(&declaration);
  // Font size first: em in the other values stands for it.
  for (const auto* declaration : matching)
    if (declaration->property == "font-size") apply(*declaration, style);
  for (const auto* declaration : matching)
    if (declaration->property != "font-size") apply(*declaration, style);
  return slot.get();
}

const Style* Cascade::style(const Style* parent, const Node& element) {
  return make(parent, element.tag, element.attribute("class"), element.attribute("id"));
}

const Style* Cascade::anonymous(const Style* parent) { return make(parent, "", "", ""); }

}  // namespace xj::reports

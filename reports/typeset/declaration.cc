#include <algorithm>
#include <charconv>
#include <cmath>

#include "reports/typeset/style.h"

namespace xj::reports {
namespace {

using Words = std::vector<std::string>;

std::optional<double> plain_number(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double value = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != word.data() + word.size() || std::abs(value) > 100'000)
    return std::nullopt;
  return value;
}

// A length in points; em against the style's own font size.
std::optional<double> length(std::string_view word, double em) {
  if (word == "0") return 0;
  struct Unit {
    std::string_view name;
    double points;
  };
  const Unit units[] = {{"pt", 1}, {"px", 0.75}, {"mm", 72 / 25.4}, {"cm", 72 / 2.54}, {"em", em}};
  for (const auto& unit : units)
    if (word.ends_with(unit.name)) {
      const auto value = plain_number(word.substr(0, word.size() - unit.name.size()));
      return value ? std::optional(*value * unit.points) : std::nullopt;
    }
  return std::nullopt;
}

std::optional<Length> size(std::string_view word, double em) {
  if (word == "auto") return Length{};
  if (word.ends_with('%')) {
    const auto value = plain_number(word.substr(0, word.size() - 1));
    return value && *value >= 0 ? std::optional(Length{Length::Unit::percent, *value}) : std::nullopt;
  }
  const auto value = length(word, em);
  return value && *value >= 0 ? std::optional(Length{Length::Unit::pt, *value}) : std::nullopt;
}

std::optional<Color> color(std::string_view word) {
  static constexpr std::pair<std::string_view, unsigned> named[] = {
      {"black", 0x000000}, {"white", 0xffffff}, {"gray", 0x808080},  {"grey", 0x808080},
      {"red", 0xff0000},   {"navy", 0x000080},  {"silver", 0xc0c0c0}};
  unsigned rgb = 0;
  if (word.starts_with('#') && (word.size() == 4 || word.size() == 7)) {
    const auto digits = word.substr(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rgb, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (word.size() == 4) rgb = ((rgb & 0xf00) * 0x1100) | ((rgb & 0xf0) * 0x110) | ((rgb & 0xf) * 0x11);
  } else {
    const auto* found =
        std::find_if(std::begin(named), std::end(named), [&](const auto& n) { return n.first == word; });
    if (found == std::end(named)) return std::nullopt;
    rgb = found->second;
  }
  return Color{(rgb >> 16) / 255.0, ((rgb >> 8) & 255) / 255.0, (rgb & 255) / 255.0};
}

// "0.75pt solid #000", in any order; "none" or "0".
std::optional<Border> border(const Words& words, double em) {
  Border out;
  if (words.size() == 1 && (words[0] == "none" || words[0] == "0")) return out;
  bool styled = false, wide = false;
  for (const auto& word : words) {
    if (word == "solid" || word == "dashed") {
      out.dashed = word == "dashed";
      styled = true;
    } else if (const auto c = color(word)) {
      out.color = *c;
    } else if (const auto w = length(word, em); w && *w >= 0 && *w < 100) {
      out.width = *w;
      wide = true;
    } else {
      return std::nullopt;
    }
  }
  return styled && wide ? std::optional(out) : std::nullopt;
}

constexpr std::size_t kNoSide = 4;
std::size_t side_of(std::string_view name) {
  if (name == "top") return kTop;
  if (name == "right") return kRight;
  if (name == "bottom") return kBottom;
  if (name == "left") return kLeft;
  return kNoSide;
}

// margin, padding: one to four lengths, as CSS spreads them.
bool four(const Words& words, double em, bool negative, std::array<double, 4>& out) {
  if (words.empty() || words.size() > 4) return false;
  std::array<double, 4> v{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = length(words[i], em);
    if (!value || (*value < 0 && !negative)) return false;
    v[i] = *value;
  }
  if (words.size() < 2) v[1] = v[0];
  if (words.size() < 3) v[2] = v[0];
  if (words.size() < 4) v[3] = v[1];
  out = v;
  return true;
}

template <typename T, std::size_t N>
bool keyword(const Words& words, const std::pair<std::string_view, T> (&table)[N], T& out) {
  if (words.size() != 1) return false;
  for (const auto& [word, value] : table)
    if (word == words[0]) {
      out = value;
      return true;
    }
  return false;
}

constexpr std::pair<std::string_view, Align> kAligns[] = {
    {"left", Align::left},   {"start", Align::left}, {"center", Align::center},
    {"right", Align::right}, {"end", Align::right},  {"justify", Align::justify}};
constexpr std::pair<std::string_view, VerticalAlign> kVerticals[] = {
    {"top", VerticalAlign::top}, {"middle", VerticalAlign::middle}, {"bottom", VerticalAlign::bottom}};
constexpr std::pair<std::string_view, Display> kDisplays[] = {
    {"none", Display::none}, {"block", Display::block}, {"inline", Display::inline_}};
constexpr std::pair<std::string_view, Break> kBreaks[] = {
    {"auto", Break::automatic}, {"page", Break::always}, {"always", Break::always}, {"avoid", Break::avoid}};
constexpr std::pair<std::string_view, int> kWeights[] = {{"normal", 400}, {"bold", 700}, {"400", 400},
                                                         {"500", 500},    {"600", 600},  {"700", 700}};

bool white_space(const Words& words, Style& style) {
  static constexpr std::pair<std::string_view, int> table[] = {{"normal", 0}, {"pre-line", 1}, {"nowrap", 2}};
  int value = 0;
  if (!keyword(words, table, value)) return false;
  style.keep_newlines = value == 1;
  style.nowrap = value == 2;
  return true;
}

bool font(std::string_view property, const Words& words, Style& style) {
  if (property == "font-family") {
    std::string families;
    for (const auto& word : words)
      families += (families.empty() || word == "," || families.ends_with(',') ? "" : " ") + word;
    if (families.empty() || families.size() > 500) return false;
    style.families = families;
    return true;
  }
  if (property == "font-weight") return keyword(words, kWeights, style.weight);
  if (words.size() != 1) return false;
  const auto& word = words[0];
  if (property == "font-size") {
    const double before = style.parent == nullptr ? style.font_size : style.parent->font_size;
    auto value = word.ends_with('%') ? plain_number(std::string_view(word).substr(0, word.size() - 1))
                                     : length(word, before);
    if (value && word.ends_with('%')) value = *value / 100 * before;
    if (!value || *value < 1 || *value > 400) return false;
    style.font_size = *value;
    return true;
  }
  // line-height
  auto value = plain_number(word);
  if (!value)
    if (const auto points = length(word, style.font_size)) value = *points / style.font_size;
  if (!value || *value < 0.5 || *value > 10) return false;
  style.line_height = *value;
  return true;
}

}  // namespace

bool apply(const Declaration& declaration, Style& style) {
  std::string_view property = declaration.property;
  const auto& words = declaration.words;
  if (words.empty()) return false;
  const double em = style.font_size;
  // Settings for browsers that hold in any case here.
  if (property == "border-collapse") return words.size() == 1 && words[0] == "collapse";
  if (property == "table-layout") return words.size() == 1 && words[0] == "fixed";
  if (property == "overflow-wrap") return words.size() == 1 && words[0] == "anywhere";
  if (property == "print-color-adjust" || property == "-webkit-print-color-adjust") return words.size() == 1;

  if (property.starts_with("font-") || property == "line-height") return font(property, words, style);
  if (property == "white-space") return white_space(words, style);
  if (property == "text-align") return keyword(words, kAligns, style.align);
  if (property == "vertical-align") return keyword(words, kVerticals, style.vertical);
  if (property == "display") return keyword(words, kDisplays, style.display);
  if (property.starts_with("page-")) property.remove_prefix(5);
  if (property == "break-before") return keyword(words, kBreaks, style.before);
  if (property == "break-after") return keyword(words, kBreaks, style.after);
  if (property == "break-inside")
    return keyword(words, kBreaks, style.inside) && style.inside != Break::always;
  if (property == "margin") return four(words, em, true, style.margin);
  if (property == "padding") return four(words, em, false, style.padding);
  if (property == "border") {
    const auto value = border(words, em);
    if (value) style.border.fill(*value);
    return value.has_value();
  }
  const auto dash = property.find('-');
  const std::size_t side = dash == std::string_view::npos ? kNoSide : side_of(property.substr(dash + 1));
  if (side != kNoSide && property.starts_with("border-")) {
    const auto value = border(words, em);
    if (value) style.border[side] = *value;
    return value.has_value();
  }

  if (words.size() != 1) return false;
  const auto& word = words[0];
  if (property == "color") {
    const auto value = color(word);
    if (value) style.color = *value;
    return value.has_value();
  }
  if (property == "background" || property == "background-color") {
    const auto value = color(word);
    if (!value && word != "none" && word != "transparent") return false;
    style.background = value;
    return true;
  }
  if (property == "width" || property == "height" || property == "min-height") {
    const auto value = size(word, em);
    if (!value || (property != "width" && value->unit == Length::Unit::percent)) return false;
    (property == "width" ? style.width : style.height) = *value;
    return true;
  }
  const auto value = length(word, em);
  if (!value) return false;
  if (property == "text-indent") {
    style.indent = *value;
    return true;
  }
  if (property == "letter-spacing") {
    style.letter_spacing = *value;
    return true;
  }
  if (side != kNoSide && property.starts_with("margin-")) {
    style.margin[side] = *value;
    return true;
  }
  if (side != kNoSide && property.starts_with("padding-") && *value >= 0) {
    style.padding[side] = *value;
    return true;
  }
  return false;
}

}  // namespace xj::reports

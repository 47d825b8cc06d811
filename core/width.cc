#include "core/width.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace xj {
namespace {

struct Range {
  std::uint32_t from, to;
};
// East Asian wide and fullwidth, and emoji that terminals show wide (Unicode 15, joined where nothing narrow
// lies between).
constexpr std::array<Range, 34> kWide{
    {{0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
     {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},   {0x26A1, 0x26A1},   {0x26AA, 0x26AB},
     {0x26BD, 0x26BE},   {0x2705, 0x2705},   {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2E80, 0x2FFB},
     {0x3000, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4C6},
     {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},
     {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x16FE0, 0x18CFF}, {0x1AFF0, 0x1B2FF}, {0x1F200, 0x1F2FF},
     {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 12> kNothing{{{0x0300, 0x036F},
                                          {0x0483, 0x0489},
                                          {0x0591, 0x05BD},
                                          {0x0610, 0x061A},
                                          {0x064B, 0x065F},
                                          {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF},
                                          {0x200B, 0x200F},
                                          {0x202A, 0x202E},
                                          {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F},
                                          {0xFE20, 0xFE2F}}};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, std::uint32_t c) {
  const auto it = std::lower_bound(ranges.begin(), ranges.end(), c,
                                   [](const Range& r, std::uint32_t x) { return r.to < x; });
  return it != ranges.end() && c >= it->from;
}

struct Character {
  std::size_t bytes;
  int columns;
};

Character next(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x20 || lead == 0x7F) return {1, 0};
  if (lead < 0x80) return {1, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || text.size() < length) return {1, 1};
  std::uint32_t c = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {1, 1};
    c = (c << 6) | (byte(i) & 0x3FU);
  }
  if (in(kNothing, c)) return {length, 0};
  return {length, in(kWide, c) ? 2 : 1};
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const auto c = next(text);
    columns += c.columns;
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string cut(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  if (width <= 0) return {};
  std::string out;
  int columns = 0;
  while (!text.empty()) {
    const auto c = next(text);
    if (columns + c.columns > width - 1) break;
    out += text.substr(0, c.bytes);
    columns += c.columns;
    text.remove_prefix(c.bytes);
  }
  return out + "…";
}

namespace {
bool closes(std::string_view character) {
  static constexpr std::array<std::string_view, 14> kClosing{"，", "。", "；", "：", "、", "）", "”",
                                                             "’",  "！", "？", "》", "】", "」", "…"};
  return std::find(kClosing.begin(), kClosing.end(), character) != kClosing.end();
}
}  // namespace

std::vector<std::string> wrapped(std::string_view text, int width) {
  width = std::max(width, 1);
  std::vector<std::string> lines;
  while (true) {
    // `at`: bytes that fill the line; `best`: where it may end, 0 when nowhere.
    std::size_t at = 0, best = 0;
    int columns = 0;
    bool before_wide = false;
    while (at < text.size()) {
      const auto c = next(text.substr(at));
      const bool space = text[at] == ' ', wide = c.columns == 2;
      if (at > 0 && (space || ((wide || before_wide) && !closes(text.substr(at, c.bytes))))) best = at;
      if (columns + c.columns > width && at > 0) break;
      columns += c.columns;
      at += c.bytes;
      before_wide =
          wide && !text.substr(at - c.bytes).starts_with("（") && !text.substr(at - c.bytes).starts_with("“");
    }
    if (at >= text.size()) {
      lines.emplace_back(text);
      return lines;
    }
    const auto end = best > 0 ? best : at;
    auto line = text.substr(0, end);
    while (line.ends_with(' ')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (text.empty()) return lines;
  }
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& c = out[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
    // U+0080 to U+009F: among them the 8-bit form of the escape sequences.
    if (byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0)
      c = ' ', out[i + 1] = ' ';
  }
  return out;
}

}  // namespace xj

#pragma once
// The CSS subset the typesetter sets and the cascade over it. docs/documents.md lists properties and
// selectors; anything else in a style sheet is an error at its position, because the PDF would not look like
// the HTML.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/fault.h"
#include "reports/document.h"

namespace xj::reports {

struct Color {
  double r = 0, g = 0, b = 0;
  bool operator==(const Color&) const = default;
};
struct Length {
  enum class Unit { automatic, pt, percent };
  Unit unit = Unit::automatic;
  double value = 0;
  // In points; `whole` is what 100% stands for.
  double in(double whole, double fallback) const {
    return unit == Unit::pt ? value : unit == Unit::percent ? whole * value / 100 : fallback;
  }
};
struct Border {
  double width = 0;  // pt; 0: none
  bool dashed = false;
  Color color;
  bool operator==(const Border&) const = default;
};
enum Side { kTop, kRight, kBottom, kLeft };
enum class Align { left, center, right, justify };
enum class VerticalAlign { top, middle, bottom };
enum class Display { inline_, block, table, none };
enum class Break { automatic, always, avoid };

// Computed for one element; shared by all that match the same rules below the same parent.
struct Style {
  const Style* parent = nullptr;
  std::string tag, classes, id;

  // Inherited.
  std::string families = "\"Noto Sans SC\"";
  double font_size = 10.5;  // pt
  int weight = 400;
  Color color;
  double line_height = 1.5;  // times font_size
  Align align = Align::left;
  double indent = 0;
  double letter_spacing = 0;
  bool keep_newlines = false;  // white-space: pre-line
  bool nowrap = false;

  // Not inherited.
  Display display = Display::inline_;
  VerticalAlign vertical = VerticalAlign::top;
  std::array<double, 4> margin{};
  std::array<double, 4> padding{};
  std::array<Border, 4> border{};
  std::optional<Color> background;
  Length width, height;  // height is a minimum
  Break before = Break::automatic, after = Break::automatic, inside = Break::automatic;
};

struct PageStyle {
  double width = 595.276, height = 841.89;  // A4
  std::array<double, 4> margin{56.7, 56.7, 56.7, 56.7};
};

// One "property: value" proven at parsing; values are words and function-free.
struct Declaration {
  std::string property;
  std::vector<std::string> words;
};
// "td.name" in a chain; `child` says that the next one up is the parent itself.
struct Compound {
  std::string tag, id;
  std::vector<std::string> classes;
  bool child = false;
};
struct Rule {
  std::vector<Compound> chain;  // innermost first
  int weight = 0;               // specificity
  std::shared_ptr<const std::vector<Declaration>> declarations;
};

struct StyleSheet {
  std::vector<Rule> rules;  // by specificity, then by place
  PageStyle page;
  // Problems are at file:line:column; with errors the sheet must not be used. At most 256 KiB are read.
  static StyleSheet parse(std::string_view css, const std::string& file, Problems& problems);
};

// Sets one declaration on a style. False when the property or a value is not in the subset.
bool apply(const Declaration& declaration, Style& style);

// Owns the styles it hands out. One thread.
class Cascade {
 public:
  explicit Cascade(const StyleSheet& sheet) : sheet_(sheet) {}
  const Style* style(const Style* parent, const Node& element);
  // For boxes no element stands for: inherits, and has nothing of its own.
  const Style* anonymous(const Style* parent);

 private:
  const Style* make(const Style* parent, std::string_view tag, std::string_view classes, std::string_view id);
  const StyleSheet& sheet_;
  std::map<std::tuple<const Style*, std::string, std::string, std::string>, std::unique_ptr<Style>> styles_;
};

}  // namespace xj::reports

#pragma once
// From the filled tree to boxes. Words are broken and shaped by Pango; nothing is placed on pages yet.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "reports/document.h"
#include "reports/typeset/box.h"
#include "reports/typeset/fonts.h"

typedef struct _PangoContext PangoContext;
typedef struct _PangoFontMap PangoFontMap;

namespace xj::reports {

// Makes paragraphs; owns the Pango machinery of one rendering. One thread.
class TextSetter {
 public:
  TextSetter(std::shared_ptr<const Fonts> fonts, Lang lang);
  struct Run {
    std::string text;
    const Style* style = nullptr;
  };
  // `base` is the style of the paragraph; text has its white space already as it should be. May be shared.
  std::shared_ptr<const Paragraph> set(const std::vector<Run>& runs, const Style* base, double width);

 private:
  std::shared_ptr<const Paragraph> make(const std::vector<Run>& runs, const Style* base, double width);
  // Ascent and descent of a font in points: lines of one style stand evenly whatever fonts fill them.
  std::pair<double, double> metrics(const Style* style);
  std::shared_ptr<const Fonts> fonts_;
  std::shared_ptr<PangoFontMap> map_;
  std::shared_ptr<PangoContext> context_;
  std::map<const Style*, std::pair<double, double>> metrics_;
  // Cells of a long table mostly say the same: what was set once is shown again.
  std::map<std::tuple<const Style*, double, std::string>, std::shared_ptr<const Paragraph>> known_;
};

struct Counters {
  std::size_t page = 0, pages = 0;  // 0: not known yet, shown as nothing
};

class Layout {
 public:
  Layout(Cascade& cascade, TextSetter& text) : cascade_(cascade), text_(text) {}
  // The box of an element `width` points wide, margins not included. Throws Fault on an SVG that cannot be
  // read.
  Box block(const Node& node, const Style* style, double width, const Counters& counters = {});

 private:
  using Runs = std::vector<TextSetter::Run>;
  Box table(const Node& node, const Style* style, double width);
  Box image(const Node& node, const Style* style, double width);
  void rows(const Node& parent, const Style* style, Table& table, std::size_t group,
            std::vector<std::size_t>& occupied, std::vector<Row>& continuations);
  std::vector<Cell> cells(const Node& node, const Style* style, const std::vector<double>& edges,
                          std::size_t row, std::vector<std::size_t>& occupied);
  void inline_content(const Node& node, const Style* style, Runs& runs);
  void flush(Runs& runs, const Style* style, double width, Box& into);

  Cascade& cascade_;
  TextSetter& text_;
  Counters counters_;
  int depth_ = 0;
};

}  // namespace xj::reports

#pragma once
// The filled tree both outputs are made from: plain values, elements of the documented XHTML subset.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.h"
#include "core/time.h"

namespace xj::reports {

struct Node {
  enum class Kind { element, text, svg };
  Kind kind = Kind::element;
  std::string tag;   // of an element
  std::string text;  // of a text, unescaped; of an svg, its bytes as written in the template
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Node> children;

  std::string_view attribute(std::string_view name) const;  // empty when absent
  const Node* child(std::string_view tag_name) const;       // first of that tag, null when absent
};

struct Document {
  Lang lang = Lang::zh;
  std::string title;
  Timestamp made;
  std::chrono::minutes zone{0};  // the offset `made` was written with
  Node body;
};

// Running content: <header> and <footer> directly under <body> stand on every page, or with data-pages="rest"
// on every page but the first. <span data-counter="page"> and "pages" hold the numbers.
bool is_running(const Node& node);

}  // namespace xj::reports

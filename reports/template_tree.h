#pragma once
// Inside of template.h: what parsing leaves and filling walks.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/facts.h"
#include "reports/template.h"

namespace xj::reports {

// A proven name: where its value starts, the way down, and what of the value is wanted.
struct Ref {
  enum class From { facts, variable, label, form };
  From from = From::facts;
  std::size_t variable = 0;       // index in the scopes around the place
  std::vector<std::string> path;  // fields below the start; of a label or of the form, one name
  FactType type;                  // of the value itself, without fields and elements
  std::string column;  // of a choice, date, time or list: title, mark, code, year, clock, count, ...
};
struct Piece {
  std::string literal;
  std::optional<Ref> ref;
};
using Pieces = std::vector<Piece>;

struct Condition {
  Ref ref;
  bool negate = false;
  std::optional<std::string> equals;  // compared with the code or plain text of the value
};

struct TemplateNode {
  Node::Kind kind = Node::Kind::element;
  std::string tag;
  Pieces text;
  std::vector<std::pair<std::string, Pieces>> attributes;
  std::optional<Ref> repeat;
  bool counted = false;  // repeat="list as x, n": a second variable counts from 1
  std::optional<Condition> condition;
  std::vector<TemplateNode> children;
};

struct Template::Tree {
  const Manifest* manifest = nullptr;
  TemplateNode root;
};

// A variable a repeat puts in scope.
struct Variable {
  std::string name;
  FactType type;
};

// Proves expressions; positions are the caller's. Each answers empty and sets `what` when the text is wrong.
class Expressions {
 public:
  Expressions(const Manifest& manifest, const std::vector<Variable>& variables)
      : manifest_(manifest), variables_(variables) {}
  std::optional<Ref> reference(std::string_view text, Message& what) const;
  // "name", "not name", "name = word", "name != word"
  std::optional<Condition> condition(std::string_view text, Message& what) const;
  struct Repeat {
    Ref list;
    Variable item;
    std::string counter;  // empty: none
  };
  // "list as item" or "list as item, n"
  std::optional<Repeat> repeat(std::string_view text, Message& what) const;

 private:
  struct Found {
    Ref ref;
    const FactType* type;
  };
  std::optional<Found> find(std::string_view text, Message& what) const;
  const Manifest& manifest_;
  const std::vector<Variable>& variables_;
};

}  // namespace xj::reports

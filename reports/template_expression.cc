#include <algorithm>
#include <array>

#include "reports/template_tree.h"

namespace xj::reports {
namespace {

using Kind = FactType::Kind;

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool good_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// What of a value may be asked for beside the value itself.
std::vector<std::string> columns_of(const FactType& type, const Manifest& manifest) {
  switch (type.kind) {
    case Kind::date: return {"iso", "year", "month", "day"};
    case Kind::time: return {"iso", "date", "clock", "seconds"};
    case Kind::list: return {"count"};
    case Kind::choice: {
      std::vector<std::string> out = {"code"};
      if (const auto* choice = manifest.choice(type.choice))
        for (const auto& code : choice->codes)
          for (const auto& [name, label] : code.columns)
            if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
      return out;
    }
    case Kind::record: {
      std::vector<std::string> out;
      for (const auto& field : type.fields) out.push_back(field.name);
      return out;
    }
    case Kind::text:
    case Kind::message:
    case Kind::integer:
    case Kind::number:
    case Kind::flag: return {};
  }
  return {};
}

Message unknown_name(std::string_view name, const std::vector<std::string>& known) {
  const auto near = did_you_mean(name, known);
  if (!near.empty()) return {"reports.name_unknown_near", {{"name", std::string(name)}, {"near", near}}};
  std::string list;
  for (const auto& k : known) list += (list.empty() ? "" : ", ") + k;
  return {"reports.name_unknown", {{"name", std::string(name)}, {"known", list.empty() ? "-" : list}}};
}

FactType shallow(const FactType& type) {
  FactType out;
  out.kind = type.kind;
  out.choice = type.choice;
  return out;
}

}  // namespace

std::optional<Expressions::Found> Expressions::find(std::string_view text, Message& what) const {
  static const FactType kText{};
  std::vector<std::string> names;
  for (auto rest = trim(text);;) {
    const auto dot = rest.find('.');
    const auto name = rest.substr(0, dot);
    if (!good_name(name) || names.size() == 8) {
      what = {"reports.expression", {{"text", std::string(text)}}};
      return std::nullopt;
    }
    names.emplace_back(name);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }

  Found found{{}, &kText};
  if (names[0] == "label" || names[0] == "form") {
    const bool label = names[0] == "label";
    found.ref.from = label ? Ref::From::label : Ref::From::form;
    std::vector<std::string> known = {"name", "title"};
    if (label) {
      known.clear();
      for (const auto& [name, words] : manifest_.labels) known.push_back(name);
    }
    if (names.size() != 2 || std::find(known.begin(), known.end(), names[1]) == known.end()) {
      what = unknown_name(names.size() == 2 ? names[1] : std::string(trim(text)), known);
      return std::nullopt;
    }
    found.ref.path = {names[1]};
    return found;
  }

  std::size_t next = 0;
  found.type = &manifest_.facts;
  for (std::size_t i = variables_.size(); i-- > 0;) {
    if (variables_[i].name != names[0]) continue;
    found.ref.from = Ref::From::variable;
    found.ref.variable = i;
    found.type = &variables_[i].type;
    next = 1;
    break;
  }
  for (; next < names.size(); ++next) {
    if (const auto* field = found.type->field(names[next]); field != nullptr) {
      found.ref.path.push_back(names[next]);
      found.type = &field->type;
      continue;
    }
    auto known = columns_of(*found.type, manifest_);
    if (found.type->kind != Kind::record && next + 1 == names.size() &&
        std::find(known.begin(), known.end(), names[next]) != known.end()) {
      found.ref.column = names[next];
      break;
    }
    if (next == 0) {
      for (const auto& variable : variables_) known.push_back(variable.name);
      known.insert(known.end(), {"label", "form"});
    }
    what = unknown_name(names[next], known);
    return std::nullopt;
  }
  found.ref.type = shallow(*found.type);
  return found;
}

std::optional<Ref> Expressions::reference(std::string_view text, Message& what) const {
  auto found = find(text, what);
  if (!found) return std::nullopt;
  const bool whole = found->ref.column.empty();
  if (whole && (found->type->kind == Kind::record || found->type->kind == Kind::list)) {
    what = {"reports.name_not_text", {{"name", std::string(trim(text))}}};
    return std::nullopt;
  }
  return std::move(found->ref);
}

std::optional<Condition> Expressions::condition(std::string_view text, Message& what) const {
  Condition out;
  auto rest = trim(text);
  if (rest.starts_with("not ")) {
    out.negate = true;
    rest = trim(rest.substr(4));
  }
  if (const auto equals = rest.find('='); equals != std::string_view::npos) {
    auto name = rest.substr(0, equals);
    if (name.ends_with('!')) {
      out.negate = !out.negate;
      name.remove_suffix(1);
    }
    const auto word = trim(rest.substr(equals + 1));
    auto ref = reference(name, what);
    if (!ref) return std::nullopt;
    if (ref->type.kind == Kind::choice && ref->column.empty()) {
      const auto* choice = manifest_.choice(ref->type.choice);
      if (choice != nullptr && choice->code(word) == nullptr) {
        std::vector<std::string> known;
        for (const auto& code : choice->codes) known.push_back(code.code);
        what = unknown_name(word, known);
        return std::nullopt;
      }
      ref->column = "code";
    }
    out.ref = std::move(*ref);
    out.equals = std::string(word);
    return out;
  }
  auto found = find(rest, what);
  if (!found) return std::nullopt;
  out.ref = std::move(found->ref);
  return out;
}

std::optional<Expressions::Repeat> Expressions::repeat(std::string_view text, Message& what) const {
  const auto as = text.find(" as ");
  if (as == std::string_view::npos) {
    what = {"reports.repeat_wrong", {{"text", std::string(text)}}};
    return std::nullopt;
  }
  auto found = find(text.substr(0, as), what);
  if (!found) return std::nullopt;
  if (found->type->kind != Kind::list || !found->ref.column.empty()) {
    what = {"reports.name_not_list", {{"name", std::string(trim(text.substr(0, as)))}}};
    return std::nullopt;
  }
  Repeat out{std::move(found->ref), {}, {}};
  const auto names = text.substr(as + 4);
  const auto comma = names.find(',');
  out.item = {std::string(trim(names.substr(0, comma))), found->type->element.front()};
  if (comma != std::string_view::npos) out.counter = std::string(trim(names.substr(comma + 1)));
  const auto taken = [&](const std::string& name) {
    return name == "label" || name == "form" || manifest_.facts.field(name) != nullptr ||
           std::any_of(variables_.begin(), variables_.end(), [&](const auto& v) { return v.name == name; });
  };
  const bool counted = comma != std::string_view::npos;
  if (!good_name(out.item.name) || (counted && (!good_name(out.counter) || out.counter == out.item.name))) {
    what = {"reports.repeat_wrong", {{"text", std::string(text)}}};
    return std::nullopt;
  }
  if (taken(out.item.name) || (counted && taken(out.counter))) {
    what = {"reports.name_taken", {{"name", taken(out.item.name) ? out.item.name : out.counter}}};
    return std::nullopt;
  }
  return out;
}

}  // namespace xj::reports

#pragma once
// The facts of a document: frozen JSON, checked against what the form's manifest declares. Pure values, no
// I/O. docs/documents.md describes both files.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fault.h"
#include "core/json.h"
#include "core/text.h"

namespace xj::reports {

// Words of a form in both languages.
struct Label {
  std::string zh;
  std::string en;
  const std::string& in(Lang lang) const { return lang == Lang::en ? en : zh; }
  bool operator==(const Label&) const = default;
};

// What one fact may be. A choice names a set of codes in the manifest; a list has one element type.
struct FactField;
struct FactType {
  enum class Kind { text, message, integer, number, flag, date, time, choice, list, record };
  Kind kind = Kind::text;
  std::string choice;             // name in Manifest::choices
  std::vector<FactField> fields;  // of a record, in the manifest's order
  std::vector<FactType> element;  // of a list: exactly one

  const FactField* field(std::string_view name) const;
};
struct FactField {
  std::string name;
  bool optional = false;  // written "name?" in the manifest
  FactType type;
};
std::string_view to_text(FactType::Kind kind);

// One code of a choice: how it reads and the columns a template may ask for ({{item.state.mark}}).
struct ChoiceCode {
  std::string code;
  std::vector<std::pair<std::string, Label>> columns;  // "title" is always among them
  const Label* column(std::string_view name) const;
};
struct Choice {
  std::string name;
  std::vector<ChoiceCode> codes;
  const ChoiceCode* code(std::string_view code) const;
};

// The manifest of a form: title, labels, choices, and the names and types of all its facts.
// Every form has the facts lang (zh or en) and made (the instant the facts were frozen): they need no
// declaration.
struct Manifest {
  std::string form;
  Label title;
  std::vector<std::pair<std::string, Label>> labels;
  std::vector<Choice> choices;
  FactType facts;  // a record

  const Label* label(std::string_view name) const;
  const Choice* choice(std::string_view name) const;
};

// Reads a manifest; every fault is a Problem in `file`. With errors the answer is of no use.
Manifest parse_manifest(std::string_view json, const std::string& file, Problems& problems);

// What is wrong with the facts: a missing name, an undeclared one, a wrong type, each with its path
// ("systems[2].items[0].state"). Empty means they fit. `file` names them in the Problems.
Problems facts_problems(const Manifest& manifest, const Json& facts, const std::string& file = "facts");

// SHA-256 of the canonical JSON, lower-case hex: what a document is bound to.
std::string facts_hash(const Json& facts);
std::string sha256_hex(std::string_view bytes);

// A Message as a fact of type "message": its text when literal, else ["id", {"arg": "value"}] as on the wire.
Json message_fact(const Message& message);
// And back; a text reads as a literal. Only for values that facts_problems accepted.
Message fact_message(const Json& fact);

// The language the facts ask for; Chinese unless lang is "en".
Lang facts_lang(const Json& facts);

}  // namespace xj::reports

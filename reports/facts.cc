#include "reports/facts.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "core/time.h"

namespace xj::reports {
namespace {

using Kind = FactType::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 7> kScalars = {{
    {"text", Kind::text},
    {"message", Kind::message},
    {"integer", Kind::integer},
    {"number", Kind::number},
    {"flag", Kind::flag},
    {"date", Kind::date},
    {"time", Kind::time},
}};

// A name a template can write: letters, digits, _ and -, starting with a letter.
bool good_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > 64 || !letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; });
}

bool good_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return parse_iso(std::string(text) + "T00:00:00Z").has_value();
}

class ManifestReader {
 public:
  ManifestReader(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

  void wrong(const std::string& path, std::string_view id, Message::Args more = {}) {
    more.insert(more.begin(), {"path", path});
    problems_.push_back({{file_, 0, 0}, {std::string(id), std::move(more)}});
  }

  Label label(const Json& json, const std::string& path) {
    if (json.is_string()) return {json.string_or(""), json.string_or("")};
    if (!json.is_object() || !json["zh"].is_string()) {
      wrong(path, "reports.manifest_label");
      return {};
    }
    return {json["zh"].string_or(""), json["en"].string_or(json["zh"].string_or(""))};
  }

  FactType type(const Json& json, const std::string& path, const Manifest& manifest, int depth) {
    FactType out;
    if (depth > 8) {
      wrong(path, "reports.manifest_type");
    } else if (json.is_string()) {
      const auto word = json.string_or("");
      for (const auto& [name, kind] : kScalars)
        if (word == name) {
          out.kind = kind;
          return out;
        }
      if (manifest.choice(word) != nullptr) {
        out.kind = Kind::choice;
        out.choice = word;
      } else {
        wrong(path, "reports.manifest_type");
      }
    } else if (json.is_array() && json.size() == 1) {
      out.kind = Kind::list;
      out.element.push_back(type(json.at(0), path + "[]", manifest, depth + 1));
    } else if (json.is_object()) {
      out.kind = Kind::record;
      for (const auto& [key, value] : json.fields()) {
        FactField field;
        field.optional = key.ends_with('?');
        field.name = field.optional ? key.substr(0, key.size() - 1) : key;
        const auto below = path + '.' + field.name;
        if (!good_name(field.name)) wrong(below, "reports.manifest_name");
        field.type = type(value, below, manifest, depth + 1);
        out.fields.push_back(std::move(field));
      }
    } else {
      wrong(path, "reports.manifest_type");
    }
    return out;
  }

 private:
  const std::string& file_;
  Problems& problems_;
};

class FactsChecker {
 public:
  FactsChecker(const Manifest& manifest, const std::string& file) : manifest_(manifest), file_(file) {}

  void check(const FactType& type, const Json& json, const std::string& path) {
    if (problems_.size() >= kMost) return;
    switch (type.kind) {
      case Kind::text: return expect(json.is_string(), type, path);
      case Kind::message: return expect(good_message(json), type, path);
      case Kind::integer: return expect(json.is_int(), type, path);
      case Kind::number: return expect(json.is_number(), type, path);
      case Kind::flag: return expect(json.is_bool(), type, path);
      case Kind::date: return expect(json.is_string() && good_date(json.string_or("")), type, path);
      case Kind::time:
        return expect(json.is_string() && parse_iso(json.string_or("")).has_value(), type, path);
      case Kind::choice: return choice(type, json, path);
      case Kind::list: return list(type, json, path);
      case Kind::record: return record(type, json, path);
    }
  }
  Problems take() { return std::move(problems_); }

 private:
  static constexpr std::size_t kMost = 100;  // problems told; facts are made by programs and fail alike

  void wrong(const std::string& path, std::string_view id, Message::Args more = {}) {
    more.insert(more.begin(), {"path", path.empty() ? "." : path});
    problems_.push_back({{file_, 0, 0}, {std::string(id), std::move(more)}});
  }
  void expect(bool good, const FactType& type, const std::string& path) {
    if (!good)
      wrong(path, "reports.fact_type", {{"type", "@reports.type." + std::string(to_text(type.kind))}});
  }
  static bool good_message(const Json& json) {
    if (json.is_string()) return true;
    if (!json.is_array() || json.size() == 0 || json.size() > 2 || !json.at(0).is_string()) return false;
    if (json.size() == 1) return true;
    if (!json.at(1).is_object()) return false;
    const auto& args = json.at(1).fields();
    return std::all_of(args.begin(), args.end(), [](const auto& arg) { return arg.second.is_string(); });
  }
  void choice(const FactType& type, const Json& json, const std::string& path) {
    const auto* set = manifest_.choice(type.choice);
    if (set == nullptr || (json.is_string() && set->code(json.string_or("")) != nullptr)) return;
    std::string known;
    for (const auto& code : set->codes) known += (known.empty() ? "" : ", ") + code.code;
    wrong(path, "reports.fact_choice", {{"value", json.dump()}, {"known", known}});
  }
  void list(const FactType& type, const Json& json, const std::string& path) {
    if (!json.is_array()) return expect(false, type, path);
    std::size_t index = 0;
    for (const auto& item : json.items())
      check(type.element.front(), item, path + '[' + std::to_string(index++) + ']');
  }
  void record(const FactType& type, const Json& json, const std::string& path) {
    if (!json.is_object()) return expect(false, type, path);
    const auto below = [&](const std::string& name) { return path.empty() ? name : path + '.' + name; };
    for (const auto& field : type.fields) {
      const auto& value = json[field.name];
      if (!value.is_null())
        check(field.type, value, below(field.name));
      else if (!field.optional)
        wrong(below(field.name), "reports.fact_missing");
    }
    std::vector<std::string> names;
    for (const auto& field : type.fields) names.push_back(field.name);
    for (const auto& [key, value] : json.fields()) {
      if (type.field(key) != nullptr) continue;
      const auto near = did_you_mean(key, names);
      if (near.empty())
        wrong(below(key), "reports.fact_undeclared");
      else
        wrong(below(key), "reports.fact_undeclared_near", {{"near", near}});
    }
  }

  const Manifest& manifest_;
  const std::string& file_;
  Problems problems_;
};

Place place_of(std::string_view text, std::size_t offset, const std::string& file) {
  Place place{file, 1, 1};
  for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
    if (text[i] == '\n')
      ++place.line, place.column = 1;
    else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
      ++place.column;
  }
  return place;
}

}  // namespace

std::string_view to_text(FactType::Kind kind) {
  switch (kind) {
    case Kind::text: return "text";
    case Kind::message: return "message";
    case Kind::integer: return "integer";
    case Kind::number: return "number";
    case Kind::flag: return "flag";
    case Kind::date: return "date";
    case Kind::time: return "time";
    case Kind::choice: return "choice";
    case Kind::list: return "list";
    case Kind::record: return "record";
  }
  return "text";
}

const FactField* FactType::field(std::string_view name) const {
  for (const auto& f : fields)
    if (f.name == name) return &f;
  return nullptr;
}

const Label* ChoiceCode::column(std::string_view name) const {
  for (const auto& [key, label] : columns)
    if (key == name) return &label;
  return nullptr;
}

const ChoiceCode* Choice::code(std::string_view wanted) const {
  for (const auto& c : codes)
    if (c.code == wanted) return &c;
  return nullptr;
}

const Label* Manifest::label(std::string_view name) const {
  for (const auto& [key, label] : labels)
    if (key == name) return &label;
  return nullptr;
}

const Choice* Manifest::choice(std::string_view name) const {
  for (const auto& c : choices)
    if (c.name == name) return &c;
  return nullptr;
}

Manifest parse_manifest(std::string_view json, const std::string& file, Problems& problems) {
  Manifest out;
  const auto parsed = parse_json(json);
  if (const auto* error = std::get_if<JsonError>(&parsed)) {
    problems.push_back({place_of(json, error->offset, file), {"reports.bad_json", {{"what", error->what}}}});
    return out;
  }
  const auto& root = std::get<Json>(parsed);
  ManifestReader reader(file, problems);
  for (const auto& [key, value] : root.fields()) {
    static const std::vector<std::string> known = {"form", "title", "labels", "choices", "facts"};
    if (std::find(known.begin(), known.end(), key) == known.end())
      reader.wrong(key, "reports.manifest_unknown");
  }
  out.form = root["form"].string_or("");
  if (!good_name(out.form)) reader.wrong("form", "reports.manifest_name");
  out.title = reader.label(root["title"], "title");
  for (const auto& [name, value] : root["labels"].fields()) {
    if (!good_name(name)) reader.wrong("labels." + name, "reports.manifest_name");
    out.labels.emplace_back(name, reader.label(value, "labels." + name));
  }
  for (const auto& [name, codes] : root["choices"].fields()) {
    Choice choice{name, {}};
    const auto path = "choices." + name;
    if (!good_name(name)) reader.wrong(path, "reports.manifest_name");
    for (const auto& [code, columns] : codes.fields()) {
      ChoiceCode row{code, {}};
      for (const auto& [column, value] : columns.fields()) {
        if (!good_name(column)) reader.wrong(path + '.' + code + '.' + column, "reports.manifest_name");
        row.columns.emplace_back(column, reader.label(value, path + '.' + code + '.' + column));
      }
      if (row.column("title") == nullptr) reader.wrong(path + '.' + code, "reports.manifest_label");
      choice.codes.push_back(std::move(row));
    }
    out.choices.push_back(std::move(choice));
  }
  if (!root["facts"].is_object()) reader.wrong("facts", "reports.manifest_type");
  out.facts = reader.type(root["facts"], "facts", out, 0);
  out.facts.kind = Kind::record;
  for (const auto kind : {Kind::text, Kind::time}) {
    FactField field;
    field.name = kind == Kind::text ? "lang" : "made";
    field.type.kind = kind;
    if (out.facts.field(field.name) == nullptr) out.facts.fields.push_back(std::move(field));
  }
  return out;
}

Problems facts_problems(const Manifest& manifest, const Json& facts, const std::string& file) {
  FactsChecker checker(manifest, file);
  checker.check(manifest.facts, facts, "");
  auto problems = checker.take();
  const auto lang = facts["lang"].string_or("");
  if (facts["lang"].is_string() && lang != "zh" && lang != "en")
    problems.push_back(
        {{file, 0, 0},
         {"reports.fact_choice", {{"path", "lang"}, {"value", facts["lang"].dump()}, {"known", "zh, en"}}}});
  return problems;
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(sizeof hash * 2);
  for (const auto byte : hash) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string facts_hash(const Json& facts) { return sha256_hex(facts.canonical()); }

Json message_fact(const Message& message) {
  if (message.id.empty()) return Json(message.args.empty() ? std::string{} : message.args.front().second);
  Json out;
  out.push(message.id);
  if (!message.args.empty()) {
    Json args;
    for (const auto& [name, value] : message.args) args.set(name, value);
    out.push(std::move(args));
  }
  return out;
}

Message fact_message(const Json& fact) {
  if (!fact.is_array()) {
    auto text = fact.string_or("");
    return text.empty() ? Message{} : Message::literal(std::move(text));
  }
  Message out;
  out.id = fact.at(0).string_or("");
  for (const auto& [name, value] : fact.at(1).fields()) out.args.emplace_back(name, value.string_or(""));
  return out;
}

Lang facts_lang(const Json& facts) { return facts["lang"].string_or("") == "en" ? Lang::en : Lang::zh; }

}  // namespace xj::reports

#include "core/json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/json_chars.h"
#include "core/utf8.h"

namespace xj {
namespace {

namespace bj = boost::json;

const Json kNull{};
const Json::Array kNoItems{};
const Json::Object kNoFields{};

// Turns tokens into a tree. Boost's own numbers are ignored: its doubles are wrong in the last digit.
class TreeHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_array_begin(bj::error_code&) { return open(Json::Array{}); }
  bool on_object_begin(bj::error_code&) { return open(Json::Object{}); }
  bool on_array_end(std::size_t, bj::error_code&) { return close(); }
  bool on_object_end(std::size_t, bj::error_code& ec) {
    if (const auto* twice = repeated(std::get<Json::Object>(frames_.back().box)))
      return refuse("the key \"" + *twice + "\" stands twice in one object", ec);
    return close();
  }
  bool on_string_part(bj::string_view s, std::size_t, bj::error_code&) { return keep(s); }
  bool on_string(bj::string_view s, std::size_t, bj::error_code&) {
    keep(s);
    return add(Json(std::exchange(text_, {})));
  }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) { return keep(s); }
  bool on_key(bj::string_view s, std::size_t, bj::error_code&) {
    keep(s);
    frames_.back().key = std::exchange(text_, {});
    return true;
  }
  bool on_number_part(bj::string_view s, bj::error_code&) { return keep(s); }
  bool on_int64(std::int64_t, bj::string_view s, bj::error_code& ec) { return number(s, ec); }
  bool on_uint64(std::uint64_t, bj::string_view s, bj::error_code& ec) { return number(s, ec); }
  bool on_double(double, bj::string_view s, bj::error_code& ec) { return number(s, ec); }
  bool on_bool(bool b, bj::error_code&) { return add(Json(b)); }
  bool on_null(bj::error_code&) { return add(Json(nullptr)); }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  Json root;
  std::string why;  // set when a value and not the grammar was at fault

 private:
  struct Frame {
    std::variant<Json::Array, Json::Object> box;
    std::string key;
  };

  bool keep(bj::string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }
  bool refuse(std::string what, bj::error_code& ec) {
    why = std::move(what);
    ec = bj::error::syntax;
    return false;
  }
  template <typename Box>
  bool open(Box box) {
    frames_.push_back({std::move(box), {}});
    return true;
  }
  bool close() {
    auto done = std::move(frames_.back().box);
    frames_.pop_back();
    return add(std::visit([](auto& box) { return Json(std::move(box)); }, done));
  }
  bool add(Json value) {
    if (frames_.empty()) {
      root = std::move(value);
      return true;
    }
    auto& top = frames_.back();
    if (auto* items = std::get_if<Json::Array>(&top.box))
      items->push_back(std::move(value));
    else
      std::get<Json::Object>(top.box).emplace_back(std::move(top.key), std::move(value));
    return true;
  }
  bool number(bj::string_view s, bj::error_code& ec) {
    keep(s);
    const auto value = parse_json_number(std::exchange(text_, {}));
    if (!value) return refuse("a number that neither int64 nor a finite double can hold", ec);
    return add(Json::of(*value));
  }
  static const std::string* repeated(const Json::Object& object) {
    if (object.size() < 2) return nullptr;
    std::vector<const std::string*> keys;
    keys.reserve(object.size());
    for (const auto& field : object) keys.push_back(&field.first);
    std::sort(keys.begin(), keys.end(), [](auto* a, auto* b) { return *a < *b; });
    const auto it = std::adjacent_find(keys.begin(), keys.end(), [](auto* a, auto* b) { return *a == *b; });
    return it == keys.end() ? nullptr : *it;
  }

  std::vector<Frame> frames_;
  std::string text_;  // pieces of the token being read
};

constexpr char kHex[] = "0123456789abcdef";

void new_line(std::string& out, int level) {
  out += '\n';
  out.append(static_cast<std::size_t>(level) * 2, ' ');
}

// indent < 0: no insignificant space.
void write_tree(std::string& out, const Json& json, bool sorted, int indent) {
  const int inner = indent < 0 ? indent : indent + 1;
  if (json.is_object()) {
    std::vector<const std::pair<std::string, Json>*> fields;
    fields.reserve(json.size());
    for (const auto& field : json.fields()) fields.push_back(&field);
    if (sorted) std::sort(fields.begin(), fields.end(), [](auto* a, auto* b) { return a->first < b->first; });
    out += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) out += ',';
      if (inner >= 0) new_line(out, inner);
      append_json_string(out, fields[i]->first);
      out += inner >= 0 ? ": " : ":";
      write_tree(out, fields[i]->second, sorted, inner);
    }
    if (indent >= 0 && !fields.empty()) new_line(out, indent);
    out += '}';
  } else if (json.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (i > 0) out += ',';
      if (inner >= 0) new_line(out, inner);
      write_tree(out, json.at(i), sorted, inner);
    }
    if (indent >= 0 && json.size() > 0) new_line(out, indent);
    out += ']';
  } else if (json.is_string()) {
    append_json_string(out, json.as_string());
  } else if (json.is_int()) {
    append_json_number(out, json.int_or(0));
  } else if (json.is_number()) {
    append_json_number(out, json.number_or(0));
  } else if (json.is_bool()) {
    out += json.bool_or(false) ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace

Json Json::of(const Number& n) {
  return std::visit([](auto v) { return Json(v); }, n);
}

const Json& Json::operator[](std::string_view key) const {
  if (const auto* object = std::get_if<Object>(&v_))
    for (const auto& [name, value] : *object)
      if (name == key) return value;
  return kNull;
}

const Json& Json::at(std::size_t index) const {
  const auto& array = items();
  return index < array.size() ? array[index] : kNull;
}

std::size_t Json::size() const {
  if (const auto* array = std::get_if<Array>(&v_)) return array->size();
  if (const auto* object = std::get_if<Object>(&v_)) return object->size();
  return 0;
}

std::string_view Json::as_string() const {
  const auto* s = std::get_if<std::string>(&v_);
  return s != nullptr ? std::string_view(*s) : std::string_view();
}
std::string Json::string_or(std::string_view fallback) const {
  const auto* s = std::get_if<std::string>(&v_);
  return s != nullptr ? *s : std::string(fallback);
}
std::int64_t Json::int_or(std::int64_t fallback) const {
  const auto* i = std::get_if<std::int64_t>(&v_);
  return i != nullptr ? *i : fallback;
}
double Json::number_or(double fallback) const {
  if (const auto* d = std::get_if<double>(&v_)) return *d;
  if (const auto* i = std::get_if<std::int64_t>(&v_)) return static_cast<double>(*i);
  return fallback;
}
bool Json::bool_or(bool fallback) const {
  const auto* b = std::get_if<bool>(&v_);
  return b != nullptr ? *b : fallback;
}
const Json::Array& Json::items() const {
  const auto* array = std::get_if<Array>(&v_);
  return array != nullptr ? *array : kNoItems;
}
const Json::Object& Json::fields() const {
  const auto* object = std::get_if<Object>(&v_);
  return object != nullptr ? *object : kNoFields;
}

Json& Json::set(std::string key, Json value) {
  if (is_null()) v_ = Object{};
  auto* object = std::get_if<Object>(&v_);
  if (object == nullptr) throw std::logic_error("Json::set on a value that is no object");
  for (auto& [name, held] : *object)
    if (name == key) {
      held = std::move(value);
      return *this;
    }
  object->emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (is_null()) v_ = Array{};
  auto* array = std::get_if<Array>(&v_);
  if (array == nullptr) throw std::logic_error("Json::push on a value that is no array");
  array->push_back(std::move(value));
  return *this;
}

std::string Json::dump() const {
  std::string out;
  write_tree(out, *this, false, -1);
  return out;
}
std::string Json::canonical() const {
  std::string out;
  write_tree(out, *this, true, -1);
  return out;
}
std::string Json::pretty() const {
  std::string out;
  write_tree(out, *this, false, 0);
  return out;
}

std::variant<Json, JsonError> parse_json(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.bytes)
    return JsonError{limits.bytes, "longer than " + std::to_string(limits.bytes) + " bytes"};
  bj::parse_options options;
  options.max_depth = limits.depth;
  bj::basic_parser<TreeHandler> parser(options);
  bj::error_code ec;
  std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) {
    auto& why = parser.handler().why;
    return JsonError{used, why.empty() ? ec.message() : std::move(why)};
  }
  while (used < text.size() && std::strchr(" \t\r\n", text[used]) != nullptr && text[used] != '\0') ++used;
  if (used != text.size()) return JsonError{used, "something follows the value"};
  return std::move(parser.handler().root);
}

std::optional<Number> parse_json_number(std::string_view text) {
  const char* end = text.data() + text.size();
  if (text.find_first_of(".eE") == std::string_view::npos) {
    std::int64_t whole = 0;
    const auto [used, error] = std::from_chars(text.data(), end, whole);
    if (error != std::errc{} || used != end) return std::nullopt;
    return whole;
  }
  double d = 0;
  const auto [used, error] = std::from_chars(text.data(), end, d);
  if (error != std::errc{} || used != end || !std::isfinite(d)) return std::nullopt;
  return d;
}

std::string mend_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_length(text, i);
    out += length > 0 ? text.substr(i, length) : std::string_view("\xEF\xBF\xBD");
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    while (i < text.size() && plain_in_json(static_cast<unsigned char>(text[i]))) ++i;
    out.append(text, start, i - start);
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const auto length = utf8_length(text, i);
      out += length > 0 ? text.substr(i, length) : std::string_view("\xEF\xBF\xBD");
      i += std::max<std::size_t>(length, 1);
      continue;
    }
    ++i;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out += '"';
}

void append_json_number(std::string& out, std::int64_t n) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, n).ptr;
  out.append(text, end);
}

void append_json_number(std::string& out, double d) {
  if (!std::isfinite(d)) throw std::domain_error("a number that is not finite has no JSON");
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, d).ptr;
  const std::string_view digits(text, static_cast<std::size_t>(end - text));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append_json_number(std::string& out, const Number& n) {
  std::visit([&](auto v) { append_json_number(out, v); }, n);
}

}  // namespace xj

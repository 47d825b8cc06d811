#pragma once
// JSON with exact numbers. Reading: Boost.JSON's SAX tokens and from_chars; writing: to_chars. int64 stays an
// integer. Nothing else in the project reads or writes JSON.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace xj {

// A tree for documents, facts and API answers; hot paths (wire) use the tokens below it.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // keeps order; a repeated key is refused on reading

  Json() : v_(nullptr) {}
  Json(std::nullptr_t) : v_(nullptr) {}
  Json(bool b) : v_(b) {}
  Json(int i) : v_(static_cast<std::int64_t>(i)) {}
  Json(std::int64_t i) : v_(i) {}
  Json(double d) : v_(d) {}
  Json(const char* s) : v_(std::string(s)) {}
  Json(std::string_view s) : v_(std::string(s)) {}
  Json(std::string s) : v_(std::move(s)) {}
  Json(Array a) : v_(std::move(a)) {}
  Json(Object o) : v_(std::move(o)) {}
  static Json of(const Number& n);

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(v_); }
  bool is_object() const { return std::holds_alternative<Object>(v_); }
  bool is_array() const { return std::holds_alternative<Array>(v_); }
  bool is_string() const { return std::holds_alternative<std::string>(v_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(v_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(v_); }
  bool is_bool() const { return std::holds_alternative<bool>(v_); }

  // Lookups that never throw: a missing or differently typed value gives the fallback.
  const Json& operator[](std::string_view key) const;  // null when absent
  const Json& at(std::size_t index) const;             // null when absent
  std::size_t size() const;
  std::string string_or(std::string_view fallback) const;
  std::int64_t int_or(std::int64_t fallback) const;
  double number_or(double fallback) const;
  bool bool_or(bool fallback) const;
  const Array& items() const;    // empty when no array
  const Object& fields() const;  // empty when no object

  Json& set(std::string key, Json value);  // replaces or appends; makes a null an object
  Json& push(Json value);                  // makes a null an array
  bool operator==(const Json&) const = default;

  std::string dump() const;       // order as held, no insignificant space
  std::string canonical() const;  // keys sorted by bytes: what is hashed
  std::string pretty() const;     // two-space indent, for people and --json

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> v_;
};

struct JsonError {
  std::size_t offset = 0;
  std::string what;
};
struct JsonLimits {
  std::size_t depth = 32;
  std::size_t bytes = 8u << 20;
};
std::variant<Json, JsonError> parse_json(std::string_view text, JsonLimits limits = {});

// Appending writers, shared by dump() and the wire.
void append_json_string(std::string& out, std::string_view text);  // invalid UTF-8 becomes U+FFFD
void append_json_number(std::string& out, std::int64_t n);
void append_json_number(std::string& out, double d);  // shortest that reads back; finite only

}  // namespace xj

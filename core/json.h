#pragma once
// JSON with exact numbers. Reading: Boost.JSON's SAX tokens and from_chars; writing: to_chars.
//
// A number without point and exponent is an integer and must fit int64; all others are the nearest double and
// must be finite. What does not fit is an error, never a near miss. A double is written with a point or an
// exponent ("2.0"), so both kinds read back as they were. Nothing else knows JSON, save core/wire_plain.cc.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace xj {

// A tree for documents, facts and API answers; hot paths (wire) use the tokens below it.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object =
      std::vector<std::pair<std::string, Json>>;  // keeps order; a repeated key is refused on reading

  Json() : v_(nullptr) {}
  Json(std::nullptr_t) : v_(nullptr) {}
  Json(bool b) : v_(b) {}
  // Any integer type; an unsigned value beyond int64 is a programming error and throws std::out_of_range.
  template <typename T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>)
  Json(T i) : v_(whole(i)) {}
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
  std::string_view as_string() const;  // empty when no string; borrowed
  std::string string_or(std::string_view fallback) const;
  std::int64_t int_or(std::int64_t fallback) const;
  double number_or(double fallback) const;
  bool bool_or(bool fallback) const;
  const Array& items() const;    // empty when no array
  const Object& fields() const;  // empty when no object

  Json& set(std::string key, Json value);  // replaces or appends; makes a null an object
  Json& push(Json value);                  // makes a null an array
  bool operator==(const Json&) const = default;

  // A double that is not finite has no JSON and throws std::domain_error in all three.
  std::string dump() const;       // order as held, no insignificant space
  std::string canonical() const;  // keys sorted by bytes: what is hashed
  std::string pretty() const;     // two-space indent, for people and --json

 private:
  template <typename T>
  static std::int64_t whole(T i) {
    if (!std::in_range<std::int64_t>(i)) throw std::out_of_range("integer beyond int64");
    return static_cast<std::int64_t>(i);
  }
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> v_;
};

struct JsonError {
  std::size_t offset = 0;  // bytes from the start
  std::string what;        // English, for logs and error details
};
struct JsonLimits {
  std::size_t depth = 32;  // arrays and objects in each other
  std::size_t bytes = 8u << 20;
};
// Strict RFC 8259: UTF-8 without byte order mark, no comments, no trailing commas, nothing after the value.
// A key that stands twice in one object is refused.
std::variant<Json, JsonError> parse_json(std::string_view text, JsonLimits limits = {});

// The text of one JSON number by the rule above; nothing when it does not fit. `text` must be JSON's grammar.
std::optional<Number> parse_json_number(std::string_view text);

// The same text with every byte that belongs to no well-formed UTF-8 character as U+FFFD.
std::string mend_utf8(std::string_view text);

// Appending writers, shared by dump() and the wire.
void append_json_string(std::string& out, std::string_view text);  // invalid UTF-8 becomes U+FFFD
void append_json_number(std::string& out, std::int64_t n);
void append_json_number(std::string& out, double d);  // shortest that reads back as a double; finite only
void append_json_number(std::string& out, const Number& n);

}  // namespace xj

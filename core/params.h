#pragma once
// A typed, checked view of one flat "params:" block, whoever wrote it: YAML, key=value words, the collector.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"
#include "core/time.h"

namespace xj {

struct ParamValue {
  std::vector<std::string> texts;  // one for a scalar, any number for a list
  bool list = false;
  Place place;
  bool operator==(const ParamValue& other) const { return texts == other.texts && list == other.list; }
};
using ParamMap = std::map<std::string, ParamValue, std::less<>>;

// What a check kind accepts; the source of --help, docs and validation.
enum class ParamType { text, integer, number, percent, duration, bytes, flag, text_list, integer_list };
struct ParamSpec {
  std::string_view name;
  ParamType type;
  std::string_view fallback;  // as a person would write it; empty means absent unless required
  std::string_view help_id;   // message id in core/texts
  bool required = false;
};

// Reads values by the spec, turns every fault into a Problem at its place, and reports unknown names with
// "did you mean". Getters return the fallback when the value is absent or was wrong; a name that is not in
// the spec is a programming error and throws.
class Params {
 public:
  Params(std::span<const ParamSpec> specs, const ParamMap& values, const Place& whole, Problems& problems);
  ~Params();
  Params(Params&&) noexcept;

  bool has(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;   // plain numbers
  double percent(std::string_view name) const;  // "85%" -> 85
  Duration duration(std::string_view name) const;
  std::int64_t bytes(std::string_view name) const;  // "10GiB", "512MB", "4096"
  bool flag(std::string_view name) const;           // true/false/yes/no
  std::vector<std::string> text_list(std::string_view name) const;
  std::vector<std::int64_t> integer_list(std::string_view name) const;

 private:
  struct Parsed;
  const Parsed& at(std::string_view name, ParamType type) const;
  std::map<std::string, Parsed, std::less<>> parsed_;
};

std::optional<std::int64_t> parse_bytes(std::string_view text);  // refuses negatives, overflow, unknown units
std::optional<double> parse_percent(std::string_view text);      // "85%" or "85"; 0 to 100

}  // namespace xj

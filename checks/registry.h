#pragma once
// The kinds of checks by name.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.h"

namespace xj::checks {

class Registry {
 public:
  explicit Registry(std::span<const CheckType> types) : types_(types) {}  // borrowed, as a static table
  const CheckType* find(std::string_view name) const;                     // null when there is none
  std::span<const CheckType> all() const { return types_; }
  std::vector<std::string> names() const;

  // Reads `values` by the kind's specs. Everything wrong, an unknown kind included ("did you mean"), is added
  // to `problems` at its place; empty when anything was.
  std::optional<Params> read(std::string_view kind, const ParamMap& values, const Place& whole,
                             Problems& problems) const;

 private:
  std::span<const CheckType> types_;
};

// All kinds of this program (checks/builtin.cc).
const Registry& builtin();

// What is wrong with a check's kind and parameters, for whoever reads a configuration that assigns checks.
void validate(std::string_view kind, const ParamMap& values, const Place& whole, Problems& problems);

}  // namespace xj::checks

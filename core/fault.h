#pragma once
// Faults throw to the edge of a unit of work, which logs once; outcomes and findings are values.
#include <compare>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/text.h"

namespace xj {

// Something that should not have happened: disk, network, a broken invariant. Carries what an operator can
// do.
class Fault : public std::runtime_error {
 public:
  explicit Fault(const std::string& what, std::string hint = {})
      : std::runtime_error(what), hint_(std::move(hint)) {}
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string hint_;
};

// A place in a file a person wrote. line and column count from 1; 0 means the file as a whole.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  auto operator<=>(const Place&) const = default;
};

// One thing wrong with what a person gave us: where, what, and what would be accepted.
struct Problem {
  Place place;
  Message what;
  bool warning = false;  // said, but does not refuse the input
};
using Problems = std::vector<Problem>;

bool has_errors(const Problems& problems);
// "file:line:column: what is wrong, what is accepted"; sorted by place, one a line.
std::string render(const Problems& problems, Lang lang);

// The nearest of `known` when it is near enough to be a slip of the finger, else empty.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace xj

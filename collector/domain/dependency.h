#pragma once
// What leans on what: while what a check or a host needs is failing, its own trouble is held back and said
// only when it still stands afterwards. Pure.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/text.h"
#include "core/time.h"

#include "collector/domain/duties.h"
#include "collector/domain/events.h"

namespace xj::domain {

struct Contract;

struct Dependency {
  std::string id;
  Title title;
  std::vector<std::string> systems;      // whose checks lean on it
  std::vector<std::string> hosts;        // what runs on them, and their own silence
  std::vector<std::string> checks;       // "system/check"
  std::vector<std::string> needs;        // "system/check"
  std::vector<std::string> needs_hosts;  // that they are heard
  std::vector<std::string> refs;
};

// A check on a host; the host as a whole where `check` is empty.
struct Place {
  std::string check;  // "system/check"
  std::string host;
  auto operator<=>(const Place&) const = default;
};
Place place_of(const ItemRef& item);
std::string name_of(const Place& place);  // "net/gateway@mon-01", "@mon-01"

// Whether the dependency is about it: never about what it needs itself.
bool concerns(const Dependency& dependency, const Place& what);

// One thing that is needed. It is failing where all of `places` are that anything is known of: of a check the
// same host where it runs there, else every host on which it runs.
struct Need {
  const Dependency* dependency = nullptr;  // of the contract
  std::vector<Place> places;
};
std::vector<Need> needs_of(const Contract& contract, const Place& what);

// How a place stands, from what the collector remembers.
struct Footing {
  bool failing = false;  // not ok and worse than a warning, if only softly; flapping, or silent
  ItemRef item;          // which item of it fails
  Timestamp since;       // when that began
};
using Footings = std::function<std::optional<Footing>(const Place&)>;  // nothing: never heard of

struct Cause {
  const Dependency* dependency = nullptr;
  Place place;
  ItemRef item;  // what fails there
};
// The first thing that `what` needs and that is failing.
std::optional<Cause> cause_of(const Contract& contract, const Place& what, const Footings& footings);
// What fails because of which, from `what`'s own cause to the root.
std::vector<Cause> causes_of(const Contract& contract, const Place& what, const Footings& footings);
// Since when nothing it needs is failing any more; nothing while something is, or when it needs nothing that
// is known.
struct WellSince {
  const Dependency* dependency = nullptr;
  Timestamp at;
};
std::optional<WellSince> well_since(const Contract& contract, const Place& what, const Footings& footings);

// A way by which a dependency's subject ends at itself: its trouble and its cause would hide each other.
// Empty: there is none. A check also needs the host it runs on.
std::vector<Place> find_cycle(const Contract& contract);

}  // namespace xj::domain

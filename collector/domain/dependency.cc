#include "collector/domain/dependency.h"

#include <algorithm>
#include <map>

#include "collector/domain/contract.h"

namespace xj::domain {
namespace {

constexpr std::size_t kLongestChain = 32;

bool contains(const std::vector<std::string>& in, std::string_view what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

std::string_view system_of(std::string_view check) { return check.substr(0, check.find('/')); }

const CheckSpec* find(const Contract& contract, std::string_view check) {
  const auto* system = contract.system(system_of(check));
  if (system == nullptr) return nullptr;
  const auto id = check.substr(std::min(check.size(), system->id.size() + 1));
  for (const auto& spec : system->checks)
    if (spec.id == id) return &spec;
  return nullptr;
}

// On which hosts a needed check counts for it.
std::vector<Place> places_of(const std::string& check, const CheckSpec& spec, const Place& what) {
  if (!what.check.empty() && contains(spec.hosts, what.host)) return {{check, what.host}};
  std::vector<Place> out;
  for (const auto& host : spec.hosts)
    if (host != what.host || spec.hosts.size() == 1) out.push_back({check, host});
  return out;
}

class Walk {
 public:
  explicit Walk(const Contract& contract) : contract_(contract) {}

  std::vector<Place> from_all() {
    for (const auto& system : contract_.systems)
      for (const auto& check : system.checks)
        for (const auto& host : check.hosts)
          if (visit({system.id + '/' + check.id, host})) return cycle_;
    return {};
  }

 private:
  enum class Mark : std::uint8_t { none, open, done };

  bool visit(const Place& place) {
    auto& mark = marks_[place];
    if (mark == Mark::done) return false;
    if (mark == Mark::open) {
      cycle_.assign(std::find(way_.begin(), way_.end(), place), way_.end());
      return true;
    }
    mark = Mark::open;
    way_.push_back(place);
    for (const auto& need : needs_of(contract_, place))
      for (const auto& next : need.places)
        if (visit(next)) return true;
    if (!place.check.empty() && visit({{}, place.host})) return true;
    way_.pop_back();
    marks_[place] = Mark::done;
    return false;
  }

  const Contract& contract_;
  std::map<Place, Mark> marks_;
  std::vector<Place> way_, cycle_;
};

}  // namespace

Place place_of(const ItemRef& item) {
  return {item.check.empty() ? std::string{} : item.system + '/' + item.check, item.host};
}

std::string name_of(const Place& place) { return place.check + '@' + place.host; }

bool concerns(const Dependency& dependency, const Place& what) {
  if (what.check.empty())
    return contains(dependency.hosts, what.host) && !contains(dependency.needs_hosts, what.host);
  if (contains(dependency.needs, what.check)) return false;
  return contains(dependency.checks, what.check) || contains(dependency.hosts, what.host) ||
         contains(dependency.systems, system_of(what.check));
}

std::vector<Need> needs_of(const Contract& contract, const Place& what) {
  std::vector<Need> out;
  for (const auto& dependency : contract.dependencies) {
    if (!concerns(dependency, what)) continue;
    for (const auto& check : dependency.needs)
      if (const auto* spec = find(contract, check); spec != nullptr)
        out.push_back({&dependency, places_of(check, *spec, what)});
    // That its own host is heard goes without saying.
    for (const auto& host : dependency.needs_hosts)
      if (host != what.host) out.push_back({&dependency, {{{}, host}}});
  }
  return out;
}

std::optional<Cause> cause_of(const Contract& contract, const Place& what, const Footings& footings) {
  if (contract.dependencies.empty()) return std::nullopt;
  for (const auto& need : needs_of(contract, what)) {
    std::optional<Cause> first;
    bool well = false;
    for (const auto& place : need.places) {
      const auto footing = footings(place);
      if (!footing) continue;
      if (!footing->failing)
        well = true;
      else if (!first)
        first = Cause{need.dependency, place, footing->item};
    }
    if (first && !well) return first;
  }
  return std::nullopt;
}

std::vector<Cause> causes_of(const Contract& contract, const Place& what, const Footings& footings) {
  std::vector<Cause> out;
  for (auto next = cause_of(contract, what, footings); next && out.size() < kLongestChain;
       next = cause_of(contract, out.back().place, footings)) {
    // A check whose host is silent fails with it: the host is what may be behind something.
    next->place = place_of(next->item);
    out.push_back(std::move(*next));
  }
  return out;
}

std::optional<WellSince> well_since(const Contract& contract, const Place& what, const Footings& footings) {
  if (contract.dependencies.empty() || cause_of(contract, what, footings)) return std::nullopt;
  std::optional<WellSince> out;
  for (const auto& need : needs_of(contract, what))
    for (const auto& place : need.places)
      if (const auto footing = footings(place); footing && !footing->failing)
        if (!out || footing->since > out->at) out = WellSince{need.dependency, footing->since};
  return out;
}

std::vector<Place> find_cycle(const Contract& contract) {
  return contract.dependencies.empty() ? std::vector<Place>{} : Walk(contract).from_all();
}

}  // namespace xj::domain

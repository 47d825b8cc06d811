#include "checks/registry.h"

namespace xj::checks {

CheckOutcome unknown(Message why) {
  CheckOutcome outcome;
  outcome.state = State::unknown;
  outcome.msg = std::move(why);
  return outcome;
}

Where where_of(const CheckType& type, const Params& params) {
  return type.where_with != nullptr ? type.where_with(params) : type.where;
}

const CheckType* Registry::find(std::string_view name) const {
  for (const auto& type : types_)
    if (type.name == name) return &type;
  return nullptr;
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> out;
  for (const auto& type : types_) out.emplace_back(type.name);
  return out;
}

std::optional<Params> Registry::read(std::string_view kind, const ParamMap& values, const Place& whole,
                                     Problems& problems) const {
  const auto* type = find(kind);
  if (type == nullptr) {
    const auto known = names();
    const auto near = did_you_mean(kind, known);
    if (!near.empty()) {
      problems.push_back(
          {whole, {"checks.kind_unknown_near", {{"kind", std::string(kind)}, {"near", near}}}});
      return std::nullopt;
    }
    std::string all;
    for (const auto& name : known) all += (all.empty() ? "" : ", ") + name;
    problems.push_back({whole, {"checks.kind_unknown", {{"kind", std::string(kind)}, {"known", all}}}});
    return std::nullopt;
  }
  Problems found;
  Params params(type->params, values, whole, found);
  if (!has_errors(found) && type->validate != nullptr) type->validate(params, whole, found);
  const bool bad = has_errors(found);
  problems.insert(problems.end(), found.begin(), found.end());
  if (bad) return std::nullopt;
  return params;
}

void validate(std::string_view kind, const ParamMap& values, const Place& whole, Problems& problems) {
  (void)builtin().read(kind, values, whole, problems);
}

}  // namespace xj::checks

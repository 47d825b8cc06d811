// Every obligation of the example contracts, and every round of their key periods, through the whole
// pipeline: done a second before it is due, when it is due, a second later, and never. Made from the loaded
// contracts; the figures themselves are typed a second time in tests/unit/contract/requirements_test.cc.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "collector/domain/explain.h"
#include "collector/store/duty_records.h"
#include "tests/unit/simulate/stage.h"

namespace xj::collector {
namespace {

using namespace std::chrono_literals;
using domain::DutyState;

// A Monday of every example's term, on which nothing special is.
const Timestamp kStart = *parse_iso("2026-03-02T09:00:00+08:00");

struct Owed {
  std::string id, after;  // of an event: the word that sets it off
};

// Those of the file, and whatever else is owed by the calendar: what key periods bring.
std::vector<Owed> owed_of(const domain::Contract& contract) {
  std::vector<Owed> out;
  std::set<std::string> seen;
  for (const auto& one : contract.obligations) seen.insert(one.id), out.push_back({one.id, one.after});
  for (const auto& one : domain::instances(contract, {}, contract.from, contract.to))
    if (seen.insert(one.id).second) out.push_back({one.id, {}});
  return out;
}

// By itself, and not by a person's word.
bool comes_by_itself(const std::string& word) {
  return word.empty() || word == "term_start" || word == "term_end";
}

// When what sets it off happens: first soon, then so late that what is owed long before it is yet to come.
const Timestamp kHappens[] = {kStart + 2min, kStart + Duration{45 * 24h}};

struct Found {
  domain::Instance instance;
  std::optional<Timestamp> happens;  // recorded at kStart
};

std::optional<Found> find(const domain::Contract& contract, const Owed& owed) {
  const auto look = [&](const std::vector<domain::Happening>& happenings) -> std::optional<domain::Instance> {
    // Some are owed once, at the end of the term or before it.
    constexpr auto year = Duration{366 * 24h};
    for (const auto& one :
         domain::instances_of(owed.id, contract, happenings, kStart + 5min, contract.to + year))
      if (comes_by_itself(owed.after) || one.start >= kStart) return one;
    for (const auto& one :
         domain::instances_of(owed.id, contract, happenings, contract.from - year, kStart + 5min))
      if (comes_by_itself(owed.after) && one.due) return one;
    return std::nullopt;
  };
  if (comes_by_itself(owed.after)) {
    auto one = look({});
    return one ? std::optional(Found{std::move(*one), std::nullopt}) : std::nullopt;
  }
  for (const auto happens : kHappens)
    if (auto one = look({{owed.after, happens, kStart}}); one && (!one->due || *one->due > kStart + 10min))
      return Found{std::move(*one), happens};
  return std::nullopt;
}

// All that is due at one instant, done by one person so long after it.
class Due {
 public:
  Due(const domain::ContractPtr& contract, Timestamp due) : contract_(contract), due_(due) {
    s_.file = "made by the test";
    s_.contract = contract;
    s_.from = due - 2s, s_.to = due + 3s;
  }
  void add(const Owed& owed, const Found& found, std::optional<Duration> after) {
    all_.push_back({&owed, &found});
    if (found.happens)
      step(s_.from, Json()
                        .set("verb", "happened")
                        .set("name", owed.after)
                        .set("at", to_iso(*found.happens))
                        .set("why", "演练"));
    if (!after) return;
    for (int i = 0; i < found.instance.times; ++i)
      step(due_ + *after, Json()
                              .set("verb", "done")
                              .set("name", owed.id)
                              .set("period", found.instance.period)
                              .set("text", "已完成"));
  }
  // How each of them stands behind it.
  void run(const std::function<void(const Found&, const domain::DutyStanding&, bool missed_said)>& see) {
    std::stable_sort(s_.script.begin(), s_.script.end(),
                     [](const Step& a, const Step& b) { return *a.when.at < *b.when.at; });
    TempDir dir;
    Simulation simulation(s_, {dir.path(), Lang::en, {}});
    simulation.run();
    for (const auto& done : simulation.performed())
      EXPECT_TRUE(done.refused.empty()) << done.number << ": " << render(done.refused, Lang::en);
    EXPECT_TRUE(simulation.left().empty());
    const auto records = simulation.pipeline().duties().known(*contract_);
    DutyStore store(simulation.db());
    for (const auto& [owed, found] : all_)
      see(*found, domain::standing(found->instance, records, simulation.now()),
          store.told(contract_->id, owed->id, found->instance.period, "missed"));
  }

 private:
  void step(Timestamp at, Json json) {
    for (const auto& other : s_.script)  // a word sets off several
      if (json["verb"].string_or("") == "happened" &&
          std::get<StagedRecord>(other.what).json.dump() == json.dump())
        return;
    StagedRecord record;
    record.person = contract_->people.begin()->first;
    record.json = std::move(json);
    s_.script.push_back({0, {at, {}, {}, {}}, std::move(record)});
  }
  domain::ContractPtr contract_;
  Timestamp due_;
  Scenario s_;
  std::vector<std::pair<const Owed*, const Found*>> all_;
};

class DutyLimits : public testing::TestWithParam<const char*> {};

TEST_P(DutyLimits, AreHitThroughTheWholePipeline) {
  const auto contract = example_contract(GetParam());
  ASSERT_NE(contract, nullptr);
  const auto all = owed_of(*contract);
  std::map<Timestamp, std::vector<std::pair<const Owed*, Found>>> by_due;
  std::string list;
  for (const auto& owed : all) {
    auto found = find(*contract, owed);
    ASSERT_TRUE(found) << owed.id << " is owed by nobody's calendar: no scenario hits it";
    const auto& instance = found->instance;
    list += contract->id + ' ' + owed.id + ' ' + instance.period + ' ' +
            (instance.due ? domain::local_text(*instance.due, contract->zone) +
                                ": owed, done in time, done late, missed\n"
                          : "no limit: owed, done; never late\n");
    by_due[instance.due.value_or(kStart + 1h)].emplace_back(&owed, std::move(*found));
  }
  for (const auto& [due, owed] : by_due)
    for (const auto after : {std::optional<Duration>(-1s), std::optional<Duration>(0s),
                             std::optional<Duration>(1s), std::optional<Duration>()}) {
      Due at(contract, due);
      for (const auto& [one, found] : owed) at.add(*one, found, after);
      at.run([&](const Found& found, const domain::DutyStanding& standing, bool missed_said) {
        const auto& what = found.instance;
        SCOPED_TRACE(what.id + ' ' +
                     (after ? std::to_string(after->count()) + " ms after it was due" : "never"));
        if (!after) {
          EXPECT_EQ(standing.state, what.due ? DutyState::missed : DutyState::due);
          EXPECT_EQ(missed_said, what.due.has_value());
          return;
        }
        EXPECT_EQ(standing.state, what.due && *after > 0s ? DutyState::late : DutyState::done);
        EXPECT_EQ(standing.done, due + *after);
        if (standing.state == DutyState::late) {
          EXPECT_EQ(standing.overdue, *after);
        }
        EXPECT_FALSE(missed_said);
      });
    }
  std::fputs(list.c_str(), stdout);
}

INSTANTIATE_TEST_SUITE_P(Examples, DutyLimits, testing::ValuesIn(kExamples), [](const auto& param) {
  std::string name = param.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// Every contract among the examples is one of those above, so that a new one is hit, too.
TEST(ExampleList, HoldsEveryContractThatIsShipped) {
  const std::set<std::string> known(std::begin(kExamples), std::end(kExamples));
  for (const auto& entry : std::filesystem::directory_iterator(source_dir() + "/config/examples/contracts"))
    if (entry.is_directory() && std::filesystem::exists(entry.path() / "contract.yaml")) {
      EXPECT_TRUE(known.contains(entry.path().filename().string())) << entry.path();
    }
}

}  // namespace
}  // namespace xj::collector

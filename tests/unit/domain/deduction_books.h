#pragma once
// Deductions by hand, and the books they are reckoned from: cases of one contract and what was put on record.
#include <gtest/gtest.h>

#include "collector/domain/deduction.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {

using namespace std::chrono_literals;
using fixture::kT0;

inline std::shared_ptr<Contract> priced() {
  auto c = fixture::contract();
  c->value_cents = 243'025'00;
  c->prices = {{"oa-part", {"办公", "office"}, 725'000'00, {"oa"}, {}},
               {"other", {"其他", "other"}, std::nullopt, {}, {}}};
  return c;
}
inline Deduction fixed(std::string id, std::int64_t yuan) {
  Deduction d;
  d.id = std::move(id), d.title = {d.id, ""}, d.party = "provider", d.amount.cents = yuan * 100;
  return d;
}
inline Deduction share(std::string id, std::int64_t ppm, std::string base) {
  Deduction d;
  d.id = std::move(id), d.title = {d.id, ""}, d.party = "provider", d.amount.ppm = ppm;
  d.base = std::move(base);
  return d;
}
inline Deduction of_resolve(Deduction d) {
  d.kind = "incident", d.clock = "resolve";
  return d;
}

// Cases of one contract and what was put on record.
class Books {
 public:
  explicit Books(std::vector<Deduction> deductions) : contract(priced()) {
    contract->deductions = std::move(deductions);
  }
  struct Life {
    CaseState state;
    std::vector<Event> events;
    Timestamp known = kT0;
  };
  Life& open(Duration at = 0ms, std::string grade = "II") {
    lives_.emplace_back();
    auto detected = samples::sample(static_cast<Detected*>(nullptr));
    detected.item.system = "oa";
    then(std::move(detected), at);
    return then(Graded{"", std::move(grade), GradeHow::machine, ""}, at);
  }
  // To the newest case.
  Life& then(Payload p, Duration at) {
    auto& life = lives_.back();
    auto e = samples::event(std::move(p), life.state.last_n + 1);
    e.number = "INC-" + std::to_string(lives_.size());
    e.at = kT0 + at, e.known = life.known = std::max(e.at, life.known);
    apply(life.state, e);
    life.events.push_back(std::move(e));
    return life;
  }
  MoneyRecord draft(MoneyRecordKind kind, std::string about, Timestamp at = kT0) const {
    MoneyRecord r;
    r.kind = kind, r.about = std::move(about), r.at = at, r.actor = "person:zhang", r.why = "因故";
    return r;
  }
  std::string put(MoneyRecord r, Duration now = 2400h) {
    const auto run = run_of(r.number);
    auto kept = accept(std::move(r), *contract, records, costs(now).lines, run, kT0 + now);
    if (const auto* refused = std::get_if<Rejection>(&kept)) return refused->why.id;
    const auto& record = std::get<MoneyRecord>(kept);
    const auto back = decode_money_record(encode(record));
    EXPECT_TRUE(back == (std::variant<MoneyRecord, std::string>(record))) << encode(record);
    records.push_back(record);
    return "";
  }
  int run_of(const std::string& number) const {
    for (const auto& life : lives_)
      if (life.state.number == number) return life.state.run;
    return 0;
  }
  Costs costs(Duration now, Timestamp from = Timestamp::min(), Timestamp to = Timestamp::max()) const {
    std::vector<Occasion> all;
    for (const auto& life : lives_) {
      auto some = occasions(life.state, life.events, contract, kT0 + now);
      all.insert(all.end(), some.begin(), some.end());
    }
    auto some = occasions(records, [&](const std::string&) { return contract; }, kT0 + now);
    all.insert(all.end(), some.begin(), some.end());
    return reckon(std::move(all), records, from, to);
  }
  // "name state cents", a line each.
  std::vector<std::string> says(Duration now) const {
    std::vector<std::string> out;
    for (const auto& line : costs(now).lines)
      out.push_back(line.what.deduction + ' ' + std::string(to_text(line.state)) + ' ' +
                    (line.cents ? std::to_string(*line.cents) : "-"));
    return out;
  }
  std::shared_ptr<Contract> contract;
  std::vector<MoneyRecord> records;

 private:
  std::vector<Life> lives_;
};
using Lines = std::vector<std::string>;

}  // namespace xj::domain

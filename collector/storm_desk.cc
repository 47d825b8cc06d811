#include "collector/storm_desk.h"

#include <algorithm>
#include <map>

#include "core/io/log.h"
#include "core/json.h"

namespace xj::collector {
namespace {

io::Statement& bind(io::Statement& statement, const Storm& storm) {
  return statement.bind("contract", storm.contract)
      .bind("person", storm.person)
      .bind("channel", storm.channel)
      .bind("began", to_ms(storm.began));
}

bool brakes(const domain::Contract* contract) { return contract != nullptr && contract->storm.more_than > 0; }

std::string argument(const Message& message, std::string_view name) {
  for (const auto& [key, value] : message.args)
    if (key == name) return value;
  return {};
}

domain::Withheld withheld_of(const OutboxRow& row) {
  auto read = parse_json(row.event);
  const auto* json = std::get_if<Json>(&read);
  const Json none;
  const auto& event = json == nullptr ? none : *json;
  domain::Withheld out;
  out.number = event["case"].string_or("");
  out.grade_id = event["grade"].string_or("");
  out.grade = argument(row.subject, "grade"), out.system = argument(row.subject, "system");
  out.kind = domain::parse_event_kind(event["kind"].string_or("")).value_or(domain::EventKind::detected);
  out.again = event["again"].int_or(0) > 0;
  return out;
}

}  // namespace

StormDesk::StormDesk(io::Db& db, Outbox& outbox) : db_(db), outbox_(outbox) { find_next(); }

bool StormDesk::add(const std::string& contract, OutboxRow row, bool counts, bool must_go,
                    const domain::Brake& brake, Timestamp now) {
  if (!counts) return outbox_.add(row);
  row.news = contract;
  // A replay must not decide anew on what is in the outbox already.
  if (brake.more_than > 0 && !must_go && !outbox_.find(row.key) && holds(contract, row, brake, now))
    row.state = OutboxState::held;
  return outbox_.add(row) && row.state == OutboxState::waiting;
}

bool StormDesk::holds(const std::string& contract, const OutboxRow& row, const domain::Brake& brake,
                      Timestamp now) {
  Storm storm{contract, row.person, row.channel, now, now + brake.summary, {}, 0, 0};
  const auto on = db_.prepare(
      "select 1 from storms where contract = :contract and person = :person and channel = :channel and ended "
      "is null");
  on->bind("contract", contract).bind("person", row.person).bind("channel", row.channel);
  if (on->step()) return true;
  if (outbox_.news(contract, row.person, row.channel, now - brake.within, now) < brake.more_than)
    return false;
  // Not of a time that is taken, by a clock that was set back.
  const auto last = db_.prepare(
      "select max(began) from storms where contract = :contract and person = :person and channel = :channel");
  last->bind("contract", contract).bind("person", row.person).bind("channel", row.channel);
  if (last->step() && !last->null_at(0))
    storm.began = std::max(storm.began, from_ms(last->int_at(0)) + Duration{1});
  const auto begin = db_.prepare(
      "insert into storms (contract, person, channel, began, next) values (:contract, :person, :channel, "
      ":began, :next)");
  bind(*begin, storm).bind("next", to_ms(storm.next)).run();
  next_ = std::min(next_.value_or(storm.next), storm.next);
  log::warning("contract {}: more than {} notices to {} over {} within {}: those that follow are summed up",
               contract, brake.more_than, row.person, row.channel, xj::to_text(brake.within));
  return true;
}

std::vector<Storm> StormDesk::read(const std::string& where) {
  std::vector<Storm> out;
  const auto row = db_.prepare(
      "select contract, person, channel, began, next, ended, summaries, held from storms " + where);
  while (row->step()) {
    out.push_back({row->text_at(0), row->text_at(1), row->text_at(2), from_ms(row->int_at(3)),
                   from_ms(row->int_at(4)), std::nullopt, row->int_at(6), row->int_at(7)});
    if (!row->null_at(5)) out.back().ended = from_ms(row->int_at(5));
  }
  return out;
}

std::vector<Storm> StormDesk::lasting() {
  return read("where ended is null order by began, contract, person, channel");
}
std::vector<Storm> StormDesk::recent(int limit) {
  return read("order by began desc, contract, person, channel limit " + std::to_string(limit));
}

void StormDesk::find_next() {
  next_.reset();
  for (const auto& storm : lasting()) next_ = std::min(next_.value_or(storm.next), storm.next);
}

std::uint64_t StormDesk::tick(std::span<const domain::ContractPtr> contracts, const Cases& cases,
                              Timestamp now) {
  if (!next_) return 0;
  std::uint64_t sent = 0;
  bool looked = false;
  for (const auto& storm : lasting()) {
    const auto of = std::find_if(contracts.begin(), contracts.end(),
                                 [&](const domain::ContractPtr& c) { return c->id == storm.contract; });
    const auto* contract = of == contracts.end() ? nullptr : of->get();
    // One further ahead than any is noted was so before the clock was set back.
    if (brakes(contract) && now < storm.next && storm.next <= now + contract->storm.summary) continue;
    looked = true;
    sent += look(storm, contract, cases, now) ? 1 : 0;
  }
  // A storm whose transaction failed is not there, and what was noted of it lies behind.
  if (looked || *next_ <= now) find_next();
  return sent;
}

bool StormDesk::look(const Storm& storm, const domain::Contract* contract, const Cases& cases,
                     Timestamp now) {
  domain::Contract gone;
  gone.id = gone.title = storm.contract;
  const auto& of = contract == nullptr ? gone : *contract;
  const auto& brake = of.storm;
  io::Transaction transaction(db_);
  const auto held = outbox_.held(storm.contract, storm.person, storm.channel);
  const auto came = outbox_.news(storm.contract, storm.person, storm.channel, now - brake.within, now);
  const bool over = !brakes(contract) || came <= brake.more_than;
  bool sent = false;
  if (!held.empty()) {
    std::vector<domain::Withheld> withheld;
    std::map<std::string, domain::CaseNow> stand;
    for (const auto& row : held) {
      auto& one = withheld.emplace_back(withheld_of(row));
      const auto [it, fresh] = stand.try_emplace(one.number);
      if (fresh) it->second = cases(storm.contract, one.number);
      const auto& now_is = it->second;
      if (now_is.status == domain::Status::none) continue;
      one.title = now_is.title, one.status = now_is.status;
      one.grade_id = now_is.grade_id, one.grade = now_is.grade;
    }
    auto summary = domain::sum_up(withheld, of, brake, over);
    OutboxRow row;
    row.key = storm.contract + "/storm/" + std::to_string(to_ms(storm.began)) + '/' +
              std::to_string(storm.summaries + 1) + '/' + storm.person + '/' + storm.channel;
    row.channel = storm.channel, row.person = storm.person;
    row.address = held.back().address, row.lang = held.back().lang;
    row.subject = std::move(summary.subject);
    row.lines = std::move(summary.body);
    // Of a brake that is taken off nobody knows any more at how many it held.
    if (brakes(contract))
      row.lines.push_back(
          {"notify.why.storm",
           {{"count", std::to_string(brake.more_than)}, {"within", xj::to_text(brake.within)}}});
    Json numbers{Json::Array{}};
    for (const auto& number : summary.numbers) numbers.push(Json(number));
    Json json;
    json.set("contract", storm.contract).set("kind", "storm").set("at", to_iso(now));
    json.set("began", to_iso(storm.began)).set("over", over);
    json.set("notices", static_cast<std::int64_t>(held.size())).set("cases", std::move(numbers));
    row.event = json.dump();
    row.created = row.due = now;
    sent = outbox_.add(row);
    outbox_.sum_up(storm.contract, storm.person, storm.channel, row.key, now);
  }
  const auto next = db_.prepare(
      "update storms set next = :next, ended = :ended, summaries = summaries + :sent, held = held + :held "
      "where "
      "contract = :contract and person = :person and channel = :channel and began = :began");
  bind(*next, storm).bind("next", to_ms(now + brake.summary));
  next->bind("sent", std::int64_t{sent ? 1 : 0}).bind("held", static_cast<std::int64_t>(held.size()));
  if (over)
    next->bind("ended", to_ms(now));
  else
    next->bind_null("ended");
  next->run();
  transaction.commit();
  if (over)
    log::info("contract {}: the storm of notices to {} over {} is over: {} were summed up", storm.contract,
              storm.person, storm.channel, storm.held + static_cast<std::int64_t>(held.size()));
  return sent;
}

}  // namespace xj::collector

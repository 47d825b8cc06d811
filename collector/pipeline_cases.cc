// What a decision on a case becomes: its events, what is told of them, and what people do. Commit (b) of
// pipeline.cc ends here.
#include "collector/pipeline.h"

#include <algorithm>

#include "collector/case_documents.h"
#include "collector/domain/numbering.h"
#include "collector/domain/routing.h"
#include "collector/domain/storm.h"
#include "collector/domain/telling.h"
#include "collector/knowledge_draft.h"
#include "collector/outbox_row.h"
#include "core/io/log.h"
#include "core/json.h"

namespace xj::collector {

namespace {

Json texts_json(const std::vector<std::string>& texts) {
  Json out{Json::Array{}};
  for (const auto& one : texts) out.push(Json(one));
  return out;
}
std::vector<std::string> texts_of(const Json& json) {
  std::vector<std::string> out;
  for (const auto& one : json.items()) out.push_back(one.string_or(""));
  return out;
}

// What a row of the outbox keeps of what it tells.
Json tells_json(const domain::CaseState& state, const domain::Told& told) {
  Json json;
  json.set("contract", state.contract).set("case", state.number).set("run", state.run);
  json.set("rule", told.rule).set("turn", told.turn);
  json.set("to", texts_json(told.to)).set("how", texts_json(told.how));
  return json;
}

}  // namespace

// Once a stem, with the first number that has more digits than the pattern.
void Pipeline::tell_numbers_used_up(const domain::Contract& contract, const domain::Event& event) {
  const domain::CaseKind* kind = nullptr;
  if (const auto* detected = std::get_if<domain::Detected>(&event.payload))
    kind = contract.kind(detected->case_kind);
  if (const auto* opened = std::get_if<domain::Opened>(&event.payload))
    kind = contract.kind(opened->case_kind);
  if (const auto* split = std::get_if<domain::SplitOff>(&event.payload))
    kind = contract.kind(split->case_kind);

  if (kind == nullptr) return;
  const auto counter = domain::counter_of(kind->number, contract.zone, event.known, event.number);
  if (const auto most = domain::number_capacity(kind->number); counter == most + 1)
    log::warning("contract {}: the {} numbers of {} are used up; new cases go on as {} with more digits",
                 contract.id, most, kind->number, event.number);
}

void Pipeline::commit_all(const std::vector<domain::Event>& events, const domain::ContractPtr& contract,
                          Timestamp now, const domain::CaseState* given) {
  for (auto from = events.begin(); from != events.end();) {
    const auto to =
        std::find_if(from, events.end(), [&](const domain::Event& e) { return e.number != from->number; });
    if (domain::begins(from->kind())) tell_numbers_used_up(*contract, *from);
    const auto* open = book_.find({from->contract, from->number});
    domain::CaseState state;
    if (open != nullptr)
      state = open->state;
    else if (given != nullptr && given->number == from->number)
      state = *given;
    commit({from, to}, open != nullptr ? open->contract : contract, std::move(state), now);
    from = to;
  }
}

// Events that follow each other, of one case that stands at `state` before them. Inside the transaction.
void Pipeline::commit(const std::vector<domain::Event>& events, const domain::ContractPtr& contract,
                      domain::CaseState state, Timestamp now) {
  const auto bound = contract;  // the book may drop the case, and with it what was borrowed from it
  for (const auto& event : events) {
    domain::apply(state, event);
    cases_.append(event, state, bound.get());
    ++figures_.events;
  }
  notify(events, state, *bound, now);
  make_case_documents(cases_, documents_, state, *bound, events.front().n, now);
  draft_knowledge(cases_, knowledge_, state, *bound, events.front().n, now);
  book_.restore(std::move(state), bound, now);
}

// Who was told anything of the case, or of one that it absorbed.
std::set<domain::Hearer> Pipeline::heard_of(const std::string& contract, const std::string& number) {
  std::set<domain::Hearer> out;
  std::set<std::string> seen{number};
  for (std::vector<std::string> ahead{number}; !ahead.empty();) {
    const auto one = std::move(ahead.back());
    ahead.pop_back();
    for (auto& hearer : outbox_.heard(contract, one)) out.insert(std::move(hearer));
    for (const auto& event : cases_.events(contract, one))
      if (const auto* absorbed = std::get_if<domain::Absorbed>(&event.payload);
          absorbed != nullptr && seen.insert(absorbed->from).second)
        ahead.push_back(absorbed->from);
  }
  return out;
}

void Pipeline::notify(const std::vector<domain::Event>& events, const domain::CaseState& state,
                      const domain::Contract& contract, Timestamp now) {
  const auto in_force = this->contract(contract.id);
  auto all = domain::route(events, state, contract, now, in_force.get());
  for (const auto& event : events)
    if (domain::ends_trouble(event.kind())) {
      const auto heard = heard_of(event.contract, event.number);
      for (auto& n : domain::tell_the_end(event, state, contract, now, heard, all))
        all.push_back(std::move(n));
    }
  all = domain::together(std::move(all),
                         domain::tell(events, state, contract, now, in_force.get(), options_.channels));
  for (auto& n : domain::remind(state, contract, now, in_force.get())) all.push_back(std::move(n));
  // Of a contract that is gone nothing is held any more: each look would end the storm, the next begin it.
  const auto brake = in_force == nullptr ? domain::Brake{.more_than = 0} : in_force->storm;
  const bool gravest = domain::is_gravest(state, contract);
  for (auto& told : all) {
    const auto& event = state.marks[told.n - 1];
    // Whoever answers for a message to the contract must not hear it late.
    const bool counts = told.again > 0 || domain::is_braked(event.kind, event.actor);
    const bool must_go = told.tells.has_value() || gravest;
    auto tells = told.tells ? tells_json(state, *told.tells).dump() : std::string();
    Json json;
    json.set("contract", state.contract)
        .set("case", state.number)
        .set("n", static_cast<std::int64_t>(told.n))
        .set("kind", domain::to_text(event.kind))
        .set("at", to_iso(event.at))
        .set("known", to_iso(event.known))
        .set("grade", state.grade)
        .set("status", domain::to_text(state.status))
        .set("system", state.system);
    if (told.again > 0) json.set("again", told.again);
    auto row = outbox_row(std::move(told), std::move(json), contract, options_.channels, now);
    row.tells = std::move(tells);
    if (storms_.add(contract.id, std::move(row), counts, must_go, brake, now)) ++figures_.notifications;
  }
}

domain::CaseNow Pipeline::case_now(const domain::CaseRef& which) {
  if (const auto* open = book_.find(which)) return domain::case_now(open->state, *open->contract);
  const auto found = find_case(which);
  return found ? domain::case_now(found->state, *found->contract) : domain::CaseNow{};
}

void Pipeline::record_told(Timestamp now) {
  constexpr int kMany = 200;
  const auto rows = outbox_.told(kMany);
  if (rows.empty()) return;
  if (book_damaged_) restore_book(now);
  book_damaged_ = true;
  io::Transaction transaction(db_);
  for (const auto& row : rows) {
    outbox_.told_known(row.key);
    if (row.state != OutboxState::delivered || !row.done) continue;  // somebody else must tell it
    const auto parsed = parse_json(row.tells);
    const auto* json = std::get_if<Json>(&parsed);
    if (json == nullptr) continue;
    const auto found = find_case({(*json)["contract"].string_or(""), (*json)["case"].string_or("")});
    if (!found || found->state.run != (*json)["run"].int_or(0)) continue;
    const domain::Told what{(*json)["rule"].string_or(""),
                            static_cast<int>((*json)["turn"].int_or(1)),
                            texts_of((*json)["to"]),
                            texts_of((*json)["how"]),
                            row.person,
                            row.channel,
                            {}};
    const auto events = domain::delivered(found->state, *found->contract, what, *row.done, now);
    commit_all(events, found->contract, now, &found->state);
  }
  transaction.commit();
  book_damaged_ = false;
}

std::variant<std::string, domain::Rejection> Pipeline::test_channel(const std::string& channel,
                                                                    const std::string& address, Lang lang,
                                                                    const std::string& by, Timestamp now) {
  const auto found = options_.channels.find(channel);
  if (found == options_.channels.end()) {
    std::string known;
    for (const auto& [name, mail] : options_.channels) known += (known.empty() ? "" : ", ") + name;
    return domain::Rejection{{"collector.no_channel", {{"channel", channel}, {"known", known}}}};
  }
  if (found->second && address.empty())
    return domain::Rejection{{"collector.channel_address", {{"channel", channel}}}};
  OutboxRow row;
  row.key = "test/" + channel + '/' + to_iso(now);
  row.channel = channel;
  if (found->second) row.address = address;
  row.lang = lang;
  row.subject = {"collector.notify.test", {{"channel", channel}}};
  row.lines = {{"collector.notify.test_line", {{"by", by}}}};
  row.event = Json(Json::Object{{"kind", Json("test")}, {"at", Json(to_iso(now))}}).dump();
  row.created = row.due = now;
  if (outbox_.add(row)) ++figures_.notifications;
  return row.key;
}

// ---- people ----

std::variant<std::vector<domain::Event>, domain::Rejection> Pipeline::act(const domain::CaseRef& which,
                                                                          const domain::Act& what,
                                                                          Timestamp now) {
  if (book_damaged_) restore_book(now);
  auto found = find_case(which);
  if (!found)
    return domain::Rejection{{"collector.no_case", {{"contract", which.contract}, {"number", which.number}}}};
  auto outcome = domain::act(book_, found->state, found->contract, what, now);
  if (const auto* events = std::get_if<std::vector<domain::Event>>(&outcome);
      events != nullptr && !events->empty()) {
    book_damaged_ = true;
    io::Transaction transaction(db_);
    commit_all(*events, found->contract, now, &found->state);
    transaction.commit();
    book_damaged_ = false;
  }
  return outcome;
}

std::variant<std::vector<domain::Event>, domain::Rejection> Pipeline::open_case(
    const std::string& contract_id, const domain::Opening& what, Timestamp now) {
  if (book_damaged_) restore_book(now);
  const auto in_force = contract(contract_id);
  if (in_force == nullptr) return domain::Rejection{{"collector.no_contract", {{"contract", contract_id}}}};
  auto outcome = domain::open_case(book_, in_force, what, now);
  if (const auto* events = std::get_if<std::vector<domain::Event>>(&outcome)) {
    book_damaged_ = true;
    io::Transaction transaction(db_);
    commit_all(*events, in_force, now);
    transaction.commit();
    book_damaged_ = false;
  }
  return outcome;
}

std::optional<std::variant<domain::KnowledgeEntry, domain::Rejection>> Pipeline::revise_knowledge(
    const domain::Contract& contract, const std::string& id, const domain::KnowledgeChange& change,
    Timestamp now) {
  io::Transaction transaction(db_);
  const auto before = knowledge_.newest(contract.id, id);
  if (!before) return std::nullopt;
  auto next = domain::revise(*before, change, contract, now);
  if (const auto* entry = std::get_if<domain::KnowledgeEntry>(&next)) {
    knowledge_.append(*entry);
    transaction.commit();
  }
  return next;
}

}  // namespace xj::collector

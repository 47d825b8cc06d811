#include "collector/store/sheets.h"

#include "core/fault.h"
#include "core/io/pki.h"

namespace xj::collector {

SheetRow row_of(const domain::SheetBase& base, const domain::SheetState& state) {
  SheetRow row;
  row.contract = base.contract, row.number = base.number, row.round = base.round, row.made = base.made;
  row.state = domain::to_text(state.status);
  for (const auto& item : base.items) row.manual += item.manual ? 1 : 0;
  row.unfilled = static_cast<std::int64_t>(domain::unfilled(base, state).size());
  for (const auto& signature : state.signatures) row.parts += (row.parts.empty() ? "" : ",") + signature.part;
  row.signed_at = state.signed_at;
  row.last_n = state.last_n;
  return row;
}

void Sheets::put(const SheetRow& s) {
  auto row = db_.prepare(
      "insert into sheets (contract, number, round, made, state, manual, unfilled, parts, signed, last_n) "
      "values (:contract, :number, :round, :made, :state, :manual, :unfilled, :parts, :signed, :last_n) "
      "on conflict (contract, number) do update set round = excluded.round, made = excluded.made, "
      "state = excluded.state, manual = excluded.manual, unfilled = excluded.unfilled, "
      "parts = excluded.parts, signed = excluded.signed, last_n = excluded.last_n");
  row->bind("contract", s.contract).bind("number", s.number).bind("round", s.round);
  row->bind("made", to_ms(s.made)).bind("state", s.state).bind("manual", s.manual);
  row->bind("unfilled", s.unfilled).bind("parts", s.parts);
  if (s.signed_at)
    row->bind("signed", to_ms(*s.signed_at));
  else
    row->bind_null("signed");
  row->bind("last_n", std::int64_t{s.last_n}).run();
}

void Sheets::append(const domain::SheetEvent& event, const SheetRow& after) {
  const auto body = domain::encode(event);
  auto row = db_.prepare(
      "insert into sheet_events (contract, number, n, kind, at, known, body, digest) "
      "values (:contract, :number, :n, :kind, :at, :known, :body, :digest)");
  row->bind("contract", event.contract).bind("number", event.number).bind("n", std::int64_t{event.n});
  row->bind("kind", domain::to_text(event.kind)).bind("at", to_ms(event.at));
  row->bind("known", to_ms(event.known)).bind("body", body).bind("digest", io::sha256_hex(body)).run();
  put(after);
}

void Sheets::freeze(const FrozenSheet& f) {
  auto row = db_.prepare(
      "insert into document_revisions (contract, number, n, state, frozen, facts, hash) "
      "values (:contract, :number, :n, :state, :frozen, :facts, :hash)");
  row->bind("contract", f.contract).bind("number", f.number).bind("n", std::int64_t{f.n});
  row->bind("state", f.state).bind("frozen", to_ms(f.frozen));
  row->bind("facts", f.facts).bind("hash", f.hash).run();
}

std::vector<domain::SheetEvent> Sheets::events(std::string_view contract, std::string_view number) {
  auto row =
      db_.prepare("select body from sheet_events where contract = :contract and number = :number order by n");
  row->bind("contract", contract).bind("number", number);
  std::vector<domain::SheetEvent> out;
  while (row->step()) {
    auto event = domain::decode_sheet_event(row->text_at(0));
    if (const auto* bad = std::get_if<std::string>(&event))
      throw Fault("event " + std::to_string(out.size() + 1) + " of sheet " + std::string(contract) + '/' +
                  std::string(number) + " cannot be read: " + *bad);
    out.push_back(std::move(std::get<domain::SheetEvent>(event)));
  }
  return out;
}

std::vector<SheetRow> Sheets::list(const SheetFilter& filter) {
  auto row = db_.prepare(
      "select contract, number, round, made, state, manual, unfilled, parts, signed, last_n from sheets "
      "where (:contract = '' or contract = :contract) and (:open = 0 or state <> 'signed') "
      "order by made desc, number desc limit :limit");
  row->bind("contract", filter.contract).bind("open", std::int64_t{filter.open_only ? 1 : 0});
  row->bind("limit", static_cast<std::int64_t>(filter.limit));
  std::vector<SheetRow> out;
  while (row->step()) {
    SheetRow s;
    s.contract = row->text_at(0), s.number = row->text_at(1), s.round = row->text_at(2);
    s.made = from_ms(row->int_at(3)), s.state = row->text_at(4);
    s.manual = row->int_at(5), s.unfilled = row->int_at(6), s.parts = row->text_at(7);
    if (!row->null_at(8)) s.signed_at = from_ms(row->int_at(8));
    s.last_n = static_cast<std::uint32_t>(row->int_at(9));
    out.push_back(std::move(s));
  }
  return out;
}

Sheets::Named Sheets::named(std::string_view contract, std::string_view number) {
  Named out;
  auto row = db_.prepare(
      "select coalesce(json_extract(facts, '$.inspector'), ''), coalesce(json_extract(facts, '$.recorder'), "
      "'') "
      "from documents where contract = :contract and number = :number");
  row->bind("contract", contract).bind("number", number);
  if (row->step()) out.inspector = row->text_at(0), out.recorder = row->text_at(1);
  row = db_.prepare(
      "select json_extract(body, '$.actor') from sheet_events where contract = :contract and number = "
      ":number "
      "and kind = 'submitted' order by n desc limit 1");
  row->bind("contract", contract).bind("number", number);
  if (row->step()) out.submitted = row->text_at(0);
  return out;
}

std::vector<FrozenSheet> Sheets::frozen(std::string_view contract, std::string_view number) {
  auto row = db_.prepare(
      "select n, state, frozen, hash from document_revisions where contract = :contract and "
      "number = :number order by n");
  row->bind("contract", contract).bind("number", number);
  std::vector<FrozenSheet> out;
  while (row->step())
    out.push_back({std::string(contract), std::string(number), static_cast<std::uint32_t>(row->int_at(0)),
                   row->text_at(1), from_ms(row->int_at(2)), "", row->text_at(3)});
  return out;
}

std::optional<FrozenSheet> Sheets::frozen(std::string_view contract, std::string_view number,
                                          std::uint32_t n) {
  auto row = db_.prepare(
      "select state, frozen, hash, facts from document_revisions where contract = :contract and "
      "number = :number and n = :n");
  row->bind("contract", contract).bind("number", number).bind("n", std::int64_t{n});
  if (!row->step()) return std::nullopt;
  return FrozenSheet{std::string(contract), std::string(number), n, row->text_at(0), from_ms(row->int_at(1)),
                     row->text_at(3),       row->text_at(2)};
}

}  // namespace xj::collector

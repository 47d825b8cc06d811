#include "collector/store/cases.h"

#include "collector/domain/telling.h"
#include "core/io/pki.h"

namespace xj::collector {

CaseRow row_of(const domain::CaseState& state, const domain::Contract* contract) {
  CaseRow row;
  row.contract = state.contract, row.number = state.number;
  row.kind = state.case_kind, row.system = state.system;
  row.status = domain::to_text(state.status), row.grade = state.grade, row.run = state.run;
  row.opened = state.at(1);
  row.last_n = state.last_n, row.last_at = state.at(state.last_n);
  row.over = domain::is_over(state.status);
  row.owes = contract != nullptr && domain::owes_behind_end(state, *contract);
  return row;
}

void Cases::append(const domain::Event& event, const domain::CaseState& after,
                   const domain::Contract* contract) {
  const auto body = domain::encode(event);
  auto row = db_.prepare(
      "insert into events (contract, number, n, kind, at, known, body, digest) "
      "values (:contract, :number, :n, :kind, :at, :known, :body, :digest)");
  row->bind("contract", event.contract).bind("number", event.number);
  row->bind("n", static_cast<std::int64_t>(event.n)).bind("kind", domain::to_text(event.kind()));
  row->bind("at", to_ms(event.at)).bind("known", to_ms(event.known));
  row->bind("body", body).bind("digest", io::sha256_hex(body)).run();
  put_row(row_of(after, contract));
}

void Cases::put_row(const CaseRow& c) {
  auto row = db_.prepare(
      "insert into cases (contract, number, kind, system, status, grade, run, opened, last_n, last_at, over, "
      "owes) values (:contract, :number, :kind, :system, :status, :grade, :run, :opened, :last_n, :last_at, "
      ":over, :owes) "
      "on conflict (contract, number) do update set kind = excluded.kind, system = excluded.system, "
      "status = excluded.status, grade = excluded.grade, run = excluded.run, opened = excluded.opened, "
      "last_n = excluded.last_n, last_at = excluded.last_at, over = excluded.over, owes = excluded.owes");
  row->bind("contract", c.contract).bind("number", c.number).bind("kind", c.kind);
  row->bind("system", c.system).bind("status", c.status).bind("grade", c.grade);
  row->bind("run", c.run).bind("opened", to_ms(c.opened));
  row->bind("last_n", static_cast<std::int64_t>(c.last_n)).bind("last_at", to_ms(c.last_at));
  row->bind("over", c.over ? 1 : 0).bind("owes", c.owes ? 1 : 0).run();
}

std::vector<domain::Event> Cases::events(std::string_view contract, std::string_view number) {
  auto row =
      db_.prepare("select body from events where contract = :contract and number = :number order by n");
  row->bind("contract", contract).bind("number", number);
  std::vector<domain::Event> out;
  while (row->step()) {
    auto event = domain::decode_event(std::string_view(row->text_at(0)));
    if (const auto* bad = std::get_if<domain::BadEvent>(&event))
      throw Fault("event " + std::to_string(out.size() + 1) + " of case " + std::string(contract) + "/" +
                  std::string(number) + " cannot be read: " + bad->detail);
    out.push_back(std::move(std::get<domain::Event>(event)));
  }
  return out;
}

std::vector<CaseRow> Cases::list(const CaseFilter& filter) {
  auto row = db_.prepare(
      "select contract, number, kind, system, status, grade, run, opened, last_n, last_at, over, owes "
      "from cases "
      "where (:contract = '' or contract = :contract) and (:kind = '' or kind = :kind) "
      "and (:system = '' or system = :system) and (:open = 0 or over = 0) "
      "order by opened desc, number desc limit :limit");
  row->bind("contract", filter.contract).bind("kind", filter.kind).bind("system", filter.system);
  row->bind("open", filter.open_only ? 1 : 0).bind("limit", static_cast<std::int64_t>(filter.limit));
  std::vector<CaseRow> out;
  while (row->step()) {
    CaseRow c;
    c.contract = row->text_at(0);
    c.number = row->text_at(1);
    c.kind = row->text_at(2);
    c.system = row->text_at(3);
    c.status = row->text_at(4);
    c.grade = row->text_at(5);
    c.run = static_cast<int>(row->int_at(6));
    c.opened = from_ms(row->int_at(7));
    c.last_n = static_cast<std::uint32_t>(row->int_at(8));
    c.last_at = from_ms(row->int_at(9));
    c.over = row->int_at(10) != 0;
    c.owes = row->int_at(11) != 0;
    out.push_back(std::move(c));
  }
  return out;
}

namespace {
std::vector<domain::CaseRef> refs(io::Statement& row) {
  std::vector<domain::CaseRef> out;
  while (row.step()) out.push_back({row.text_at(0), row.text_at(1)});
  return out;
}
}  // namespace

std::vector<domain::CaseRef> Cases::numbers() {
  return refs(*db_.prepare("select contract, number from cases order by contract, number"));
}

std::vector<domain::CaseRef> Cases::held() {
  // Each half by its own index: those over are far more than those held.
  return refs(
      *db_.prepare("select contract, number from cases where over = 0 "
                   "union select contract, number from cases where owes = 1 order by contract, number"));
}

std::size_t Cases::rebuild(const ContractOf& contract_of) {
  const auto all = refs(*db_.prepare("select distinct contract, number from events"));
  db_.execute("delete from cases");
  for (const auto& ref : all) {
    const auto state = domain::fold(events(ref.contract, ref.number));
    put_row(row_of(state, contract_of(state).get()));
  }
  return all.size();
}

void Cases::keep_contract(std::string_view id, std::string_view revision, Timestamp holds_from,
                          std::string_view body) {
  auto row = db_.prepare(
      "insert into contracts (id, revision, holds_from, body) values (:id, :revision, :from, :body) "
      "on conflict (id, revision) do nothing");
  row->bind("id", id).bind("revision", revision).bind("from", to_ms(holds_from)).bind("body", body).run();
}

std::optional<std::string> Cases::contract_body(std::string_view id, std::string_view revision) {
  auto row = db_.prepare("select body from contracts where id = :id and revision = :revision");
  row->bind("id", id).bind("revision", revision);
  if (!row->step()) return std::nullopt;
  return row->text_at(0);
}

std::optional<std::uint64_t> Cases::position(std::string_view stream) {
  auto row = db_.prepare("select number from position where stream = :stream");
  row->bind("stream", stream);
  if (!row->step()) return std::nullopt;
  return static_cast<std::uint64_t>(row->int_at(0));
}

void Cases::set_position(std::uint64_t number, std::string_view stream) {
  auto row = db_.prepare(
      "insert into position (stream, number) values (:stream, :number) "
      "on conflict (stream) do update set number = excluded.number");
  row->bind("stream", stream).bind("number", static_cast<std::int64_t>(number)).run();
}

}  // namespace xj::collector

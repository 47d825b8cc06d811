#include "collector/store/duty_records.h"

#include "core/fault.h"
#include "core/io/pki.h"

namespace xj::collector {

void DutyStore::append(const domain::DutyRecord& record) {
  const auto body = domain::encode(record);
  auto row = db_.prepare(
      "insert into duty_records (contract, n, kind, about, period, at, known, body, digest) "
      "values (:contract, :n, :kind, :about, :period, :at, :known, :body, :digest)");
  row->bind("contract", record.contract).bind("n", std::int64_t{record.n});
  row->bind("kind", domain::to_text(record.kind)).bind("about", record.about).bind("period", record.period);
  row->bind("at", to_ms(record.at)).bind("known", to_ms(record.known));
  row->bind("body", body).bind("digest", io::sha256_hex(body)).run();
}

std::vector<domain::DutyRecord> DutyStore::records(std::string_view contract) {
  auto row = db_.prepare("select body from duty_records where contract = :contract order by n");
  row->bind("contract", contract);
  std::vector<domain::DutyRecord> out;
  while (row->step()) {
    auto record = domain::decode_duty_record(row->text_at(0));
    if (const auto* bad = std::get_if<std::string>(&record))
      throw Fault("duty record " + std::to_string(out.size() + 1) + " of contract " + std::string(contract) +
                  " cannot be read: " + *bad);
    out.push_back(std::move(std::get<domain::DutyRecord>(record)));
  }
  return out;
}

std::vector<domain::Sheet> DutyStore::sheets(std::string_view contract, Timestamp since) {
  auto row = db_.prepare(
      "select d.about, d.number, d.created, s.signed from documents d "
      "left join sheets s on s.contract = d.contract and s.number = d.number "
      "where d.contract = :contract and d.created >= :since and d.kind = 'round' order by d.created");
  row->bind("contract", contract).bind("since", to_ms(since));
  std::vector<domain::Sheet> out;
  while (row->step()) {
    out.push_back({row->text_at(0), row->text_at(1), from_ms(row->int_at(2)), std::nullopt});
    if (!row->null_at(3)) out.back().proved = from_ms(row->int_at(3));
  }
  return out;
}

std::optional<Timestamp> DutyStore::known_since(std::string_view contract) {
  auto row = db_.prepare("select min(holds_from) from contracts where id = :contract");
  row->bind("contract", contract);
  return row->step() && !row->null_at(0) ? std::optional(from_ms(row->int_at(0))) : std::nullopt;
}

bool DutyStore::told(std::string_view contract, std::string_view name, std::string_view period,
                     std::string_view what) {
  auto row = db_.prepare(
      "select 1 from duty_told where contract = :contract and name = :name and period = :period and "
      "what = :what");
  row->bind("contract", contract).bind("name", name).bind("period", period).bind("what", what);
  return row->step();
}

bool DutyStore::tell(std::string_view contract, std::string_view name, std::string_view period,
                     std::string_view what, Timestamp at) {
  auto row = db_.prepare(
      "insert into duty_told (contract, name, period, what, at) values (:contract, :name, :period, :what, "
      ":at) "
      "on conflict do nothing");
  row->bind("contract", contract).bind("name", name).bind("period", period).bind("what", what);
  row->bind("at", to_ms(at)).run();
  return db_.changes() == 1;
}

}  // namespace xj::collector

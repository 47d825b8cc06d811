#include "collector/store/deduction_records.h"

#include "core/fault.h"
#include "core/io/pki.h"

namespace xj::collector {

void MoneyStore::append(const domain::MoneyRecord& record) {
  const auto body = domain::encode(record);
  auto row = db_.prepare(
      "insert into deduction_records (contract, n, kind, about, number, at, known, body, digest) "
      "values (:contract, :n, :kind, :about, :number, :at, :known, :body, :digest)");
  row->bind("contract", record.contract).bind("n", std::int64_t{record.n});
  row->bind("kind", domain::to_text(record.kind)).bind("about", record.about).bind("number", record.number);
  row->bind("at", to_ms(record.at)).bind("known", to_ms(record.known));
  row->bind("body", body).bind("digest", io::sha256_hex(body)).run();
}

std::vector<domain::MoneyRecord> MoneyStore::records(std::string_view contract) {
  auto row = db_.prepare("select body from deduction_records where contract = :contract order by n");
  row->bind("contract", contract);
  std::vector<domain::MoneyRecord> out;
  while (row->step()) {
    auto record = domain::decode_money_record(row->text_at(0));
    if (const auto* bad = std::get_if<std::string>(&record))
      throw Fault("deduction record " + std::to_string(out.size() + 1) + " of contract " +
                  std::string(contract) + " cannot be read: " + *bad);
    out.push_back(std::move(std::get<domain::MoneyRecord>(record)));
  }
  return out;
}

}  // namespace xj::collector

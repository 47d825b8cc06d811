#include "collector/store/documents.h"

namespace xj::collector {
namespace {

// What was frozen again after it was made goes first.
constexpr std::string_view kColumns =
    "d.contract, d.number, d.kind, d.form, d.about, coalesce(s.state, d.state), d.created, "
    "coalesce((select r.hash from document_revisions r where r.contract = d.contract and "
    "r.number = d.number order by r.n desc limit 1), d.hash)";
constexpr std::string_view kTables =
    "documents d left join sheets s on s.contract = d.contract and s.number = d.number";

Document read(io::Statement& row) {
  Document d;
  d.contract = row.text_at(0);
  d.number = row.text_at(1);
  d.kind = row.text_at(2);
  d.form = row.text_at(3);
  d.about = row.text_at(4);
  d.state = row.text_at(5);
  d.created = from_ms(row.int_at(6));
  d.hash = row.text_at(7);
  return d;
}

}  // namespace

std::variant<std::string, domain::Rejection> Documents::next_number(const std::string& contract,
                                                                    std::string_view pattern,
                                                                    const domain::Zone& zone, Timestamp at) {
  const auto stem = "document " + domain::number_stem(pattern, zone, at);
  auto used = db_.prepare("select last from counters where contract = :contract and name = :name");
  used->bind("contract", contract).bind("name", stem);
  const auto last = used->step() ? static_cast<int>(used->int_at(0)) : 0;
  auto number = domain::next_number(pattern, zone, at, last);
  if (std::holds_alternative<std::string>(number)) {
    auto count = db_.prepare(
        "insert into counters (contract, name, last) values (:contract, :name, :last) "
        "on conflict (contract, name) do update set last = excluded.last");
    count->bind("contract", contract).bind("name", stem).bind("last", last + 1).run();
  }
  return number;
}

void Documents::put(const Document& d) {
  auto row = db_.prepare(
      "insert into documents (contract, number, kind, form, about, state, created, facts, hash) "
      "values (:contract, :number, :kind, :form, :about, :state, :created, :facts, :hash)");
  row->bind("contract", d.contract).bind("number", d.number).bind("kind", d.kind).bind("form", d.form);
  row->bind("about", d.about).bind("state", d.state).bind("created", to_ms(d.created));
  row->bind("facts", d.facts).bind("hash", d.hash).run();
}

std::optional<Document> Documents::find(std::string_view contract, std::string_view number) {
  auto row = db_.prepare(
      "select d.contract, d.number, d.kind, d.form, d.about, coalesce(s.state, d.state), d.created, d.hash, "
      "d.facts from " +
      std::string(kTables) + " where d.contract = :contract and d.number = :number");
  row->bind("contract", contract).bind("number", number);
  if (!row->step()) return std::nullopt;
  auto document = read(*row);
  document.facts = row->text_at(8);
  return document;
}

std::vector<Document> Documents::list(std::string_view contract, std::size_t limit) {
  auto row = db_.prepare("select " + std::string(kColumns) + " from " + std::string(kTables) +
                         " where :contract = '' or d.contract = :contract "
                         "order by d.created desc, d.number desc limit :limit");
  row->bind("contract", contract).bind("limit", static_cast<std::int64_t>(limit));
  std::vector<Document> out;
  while (row->step()) out.push_back(read(*row));
  return out;
}

}  // namespace xj::collector

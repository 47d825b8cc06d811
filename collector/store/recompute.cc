#include "collector/store/recompute.h"

#include <map>
#include <set>

#include "collector/domain/deduction_record.h"
#include "collector/domain/duty_record.h"
#include "collector/domain/knowledge.h"
#include "collector/domain/recheck.h"
#include "collector/store/cases.h"
#include "collector/store/sheets.h"
#include "core/io/pki.h"

namespace xj::collector {
namespace {

constexpr const char* kNothing = "-";

struct Cell {
  const char* column;
  std::string text;
};
// The columns of `cases` behind its key, in the order of kSelectCases.
std::vector<Cell> cells(const CaseRow& row) {
  return {{"kind", row.kind},
          {"system", row.system},
          {"status", row.status},
          {"grade", row.grade},
          {"run", std::to_string(row.run)},
          {"opened", to_iso(row.opened)},
          {"last_n", std::to_string(row.last_n)},
          {"last_at", to_iso(row.last_at)},
          {"over", row.over ? "1" : "0"},
          {"owes", row.owes ? "1" : "0"}};
}

std::vector<Cell> cells(const SheetRow& row) {
  return {{"round", row.round},
          {"made", to_iso(row.made)},
          {"state", row.state},
          {"manual", std::to_string(row.manual)},
          {"unfilled", std::to_string(row.unfilled)},
          {"parts", row.parts},
          {"signed", row.signed_at ? to_iso(*row.signed_at) : kNothing},
          {"last_n", std::to_string(row.last_n)}};
}

class Recomputation {
 public:
  Recomputation(io::Db& db, const RecomputeOptions& options) : db_(db), options_(options) {}

  Recomputed run() {
    const auto stored = stored_cases();
    std::set<domain::CaseRef> all;
    for (const auto& [ref, unused] : stored) all.insert(ref);
    auto row = db_.prepare("select distinct contract, number from events");
    while (row->step()) all.insert({row->text_at(0), row->text_at(1)});
    for (const auto& ref : all) {
      const auto it = stored.find(ref);
      one_case(ref, it == stored.end() ? nullptr : &it->second);
      ++out_.cases;
      if (options_.progress) options_.progress(out_.cases, all.size());
    }
    auto& list = out_.differences;
    list.insert(list.end(), cases_.begin(), cases_.end());
    list.insert(list.end(), contracts_.begin(), contracts_.end());
    documents();
    sheets();
    records("duty_records", "period", &domain::DutyRecord::period, domain::decode_duty_record);
    records("deduction_records", "number", &domain::MoneyRecord::number, domain::decode_money_record);
    knowledge();
    return std::move(out_);
  }

 private:
  std::map<domain::CaseRef, CaseRow> stored_cases() {
    CaseFilter everything;
    everything.limit = INT64_MAX;
    std::map<domain::CaseRef, CaseRow> out;
    for (auto& row : Cases(db_).list(everything)) {
      const domain::CaseRef ref{row.contract, row.number};
      out.emplace(ref, std::move(row));
    }
    return out;
  }

  void one_case(const domain::CaseRef& ref, const CaseRow* stored) {
    const auto key = ref.contract + '/' + ref.number;
    domain::CaseState state;
    if (!fold(ref, key, state)) return;  // said, with the event that stands in the way
    if (state.last_n == 0) {
      cases_.push_back({"cases", key, "number", ref.number, kNothing});
      return;
    }
    // Only what is over can owe: no revision is read for the others.
    const bool over = domain::is_over(state.status);
    const auto contract = over ? revision(key, state.contract, state.revision) : nullptr;
    auto rebuilt = row_of(state, contract.get());
    if (stored == nullptr) {
      cases_.push_back({"cases", key, "number", kNothing, ref.number});
      return;
    }
    if (over && contract == nullptr) rebuilt.owes = stored->owes;  // the revision is named instead
    const auto kept = cells(*stored), again = cells(rebuilt);
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i].text != again[i].text)
        cases_.push_back({"cases", key, kept[i].column, kept[i].text, again[i].text});
  }

  // False when the events do not make a case.
  bool fold(const domain::CaseRef& ref, const std::string& key, domain::CaseState& state) {
    auto row = db_.prepare(
        "select n, kind, at, known, digest, body from events "
        "where contract = :contract and number = :number order by n");
    row->bind("contract", ref.contract).bind("number", ref.number);
    while (row->step()) {
      ++out_.events;
      const auto n = row->int_at(0);
      const auto here = key + '#' + std::to_string(n);
      const auto differ = [&](const char* column, std::string kept, std::string again) {
        if (kept != again)
          out_.differences.push_back({"events", here, column, std::move(kept), std::move(again)});
      };
      const auto body = row->text_at(5);
      if (const auto digest = row->text_at(4); !digest.empty())
        differ("digest", digest, io::sha256_hex(body));
      const auto decoded = domain::decode_event(std::string_view(body));
      if (const auto* bad = std::get_if<domain::BadEvent>(&decoded)) {
        differ("body", kNothing, bad->detail);
        return false;
      }
      const auto& event = std::get<domain::Event>(decoded);
      differ("contract", ref.contract, event.contract);
      differ("number", ref.number, event.number);
      differ("n", std::to_string(n), std::to_string(event.n));
      differ("kind", row->text_at(1), std::string(domain::to_text(event.kind())));
      differ("at", to_iso(from_ms(row->int_at(2))), to_iso(event.at));
      differ("known", to_iso(from_ms(row->int_at(3))), to_iso(event.known));
      if (domain::is_decided(event) && state.last_n > 0) decide(key, here, state, event);
      try {
        domain::apply(state, event);
      } catch (const Fault& fault) {
        differ("body", kNothing, fault.what());
        return false;
      }
    }
    return true;
  }

  void decide(const std::string& key, const std::string& here, const domain::CaseState& before,
              const domain::Event& event) {
    const auto contract = revision(key, before.contract, before.revision);
    if (contract == nullptr) return;  // said once for the revision
    if (contract->calendar_edition != before.calendar) {
      ++out_.not_decided;
      return;
    }
    ++out_.decisions;
    for (auto& each : domain::recheck(before, *contract, event))
      out_.differences.push_back(
          {"events", here, "body." + each.field, std::move(each.kept), std::move(each.again)});
  }

  domain::ContractPtr revision(const std::string& key, const std::string& id, const std::string& name) {
    const auto [it, fresh] = revisions_.try_emplace({id, name});
    if (!fresh) return it->second;
    const auto tree = Cases(db_).contract_body(id, name);
    if (tree) it->second = options_.read_contract(name, *tree);
    // What bound it is told: nobody can decide its due times again.
    if (it->second == nullptr)
      contracts_.push_back(
          {"contracts", id + '@' + name, tree ? "body" : "revision", tree ? name : kNothing, key});
    return it->second;
  }

  void documents() {
    auto row = db_.prepare("select contract, number, hash, facts from documents order by contract, number");
    while (row->step()) {
      ++out_.documents;
      auto kept = row->text_at(2), again = io::sha256_hex(row->text_at(3));
      if (kept != again)
        out_.differences.push_back({"documents", row->text_at(0) + '/' + row->text_at(1), "hash",
                                    std::move(kept), std::move(again)});
    }
  }

  void sheets() {
    std::map<std::pair<std::string, std::string>, SheetRow> stored;
    SheetFilter everything;
    everything.limit = INT64_MAX;
    for (auto& row : Sheets(db_).list(everything)) {
      auto key = std::pair(row.contract, row.number);
      stored.emplace(std::move(key), std::move(row));
    }
    auto row = db_.prepare(
        "select contract, number, about, created, facts from documents where kind = 'round' "
        "order by contract, number");
    while (row->step()) {
      domain::SheetBase base;
      if (const auto facts = parse_json(row->text_at(4)); const auto* json = std::get_if<Json>(&facts))
        base = domain::read_sheet(*json);
      base.contract = row->text_at(0), base.number = row->text_at(1);
      base.round = row->text_at(2), base.made = from_ms(row->int_at(3));
      const auto it = stored.find({base.contract, base.number});
      one_sheet(base, it == stored.end() ? nullptr : &it->second);
      if (it != stored.end()) stored.erase(it);
    }
    for (const auto& [key, unused] : stored)
      out_.differences.push_back({"sheets", key.first + '/' + key.second, "number", key.second, kNothing});
  }

  void one_sheet(const domain::SheetBase& base, const SheetRow* stored) {
    const auto key = base.contract + '/' + base.number;
    domain::SheetState state;
    if (!fold(base, key, state)) return;  // said, with the event that stands in the way
    if (stored == nullptr) {
      out_.differences.push_back({"sheets", key, "number", kNothing, base.number});
      return;
    }
    const auto kept = cells(*stored), again = cells(row_of(base, state));
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (kept[i].text != again[i].text)
        out_.differences.push_back({"sheets", key, kept[i].column, kept[i].text, again[i].text});
  }

  bool fold(const domain::SheetBase& base, const std::string& key, domain::SheetState& state) {
    auto row = db_.prepare(
        "select n, kind, at, known, digest, body from sheet_events "
        "where contract = :contract and number = :number order by n");
    row->bind("contract", base.contract).bind("number", base.number);
    std::set<std::uint32_t> sealed;
    while (row->step()) {
      ++out_.events;
      const auto n = row->int_at(0);
      const auto here = key + '#' + std::to_string(n);
      const auto differ = [&](const char* table, const char* column, std::string kept, std::string again) {
        if (kept != again)
          out_.differences.push_back({table, here, column, std::move(kept), std::move(again)});
      };
      const auto body = row->text_at(5);
      differ("sheet_events", "digest", row->text_at(4), io::sha256_hex(body));
      const auto decoded = domain::decode_sheet_event(body);
      if (const auto* bad = std::get_if<std::string>(&decoded)) {
        differ("sheet_events", "body", kNothing, *bad);
        return false;
      }
      const auto& event = std::get<domain::SheetEvent>(decoded);
      differ("sheet_events", "contract", base.contract, event.contract);
      differ("sheet_events", "number", base.number, event.number);
      differ("sheet_events", "n", std::to_string(n), std::to_string(event.n));
      differ("sheet_events", "kind", row->text_at(1), std::string(domain::to_text(event.kind)));
      differ("sheet_events", "at", to_iso(from_ms(row->int_at(2))), to_iso(event.at));
      differ("sheet_events", "known", to_iso(from_ms(row->int_at(3))), to_iso(event.known));
      try {
        domain::apply(state, event);
      } catch (const Fault& fault) {
        differ("sheet_events", "body", kNothing, fault.what());
        return false;
      }
      if (event.seal.empty()) continue;
      // What was frozen with it is what the event sealed, to the byte.
      sealed.insert(event.n);
      const auto frozen = Sheets(db_).frozen(base.contract, base.number, event.n);
      differ("document_revisions", "hash", frozen ? io::sha256_hex(frozen->facts) : kNothing, event.seal);
      if (!frozen) continue;
      differ("document_revisions", "hash", frozen->hash, event.seal);
      differ("document_revisions", "state", frozen->state, std::string(domain::to_text(state.status)));
      differ("document_revisions", "frozen", to_iso(frozen->frozen), to_iso(event.known));
    }
    for (const auto& frozen : Sheets(db_).frozen(base.contract, base.number))
      if (!sealed.contains(frozen.n))
        out_.differences.push_back({"document_revisions", key + '#' + std::to_string(frozen.n), "n",
                                    std::to_string(frozen.n), kNothing});
    return true;
  }

  // What people put on record, of obligations or of money. How these stand is stored nowhere, so each record
  // is proved by itself. `column` and `member` are of what only records of this table have.
  template <class Record>
  void records(const std::string& table, const std::string& column, std::string Record::* member,
               std::variant<Record, std::string> (*decode)(std::string_view)) {
    auto row = db_.prepare("select contract, n, kind, about, " + column + ", at, known, digest, body from " +
                           table + " order by contract, n");
    std::string contract;
    std::int64_t expected = 1;
    while (row->step()) {
      if (row->text_at(0) != contract) contract = row->text_at(0), expected = 1;
      const auto here = contract + '#' + std::to_string(row->int_at(1));
      const auto differ = [&](const std::string& of, std::string kept, std::string again) {
        if (kept != again) out_.differences.push_back({table, here, of, std::move(kept), std::move(again)});
      };
      differ("n", std::to_string(row->int_at(1)), std::to_string(expected));
      expected = row->int_at(1) + 1;
      const auto body = row->text_at(8);
      differ("digest", row->text_at(7), io::sha256_hex(body));
      const auto decoded = decode(body);
      if (const auto* bad = std::get_if<std::string>(&decoded)) {
        differ("body", kNothing, *bad);
        continue;
      }
      const auto& record = std::get<Record>(decoded);
      differ("contract", contract, record.contract);
      differ("n", std::to_string(row->int_at(1)), std::to_string(record.n));
      differ("kind", row->text_at(2), std::string(domain::to_text(record.kind)));
      differ("about", row->text_at(3), record.about);
      differ(column, row->text_at(4), record.*member);
      differ("at", to_iso(from_ms(row->int_at(5))), to_iso(record.at));
      differ("known", to_iso(from_ms(row->int_at(6))), to_iso(record.known));
    }
  }

  // Revisions are proved by themselves, what entries are found by from the newest of them.
  void knowledge() {
    std::map<std::pair<std::string, std::string>, domain::KnowledgeEntry> newest;
    std::map<std::pair<std::string, std::string>, std::int64_t> counted;
    auto row =
        db_.prepare("select contract, id, n, at, digest, body from knowledge order by contract, id, n");
    while (row->step()) {
      const std::pair key{row->text_at(0), row->text_at(1)};
      const auto here = key.first + '/' + key.second + '#' + std::to_string(row->int_at(2));
      const auto differ = [&](const char* column, std::string kept, std::string again) {
        if (kept != again)
          out_.differences.push_back({"knowledge", here, column, std::move(kept), std::move(again)});
      };
      differ("n", std::to_string(row->int_at(2)), std::to_string(++counted[key]));
      const auto body = row->text_at(5);
      differ("digest", row->text_at(4), io::sha256_hex(body));
      auto decoded = domain::decode_knowledge_entry(body);
      if (const auto* bad = std::get_if<std::string>(&decoded)) {
        differ("body", kNothing, *bad);
        continue;
      }
      auto& entry = std::get<domain::KnowledgeEntry>(decoded);
      differ("contract", key.first, entry.contract);
      differ("id", key.second, entry.id);
      differ("n", std::to_string(row->int_at(2)), std::to_string(entry.n));
      differ("at", to_iso(from_ms(row->int_at(3))), to_iso(entry.at));
      newest.insert_or_assign(key, std::move(entry));
    }
    knowledge_index(std::move(newest));
  }

  void knowledge_index(std::map<std::pair<std::string, std::string>, domain::KnowledgeEntry> newest) {
    const auto differ = [&](const char* table, const std::string& key, const char* column, std::string kept,
                            std::string again) {
      if (kept != again) out_.differences.push_back({table, key, column, std::move(kept), std::move(again)});
    };
    auto row = db_.prepare(
        "select entry, contract, id, n, state, system, at from knowledge_entries order by contract, id");
    while (row->step()) {
      const auto key = row->text_at(1) + '/' + row->text_at(2);
      const auto node = newest.extract({row->text_at(1), row->text_at(2)});
      if (!node) {
        differ("knowledge_entries", key, "id", row->text_at(2), kNothing);
        continue;
      }
      const auto& entry = node.mapped();
      differ("knowledge_entries", key, "n", std::to_string(row->int_at(3)), std::to_string(entry.n));
      differ("knowledge_entries", key, "state", row->text_at(4), std::string(domain::to_text(entry.state)));
      differ("knowledge_entries", key, "system", row->text_at(5), entry.system);
      differ("knowledge_entries", key, "at", to_iso(from_ms(row->int_at(6))), to_iso(entry.at));
      auto again = domain::terms_of(entry);
      auto term = db_.prepare("select term, weight from knowledge_terms where entry = :entry order by term");
      term->bind("entry", row->int_at(0));
      while (term->step()) {
        const auto found = again.extract(term->text_at(0));
        differ("knowledge_terms", key + ' ' + term->text_at(0), "weight", std::to_string(term->int_at(1)),
               found ? std::to_string(found.mapped()) : kNothing);
      }
      for (const auto& [text, weight] : again)
        differ("knowledge_terms", key + ' ' + text, "weight", kNothing, std::to_string(weight));
    }
    for (const auto& [key, entry] : newest)
      differ("knowledge_entries", key.first + '/' + key.second, "id", kNothing, key.second);
    auto stray = db_.prepare(
        "select term, entry from knowledge_terms where entry not in (select entry from knowledge_entries)");
    while (stray->step())
      differ("knowledge_terms", std::to_string(stray->int_at(1)) + ' ' + stray->text_at(0), "entry",
             std::to_string(stray->int_at(1)), kNothing);
  }

  io::Db& db_;
  const RecomputeOptions& options_;
  Recomputed out_;
  std::vector<Difference> cases_, contracts_;
  std::map<std::pair<std::string, std::string>, domain::ContractPtr> revisions_;
};

}  // namespace

Recomputed recompute(io::Db& db, const RecomputeOptions& options) {
  // One state of everything, also while a collector writes. Not Transaction, which asks for the right to
  // write.
  db.execute("begin deferred");
  try {
    auto out = Recomputation(db, options).run();
    db.rollback();
    return out;
  } catch (...) {
    db.rollback();
    throw;
  }
}

}  // namespace xj::collector

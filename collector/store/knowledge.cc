#include "collector/store/knowledge.h"

#include <algorithm>
#include <map>

#include "core/fault.h"
#include "core/io/pki.h"
#include "core/terms.h"

namespace xj::collector {
namespace {

// How many entries at most are read for one question, when the terms of many stand in other places than
// asked.
constexpr std::size_t kMostRead = 2'000;

domain::KnowledgeEntry read(const std::string& body) {
  auto entry = domain::decode_knowledge_entry(body);
  if (const auto* bad = std::get_if<std::string>(&entry))
    throw Fault("an entry of the knowledge base cannot be read: " + *bad);
  return std::move(std::get<domain::KnowledgeEntry>(entry));
}

// The first text behind all that begin with this one: no byte of UTF-8 is 0xFF.
std::string behind(std::string text) { return text + '\xFF'; }

}  // namespace

void Knowledge::append(const domain::KnowledgeEntry& entry) {
  const auto body = domain::encode(entry);
  auto row = db_.prepare(
      "insert into knowledge (contract, id, n, at, body, digest) "
      "values (:contract, :id, :n, :at, :body, :digest)");
  row->bind("contract", entry.contract).bind("id", entry.id).bind("n", std::int64_t{entry.n});
  row->bind("at", to_ms(entry.at)).bind("body", body).bind("digest", io::sha256_hex(body)).run();

  auto put = db_.prepare(
      "insert into knowledge_entries (contract, id, n, state, system, at) "
      "values (:contract, :id, :n, :state, :system, :at) "
      "on conflict (contract, id) do update set n = excluded.n, state = excluded.state, "
      "system = excluded.system, at = excluded.at");
  put->bind("contract", entry.contract).bind("id", entry.id).bind("n", std::int64_t{entry.n});
  put->bind("state", domain::to_text(entry.state)).bind("system", entry.system);
  put->bind("at", to_ms(entry.at)).run();

  auto which = db_.prepare("select entry from knowledge_entries where contract = :contract and id = :id");
  which->bind("contract", entry.contract).bind("id", entry.id);
  if (!which->step()) throw Fault("the entry just written is not there");
  const auto key = which->int_at(0);
  auto gone = db_.prepare("delete from knowledge_terms where entry = :entry");
  gone->bind("entry", key).run();
  for (const auto& [term, weight] : domain::terms_of(entry)) {
    auto add =
        db_.prepare("insert into knowledge_terms (term, entry, weight) values (:term, :entry, :weight)");
    add->bind("term", term).bind("entry", key).bind("weight", std::int64_t{weight}).run();
  }
}

std::vector<domain::KnowledgeEntry> Knowledge::revisions(std::string_view contract, std::string_view id) {
  auto row = db_.prepare("select body from knowledge where contract = :contract and id = :id order by n");
  row->bind("contract", contract).bind("id", id);
  std::vector<domain::KnowledgeEntry> out;
  while (row->step()) out.push_back(read(row->text_at(0)));
  return out;
}

std::optional<domain::KnowledgeEntry> Knowledge::newest(std::string_view contract, std::string_view id) {
  auto row = db_.prepare(
      "select body from knowledge where contract = :contract and id = :id order by n desc limit 1");
  row->bind("contract", contract).bind("id", id);
  return row->step() ? std::optional(read(row->text_at(0))) : std::nullopt;
}

Knowledge::Found Knowledge::find(const KnowledgeQuestion& question) {
  const auto words = search_words(question.words);
  const bool asked = question.words.find_first_not_of(' ') != std::string::npos;
  if (asked && words.empty()) return {};

  struct Candidate {
    std::string contract, id;
    std::int64_t n = 0, at = 0, weight = 0;
  };
  std::map<std::int64_t, Candidate> candidates;
  auto all = db_.prepare(
      "select entry, contract, id, n, at from knowledge_entries "
      "where (:contract = '' or contract = :contract) and (:system = '' or system = :system) "
      "and (case when :state = '' then state <> 'withdrawn' else state = :state end)");
  all->bind("contract", question.contract).bind("system", question.system);
  all->bind("state", question.state ? domain::to_text(*question.state) : std::string_view{});
  while (all->step())
    candidates.emplace(all->int_at(0),
                       Candidate{all->text_at(1), all->text_at(2), all->int_at(3), all->int_at(4), 0});

  for (const auto& word : words)
    for (const auto& term : word.terms) {
      auto row = db_.prepare(
          "select entry, max(weight) from knowledge_terms where term >= :from and term < :to group by entry");
      // A whole term is the range from itself to the next text after it.
      row->bind("from", term.text).bind("to", term.begins ? behind(term.text) : term.text + '\x01');
      std::map<std::int64_t, Candidate> left;
      while (row->step())
        if (auto node = candidates.extract(row->int_at(0))) {
          node.mapped().weight += row->int_at(1);
          left.insert(std::move(node));
        }
      candidates = std::move(left);
    }

  std::vector<Candidate> ranked;
  for (auto& [key, candidate] : candidates) ranked.push_back(std::move(candidate));
  std::sort(ranked.begin(), ranked.end(), [](const Candidate& a, const Candidate& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    if (a.at != b.at) return a.at > b.at;
    return std::pair(a.contract, a.id) < std::pair(b.contract, b.id);
  });
  Found out;
  std::size_t looked = 0;
  for (const auto& candidate : ranked) {
    if (++looked > kMostRead) {
      out.more = true;
      break;
    }
    auto row = db_.prepare("select body from knowledge where contract = :contract and id = :id and n = :n");
    row->bind("contract", candidate.contract).bind("id", candidate.id).bind("n", candidate.n);
    if (!row->step())
      throw Fault("the knowledge base lacks revision " + std::to_string(candidate.n) + " of " + candidate.id);
    auto entry = read(row->text_at(0));
    // Its terms are there; whether they stand as the question has them, the text says.
    if (!words.empty()) {
      const auto text = domain::searched_text(entry);
      if (!std::all_of(words.begin(), words.end(),
                       [&](const SearchWord& word) { return text.find(word.folded) != std::string::npos; }))
        continue;
    }
    if (out.entries.size() == question.limit) {
      out.more = true;
      break;
    }
    out.entries.push_back(std::move(entry));
  }
  return out;
}

}  // namespace xj::collector

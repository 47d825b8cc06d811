#pragma once
// The knowledge base: of a case that was closed, what was wrong, how it went and what helped, so that the
// next one is shorter. An entry is drafted from the case's events and revised by people; every revision is
// kept.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/domain/events.h"

namespace xj::domain {

enum class EntryState : std::uint8_t { draft, approved, withdrawn };
std::string_view to_text(EntryState state);
std::optional<EntryState> parse_entry_state(std::string_view text);

// One revision of an entry. It is called as its case is.
struct KnowledgeEntry {
  std::string contract, id;
  std::uint32_t n = 0;  // 1, 2, 3 …
  EntryState state = EntryState::draft;
  Timestamp at;
  std::string actor;                // person:<id>, system:closing
  std::string via;                  // socket:<account>
  std::string kind, system, grade;  // of the case
  std::string system_title;         // as it was called then
  std::string title, cause, course, method;
  std::string why;       // of the revision
  std::string revision;  // of the contract the case is bound to
  bool operator==(const KnowledgeEntry&) const = default;
};

// Canonical JSON with a version; what cannot be read is said in English.
std::string encode(const KnowledgeEntry& entry);
std::variant<KnowledgeEntry, std::string> decode_knowledge_entry(std::string_view body);

// Longest text of each of title, cause, course, method and why, in bytes.
inline constexpr std::size_t kLongestKnowledge = 16'000;

struct KnowledgeChange {
  enum class Verb : std::uint8_t { edit, approve, withdraw };
  Verb verb = Verb::edit;
  std::optional<std::string> title, cause, course, method;  // of an edit: the whole new text
  std::string person, via, why;
};
// The next revision, or why not.
std::variant<KnowledgeEntry, Rejection> revise(const KnowledgeEntry& before, const KnowledgeChange& change,
                                               const Contract& contract, Timestamp now);

// The terms an entry is found by, and how much each tells: the title more than the course.
std::map<std::string, int> terms_of(const KnowledgeEntry& entry);
// All that is searched, folded.
std::string searched_text(const KnowledgeEntry& entry);

}  // namespace xj::domain

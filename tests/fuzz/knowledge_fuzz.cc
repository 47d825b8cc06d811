// The words texts are found by, and entries of the knowledge base, on any bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "collector/domain/knowledge.h"
#include "core/terms.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto read = domain::decode_knowledge_entry(text);
  if (const auto* entry = std::get_if<domain::KnowledgeEntry>(&read)) {
    const auto again = domain::decode_knowledge_entry(domain::encode(*entry));
    if (!std::holds_alternative<domain::KnowledgeEntry>(again) ||
        !(std::get<domain::KnowledgeEntry>(again) == *entry))
      std::abort();
    domain::terms_of(*entry);
  }

  // A text is found by every one of its own words.
  const auto all = folded(text);
  if (folded(all) != all) std::abort();
  const auto terms = index_terms(text);
  for (const auto& term : terms)
    if (term.empty() || term.size() > kLongestTerm) std::abort();
  for (const auto& word : search_words(text)) {
    if (word.terms.empty() || all.find(word.folded) == std::string::npos) std::abort();
    for (const auto& wanted : word.terms)
      if (std::none_of(terms.begin(), terms.end(), [&](const std::string& term) {
            return wanted.begins ? term.starts_with(wanted.text) : term == wanted.text;
          }))
        std::abort();
  }
  return 0;
}

#pragma once
// The knowledge base in state.db: revisions, append-only, and what is derived from them to find entries by.
// On the thread that owns the Db; writes inside the caller's transaction.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/knowledge.h"
#include "core/io/db.h"

namespace xj::collector {

struct KnowledgeQuestion {
  std::string words;                        // every one of them must be there; empty: the newest entries
  std::string contract;                     // empty: all
  std::string system;                       // empty: all
  std::optional<domain::EntryState> state;  // nothing: all but those withdrawn
  std::size_t limit = 20;
};

class Knowledge {
 public:
  explicit Knowledge(io::Db& db) : db_(db) {}

  void append(const domain::KnowledgeEntry& entry);
  // All revisions, in order. Throws Fault when a row cannot be read.
  std::vector<domain::KnowledgeEntry> revisions(std::string_view contract, std::string_view id);
  std::optional<domain::KnowledgeEntry> newest(std::string_view contract, std::string_view id);
  // Best first, then newest first. `more` tells whether there are others. A question without anything to
  // look for finds nothing.
  struct Found {
    std::vector<domain::KnowledgeEntry> entries;
    bool more = false;
  };
  Found find(const KnowledgeQuestion& question);

 private:
  io::Db& db_;
};

}  // namespace xj::collector

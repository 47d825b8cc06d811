#pragma once
// Reports and forms as frozen facts with a printed number. On the thread that owns the Db.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "collector/domain/numbering.h"
#include "core/io/db.h"
#include "core/time.h"

namespace xj::collector {

struct Document {
  std::string contract;
  std::string number;           // printed: "261120-01"
  std::string kind;             // "round"
  std::string form;             // template folder: "software-inspection"
  std::string about;            // id of the round, or number of the case
  std::string state = "draft";  // of a sheet how far its sign-off is
  Timestamp created;
  std::string facts;  // canonical JSON
  std::string hash;   // SHA-256 of `facts`, hex
};

class Documents {
 public:
  explicit Documents(io::Db& db) : db_(db) {}

  // The next number of a pattern such as "{yymmdd}-{nn}" for the local day; refused, with words, when its
  // digits are used up (the 100th of a day under {nn}). Inside the transaction that puts the document.
  std::variant<std::string, domain::Rejection> next_number(const std::string& contract,
                                                           std::string_view pattern, const domain::Zone& zone,
                                                           Timestamp at);
  void put(const Document& document);  // inside the caller's transaction; a number is used once
  // As it was made.
  std::optional<Document> find(std::string_view contract, std::string_view number);
  std::vector<Document> list(std::string_view contract, std::size_t limit);  // newest first, without facts

 private:
  io::Db& db_;
};

}  // namespace xj::collector

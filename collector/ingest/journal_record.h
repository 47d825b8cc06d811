#pragma once
// What one journal record holds. The journal is the input of the collector in the order it was taken:
// applying it again gives the same state. docs/storage.md lists the bytes.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.h"
#include "core/wire.h"

namespace xj::collector {

// A batch as it came, and which of its numbers were accepted by it for the first time.
struct BatchRecord {
  std::string agent;
  Timestamp received;
  Duration shift{0};  // added to its slots
  std::vector<wire::Range> fresh;
  bool zstd = false;  // body is a zstd frame, as sent
  std::string_view body;
};
// A tick that changed what is remembered (silence found), so that replay finds it at the same place.
struct TickRecord {
  Timestamp at;
  Timestamp listening_since;  // before it the collector itself was deaf
};
// A stretch that was counted (counted.h). The body is a batch of the first result of each run.
struct CountedRecord {
  std::string agent;
  Timestamp received;  // the last contact
  std::uint64_t contacts = 0;
  struct Run {
    Duration step;
    std::uint64_t count;
    bool operator==(const Run&) const = default;
  };
  std::vector<Run> runs;  // one for each result of the body
  std::string_view body;
};
using JournalRecord = std::variant<BatchRecord, TickRecord, CountedRecord>;

// The head of a batch record; the record is the head followed by the body's bytes, which are not copied.
std::string encode_head(const BatchRecord& record);
std::string encode_head(const CountedRecord& record);  // the same
std::string encode(const TickRecord& record);
// Views stay valid as long as `bytes`. Throws Fault when the bytes are no record.
JournalRecord decode_record(std::string_view bytes);

}  // namespace xj::collector

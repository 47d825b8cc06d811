#pragma once
// The wire protocol between agent and collector, all of it; docs/wire.md specifies it for other programs.
// Pure: bytes in, values out. Sizes and depths are bounded; unknown fields are ignored. Times are integer
// milliseconds since 1970-01-01T00:00:00Z, durations integer milliseconds, a missing state is ok.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/params.h"
#include "core/result.h"

namespace xj::wire {

inline constexpr int kVersion = 1;
inline constexpr std::size_t kMaxBody = 8u << 20;   // bytes after decompression
inline constexpr std::size_t kMaxResults = 10'000;  // in a batch
inline constexpr std::size_t kMaxItems = 4'096;     // in a result
inline constexpr std::size_t kMaxMetrics = 256;     // in a result or an item
inline constexpr std::size_t kMaxText = 8u << 10;   // bytes of one string, cut by the sender at a character
inline constexpr std::size_t kMaxCheckId = 256;     // bytes of Result.check, no control characters
inline constexpr std::size_t kMaxItemKey = 1'024;   // bytes of Item.key, no control characters
inline constexpr std::size_t kMaxMetricName = 64;   // [a-z0-9_.]
inline constexpr std::size_t kMaxMessageId = 128;   // [a-z0-9_.]
inline constexpr std::size_t kMaxArgs = 32;         // of a message
inline constexpr std::size_t kMaxRows = 256;        // of a result's table
inline constexpr std::size_t kMaxColumns = 32;
inline constexpr std::size_t kMaxRevision = 128;    // bytes of config and revision
inline constexpr std::size_t kMaxDepth = 32;        // arrays and objects in each other, unknown fields too
inline constexpr std::size_t kMaxChecks = 4'096;    // in an assignment
inline constexpr std::size_t kMaxParams = 256;      // of a check
inline constexpr std::size_t kMaxCommands = 1'024;  // in an answer
inline constexpr std::size_t kCompressAbove = 16u << 10;
inline constexpr Timestamp kMaxTime = from_ms(253'402'300'799'999);  // the end of 9999; the least is 1970
inline constexpr Duration kMaxSpan{3'660LL * 86'400'000};            // of late (either sign), took, interval

enum class Lane { live, replay };

struct Batch {
  int v = kVersion;
  std::string epoch;  // 1 to 40 characters [a-z0-9-]: one life of one spool
  Lane lane = Lane::live;
  Timestamp sent;               // the agent's clock
  std::string config;           // revision of the assignment it runs, empty before the first
  std::vector<Result> results;  // n strictly ascending, gaps allowed
  bool operator==(const Batch&) const = default;
};

using Range = std::pair<std::uint64_t, std::uint64_t>;  // both ends belong to it
struct Refusal {
  std::uint64_t n;
  std::string code;  // "conflict", "malformed", "unknown_check", "too_old", "future"
  std::string detail;
  bool operator==(const Refusal&) const = default;
};
struct Command {
  std::string id;
  std::string verb;  // "run_now"
  std::vector<std::string> args;
  bool operator==(const Command&) const = default;
};
struct Answer {
  std::vector<Range> accepted;  // of this batch, also those known before with the same content
  std::vector<Refusal> refused;
  std::uint64_t have = 0;  // highest number accepted in this epoch; above the agent's own: it was set back
  Timestamp now;           // the collector's clock
  std::string config;      // revision of the assignment it should run
  std::vector<Command> commands;
  bool operator==(const Answer&) const = default;
};

// What the collector wants checked on one host. The agent's own file allows or refuses each.
struct AssignedCheck {
  std::string id;  // Result.check
  std::string kind;
  Duration interval{60'000};
  Duration retry{0};  // while not ok; zero: interval
  Duration timeout{10'000};
  ParamMap params;  // places are empty
  bool operator==(const AssignedCheck&) const = default;
};
struct Assignment {
  std::string revision;  // hash of the content
  std::vector<AssignedCheck> checks;
  bool operator==(const Assignment&) const = default;
};

// What cannot be read as a message at all. A result that alone is wrong lands in `refused` of decode_batch.
struct Malformed {
  std::string code;    // "json", "version", "limit", "field", "encoding"
  std::string detail;  // with the path, such as results[3].slot
};
struct DecodedBatch {
  Batch batch;
  std::vector<Refusal> refused;  // results that were well-formed JSON but no result
};

// Writing checks no limits (fit() does), but throws std::domain_error at a number that is not finite.
std::string encode(const Batch& batch);
std::string encode(const Result& result);  // one element of results: what the spool keeps
// The batch of results already encoded one by one; batch.results is not looked at.
std::string encode(const Batch& batch, const std::vector<std::string_view>& encoded_results);
std::string encode(const Answer& answer);
std::string encode(const Assignment& assignment);
std::variant<DecodedBatch, Malformed> decode_batch(std::string_view json);
std::variant<Result, Malformed> decode_result(std::string_view json);
std::variant<Answer, Malformed> decode_answer(std::string_view json);
std::variant<Assignment, Malformed> decode_assignment(std::string_view json);

// Makes a result fit: texts cut at a character, metrics that no receiver takes (bad or repeated name, not
// finite) and whatever is beyond a limit dropped. True when something was lost. The check's id is left alone.
bool fit(Result& result);
// The longest prefix of at most `max` bytes that does not end inside a UTF-8 character.
std::string_view cut_text(std::string_view text, std::size_t max = kMaxText);
bool valid_metric_name(std::string_view name);
bool valid_epoch(std::string_view epoch);

// zstd frames for bodies above kCompressAbove ("Content-Encoding: zstd"); inflate is bounded by `limit`.
std::string deflate(std::string_view plain);
std::variant<std::string, Malformed> inflate(std::string_view packed, std::size_t limit = kMaxBody);

}  // namespace xj::wire

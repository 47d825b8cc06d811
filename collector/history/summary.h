#pragma once
// The hours of a day: what each metric of a series came to, hour by hour. From the chunks of a day, to bytes
// and back. Pure; docs/storage.md specifies the bytes.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/history/chunk.h"
#include "core/bytes.h"

namespace xj::collector {

inline constexpr std::int64_t kHourMs = 3'600'000;
// A series that names more metrics in a day, as of a plugin that names processes, has no hours.
inline constexpr std::size_t kSummaryMetrics = 4'096;

struct MetricHours {
  std::string name;
  std::vector<Hour> hours;  // in order, of one day
};

// Makes the hours of one series and day.
class Summariser {
 public:
  explicit Summariser(std::int64_t day) : day_(day) {}
  // A sorted chunk; each after the one before it. One that reaches back into what was before, as late rows
  // of a series of very many may, makes it unfit.
  void add(const Chunk& chunk);
  // Of all that was added, and begins anew. Nothing: its hours cannot be told from these chunks.
  std::optional<std::vector<MetricHours>> take();

 private:
  void add(const Column& column, const std::vector<std::int64_t>& slots);
  std::int64_t day_;
  bool fit_ = true;
  std::optional<std::int64_t> last_slot_;
  std::map<std::string, std::vector<Hour>, std::less<>> metrics_;
  std::vector<double> values_;  // scratch
};

// The entry of a series in either lane of a file. Nothing: the series has rows but no hours.
void encode_hours(const std::optional<std::vector<MetricHours>>& metrics, std::string& out);
void encode_sketches(const std::vector<MetricHours>& metrics, std::string& out);

enum class Told : std::uint8_t { hours, none_of_it, samples_only };
// Of one metric, appended without sketches. `samples_only`: the series has rows but no hours.
Told read_hours(std::string_view entry, std::int64_t day, std::string_view metric, std::vector<Hour>& out);
// Into the hours that read_hours() gave. Throws Fault when they are of others.
void read_sketches(std::string_view entry, std::int64_t day, std::string_view metric,
                   std::vector<Hour>& hours);
// All metrics of an entry, for whoever looks at every byte; they throw Fault on damage.
std::optional<std::vector<MetricHours>> decode_hours(std::string_view entry, std::int64_t day);
std::vector<MetricHours> decode_sketches(std::string_view entry, std::int64_t day);

}  // namespace xj::collector

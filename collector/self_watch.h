#pragma once
// What the collector sees of itself, as the results of a host that its contracts name (domain/own_host.h):
// journal, evaluation, case, grade, notification and papers follow as for any other.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/history/room_keeper.h"
#include "collector/ingest/submission.h"
#include "collector/pipeline.h"
#include "core/time.h"
#include "core/wire.h"

namespace xj::collector {

// The state of the disk that history lies on; nothing before it was looked at.
std::optional<Item> disk_item(const HistoryRoom& room);
// Agents whose certificate several machines use.
Item certificates_item(const std::vector<std::string>& shared);
// What was bad before a restart stays it for its hour: what has happened is not undone by it, and whoever
// counts results shall come to an end with them. Of the newest result of before; `fresh` as it is seen now.
Item carried_on(const Result& before, Item fresh, Timestamp now);

// Owned by the engine thread.
class SelfWatch {
 public:
  // A batch of what is due; nothing where no contract asks for it, or nothing is due.
  std::optional<Submission> look(Pipeline& pipeline, Timestamp now);

 private:
  struct Last {
    Timestamp when;
    State state = State::ok;
  };
  std::vector<Item> items(Pipeline& pipeline, const std::string& check, Timestamp now);
  void follow(const Pipeline& pipeline, Timestamp now);
  bool due(const wire::AssignedCheck& check, Timestamp now) const;
  wire::Assignment assignment_;
  std::optional<Timestamp> asked_;  // when it was looked up
  std::map<std::string, Last> last_;
  std::map<std::string, std::optional<Result>> before_;  // by check: the newest of the life before
  std::string epoch_;
  std::uint64_t n_ = 0;
};

}  // namespace xj::collector

#pragma once
// The configuration as read from its files: everything or nothing, every problem at its place.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/domain/contract.h"
#include "collector/notify/builtin.h"
#include "collector/notify/dispatcher.h"
#include "config/collector_config.h"
#include "core/fault.h"

namespace xj::collector {

struct Setup {
  config::CollectorConfig config;
  std::shared_ptr<const domain::HolidayTable> holidays;
  std::vector<domain::ContractPtr> contracts;
  std::map<std::string, ChannelOptions> channels;
  std::set<std::string> operators;  // OS users of the contracts' people
};

// collector.yaml with its contracts and holidays. Nothing when there is an error.
std::optional<Setup> read_setup(const std::string& path, Problems& problems);

// By name, whether its messages need an address.
std::map<std::string, bool> channel_names(const Setup& setup);
// The channels ready to send. Throws Fault on options that can never work.
Channels make_channels(const Setup& setup);

// A contract revision kept in state.db, read back; null when it cannot be read by this program.
domain::ContractPtr read_kept_contract(const std::string& tree, const domain::HolidayTable& holidays);

}  // namespace xj::collector

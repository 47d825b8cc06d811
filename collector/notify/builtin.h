#pragma once
// The catalogue of channels: one row a kind.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "collector/notify/channel.h"
#include "core/params.h"

namespace xj::collector {

struct ChannelKind {
  std::string_view name;
  std::span<const ParamSpec> params;
  std::unique_ptr<Channel> (*make)(const Params& params);
};
std::span<const ChannelKind> channel_kinds();
const ChannelKind* find_channel_kind(std::string_view name);

// Null when the parameters are wrong; then `problems` says where and what would be accepted.
std::unique_ptr<Channel> make_channel(std::string_view kind, const ParamMap& params, const Place& whole,
                                      Problems& problems);

}  // namespace xj::collector

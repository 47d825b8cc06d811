#pragma once
// The catalogue of channels: a kind is one alternative here, one file pair, and one line in builtin.cc.
#include <memory>
#include <string_view>
#include <variant>

#include "collector/notify/channel.h"
#include "collector/notify/email.h"
#include "collector/notify/webhook.h"

namespace xj::collector {

using ChannelOptions = std::variant<EmailOptions, WebhookOptions>;

// Throws Fault, with words for the operator, on options that can never work.
std::unique_ptr<Channel> make_channel(const ChannelOptions& options);
std::string_view kind_of(const ChannelOptions& options);  // "email", "webhook"
bool needs_address(const ChannelOptions& options);        // whether OutMessage::to must be filled

}  // namespace xj::collector

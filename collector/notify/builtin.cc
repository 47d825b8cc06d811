#include "collector/notify/builtin.h"

namespace xj::collector {

namespace {

struct Kind {
  std::string_view name;
  bool needs_address;
};
constexpr Kind kind(const EmailOptions&) { return {"email", true}; }
constexpr Kind kind(const WebhookOptions&) { return {"webhook", false}; }

std::unique_ptr<Channel> make(const EmailOptions& o) { return std::make_unique<Email>(o); }
std::unique_ptr<Channel> make(const WebhookOptions& o) { return std::make_unique<Webhook>(o); }

}  // namespace

std::unique_ptr<Channel> make_channel(const ChannelOptions& options) {
  return std::visit([](const auto& o) { return make(o); }, options);
}
std::string_view kind_of(const ChannelOptions& options) {
  return std::visit([](const auto& o) { return kind(o).name; }, options);
}
bool needs_address(const ChannelOptions& options) {
  return std::visit([](const auto& o) { return kind(o).needs_address; }, options);
}

}  // namespace xj::collector

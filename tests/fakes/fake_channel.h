#pragma once
// A channel that does as it is told: the twin of e-mail and webhook.
#include <deque>
#include <string>
#include <vector>

#include "collector/notify/channel.h"

namespace xj::test {

// Shared with the test, because the dispatcher owns the channel.
struct ChannelScript {
  std::deque<collector::Delivery> next;  // answers in order; then `delivered` for ever
  std::vector<collector::OutMessage> seen;
};

class FakeChannel final : public collector::Channel {
 public:
  explicit FakeChannel(ChannelScript& script) : script_(script) {}
  collector::Delivery send(const collector::OutMessage& message, Timestamp) override {
    script_.seen.push_back(message);
    if (script_.next.empty()) return {collector::Outcome::delivered, "", {}};
    auto delivery = script_.next.front();
    script_.next.pop_front();
    return delivery;
  }

 private:
  ChannelScript& script_;
};

}  // namespace xj::test

#include "collector/notify/dispatcher.h"

#include <algorithm>
#include <array>

#include "core/io/log.h"

namespace xj::collector {

namespace {

constexpr Duration kLongestRest{30'000};  // of a channel in trouble
constexpr Duration kPoll{2'000};
constexpr Duration kAfterFault{5'000};
constexpr Duration kForgetEvery{10 * 60'000};
constexpr int kBackoffSteps = 8;

OutMessage rendered(const OutboxRow& row) {
  OutMessage message;
  message.key = row.key;
  message.to = row.address;
  message.person = row.person;
  message.subject = render(row.subject, row.lang);
  for (const auto& line : row.lines) {
    if (!message.text.empty()) message.text += '\n';
    message.text += render(line, row.lang);
  }
  message.event = row.event;
  message.created = row.created;
  return message;
}

}  // namespace

Duration backoff(int failures) {
  using namespace std::chrono;
  static constexpr std::array<Duration, kBackoffSteps> steps{
      seconds{5}, seconds{15}, seconds{30}, minutes{1}, minutes{2}, minutes{5}, minutes{10}, minutes{15}};
  return steps[static_cast<std::size_t>(std::clamp(failures - 1, 0, static_cast<int>(steps.size()) - 1))];
}

Dispatch::Dispatch(io::Db& db, Channels& channels, DispatchOptions options)
    : outbox_(db), channels_(channels), options_(options) {}

int Dispatch::run(const Clock& clock, const std::function<bool()>& keep_going) {
  int attempts = 0;
  look_at_clock(clock);
  forget(clock);
  for (const auto& name : outbox_.due_channels(clock.now())) {
    const auto found = channels_.find(name);
    Channel* const channel = found == channels_.end() ? nullptr : found->second.get();
    auto& health = health_[name];
    if (channel != nullptr && clock.mono() < health.again) continue;
    for (const auto& row : outbox_.due(name, clock.now(), options_.batch)) {
      if (keep_going && !keep_going()) return attempts;
      ++attempts;
      if (attempt(row, channel, clock)) {
        if (std::exchange(health.failures, 0) > 0) log::info("notify: channel {} works again", name);
        continue;
      }
      if (channel == nullptr) continue;
      if (health.failures++ == 0) log::warning("notify: channel {} has trouble; its messages wait", name);
      health.again = clock.mono() + std::min(backoff(health.failures), kLongestRest);
      break;
    }
  }
  return attempts;
}

void Dispatch::look_at_clock(const Clock& clock) {
  const auto now = clock.now();
  const auto mono = clock.mono();
  // A second for the slewing of a disciplined clock.
  const bool back = looked_ && now - looked_->first < mono - looked_->second - Duration{1'000};
  if (!looked_ || back) {
    const auto wait = [](int attempts) { return attempts == 0 ? Duration{0} : backoff(attempts); };
    if (const auto moved = outbox_.pull_in(now, wait, kBackoffSteps); moved > 0)
      log::warning("notify: the clock was set back; {} messages that would have waited for it go earlier",
                   moved);
  }
  looked_ = {now, mono};
}

// A few rows a pass: the engine writes to the same database.
void Dispatch::forget(const Clock& clock) {
  if (clock.mono() < next_forget_) return;
  const auto gone = outbox_.forget(clock.now() - options_.keep, options_.forget);
  next_forget_ = clock.mono() + (gone < options_.forget ? kForgetEvery : Duration{0});
}

bool Dispatch::attempt(const OutboxRow& row, Channel* channel, const Clock& clock) {
  const auto delivery = channel != nullptr
                            ? channel->send(rendered(row), clock.now())
                            : Delivery{Outcome::retry, "no channel is named " + row.channel, Duration{0}};
  const auto now = clock.now();
  switch (delivery.outcome) {
    case Outcome::delivered:
      outbox_.finish(row.key, OutboxState::delivered, now, "");
      ++counts_.delivered;
      log::debug("notify: delivered {} over {}", row.key, row.channel);
      return true;
    case Outcome::refused:
      outbox_.finish(row.key, OutboxState::refused, now, delivery.reason);
      ++counts_.refused;
      log::error("notify: {} over {} was refused for good: {}", row.key, row.channel, delivery.reason);
      return true;  // the channel itself works
    case Outcome::retry: break;
  }
  failed(row, delivery, now);
  return false;
}

void Dispatch::failed(const OutboxRow& row, const Delivery& delivery, Timestamp now) {
  if (now - row.created >= options_.max_age) {
    outbox_.finish(row.key, OutboxState::expired, now, delivery.reason);
    ++counts_.expired;
    log::error("notify: gave up {} over {}: {}", row.key, row.channel, delivery.reason);
    return;
  }
  const auto wait = std::max(backoff(row.attempts + 1), delivery.retry_after);
  outbox_.retry(row.key, now + wait, delivery.reason);
  ++counts_.retried;
  // Once is news, the rest is in the outbox.
  if (row.attempts == 0) log::warning("notify: {} over {}: {}", row.key, row.channel, delivery.reason);
}

Dispatcher::Dispatcher(std::function<std::unique_ptr<io::Db>()> open, Channels channels,
                       DispatchOptions options, const Clock& clock)
    : open_(std::move(open)), clock_(clock), options_(options), channels_(std::move(channels)) {
  thread_ = std::thread([this] { loop(); });
}

Dispatcher::~Dispatcher() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Dispatcher::wake() {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void Dispatcher::replace(Channels channels, DispatchOptions options) {
  {
    std::lock_guard lock(sending_);
    options_ = options;
    channels_.swap(channels);
  }
  wake();
}

Dispatch::Counts Dispatcher::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

bool Dispatcher::stopping() const {
  std::lock_guard lock(mutex_);
  return stop_;
}

void Dispatcher::loop() {
  const auto rest = [this](Duration time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return stop_ || woken_; });
    woken_ = false;
  };
  Dispatch::Counts before;  // of Dispatch objects given up after a fault
  while (!stopping()) {
    try {
      const auto db = open_();
      Dispatch dispatch(*db, channels_, {});
      while (!stopping()) {
        {
          std::lock_guard lock(sending_);
          dispatch.set(options_);
          dispatch.run(clock_, [this] { return !stopping(); });
        }
        const auto& now = dispatch.counts();
        {
          std::lock_guard lock(mutex_);
          counts_ = {before.delivered + now.delivered, before.retried + now.retried,
                     before.refused + now.refused, before.expired + now.expired};
        }
        rest(kPoll);
      }
    } catch (const std::exception& e) {
      log::error("notify: {}", e.what());
      {
        std::lock_guard lock(mutex_);
        before = counts_;
      }
      rest(kAfterFault);
    }
  }
}

}  // namespace xj::collector

#include "collector/engine.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "collector/ingest/lanes.h"
#include "collector/pipeline.h"
#include "collector/self_watch.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

constexpr Duration kStep{2'000};   // a wall clock that moved this much against the monotonic one was set
constexpr Duration kHung{10'000};  // a tick this late: the thread, or the disk under it, stood still

// What a batch that waits takes in memory, more or less.
std::size_t weight(const Submission& submission) { return submission.body.size() + submission.plain_bytes; }

// Long work on files that do not change: prepared and finished by the engine's thread, run beside it.
struct Chore {
  std::function<void()> run;     // may throw
  std::function<void()> finish;  // only when run did not
  const char* name = "";
};

}  // namespace

struct Engine::Impl {
  struct Waiting {
    Submission submission;
    Reply reply;
  };

  Pipeline& pipeline;
  const Clock& clock;
  const EngineOptions options;

  mutable std::mutex mutex;
  std::condition_variable wake;
  Lanes<Waiting> batches;  // guarded
  std::deque<Work> works;  // guarded
  bool stopping = false;   // guarded
  EngineHealth health;     // guarded

  // The second thread: one chore at a time.
  std::condition_variable chore_wake;
  std::optional<Chore> chore;                // guarded; handed over
  bool chore_running = false;                // guarded
  std::optional<std::exception_ptr> chored;  // guarded; how it ended, null for well
  Chore current;                             // of the engine's thread
  bool threaded = false;
  std::thread engine_thread, chore_thread;

  // Of the engine's thread alone.
  MonoTime next_tick{}, next_snapshot{}, next_history{}, chores_from{};
  MonoTime refuse_until{};
  bool refusing = false;
  std::string refused_for;                              // the fault, while refusing
  std::string held_back;                                // why ingest waits for history and snapshot
  std::map<std::string_view, std::string> chore_fault;  // of chores whose last try failed
  std::optional<Timestamp> wall_ahead;  // the wall clock where the monotonic one is zero, at the last tick
  std::uint64_t notifications = 0;
  SelfWatch self;

  Impl(Pipeline& p, const Clock& c, EngineOptions o)
      : pipeline(p),
        clock(c),
        options(std::move(o)),
        batches({options.max_waiting_batches, options.max_waiting_bytes}) {
    next_tick = clock.mono();
    next_snapshot = clock.mono() + options.snapshot;
    health.ready = true;
    notifications = pipeline.figures().notifications;
  }

  // ---- any thread ----

  void submit(Submission submission, Reply reply) {
    const auto bytes = weight(submission);
    std::unique_lock lock(mutex);
    if (stopping) {
      lock.unlock();
      return reply(Unavailable{"the collector is stopping", options.retry_after_fault});
    }
    const auto lane = submission.decoded.batch.lane;
    if (!batches.has_room(lane, bytes)) {
      lock.unlock();
      return reply(Busy{options.busy_retry_after});
    }
    batches.push(lane, bytes, {std::move(submission), std::move(reply)});
    if (batches.size() == 1) wake.notify_one();
  }

  bool post(Work work) {
    std::lock_guard lock(mutex);
    if (stopping || works.size() >= options.max_waiting_works) return false;
    works.push_back(std::move(work));
    wake.notify_one();
    return true;
  }

  // ---- the engine's thread ----

  void loop() {
    for (;;) {
      {
        std::unique_lock lock(mutex);
        // A manual clock does not wake anybody: look again in a while whatever it says.
        const auto pause = std::clamp(next_tick - clock.mono(), Duration{0}, Duration{50});
        wake.wait_for(lock, pause,
                      [&] { return stopping || !batches.empty() || !works.empty() || chored.has_value(); });
        if (stopping && batches.empty() && works.empty()) break;
      }
      turn();
    }
  }

  void turn() {
    run_works();
    run_batches();
    if (clock.mono() >= next_tick) tick();
    run_chores();
    if (const auto now = pipeline.figures().notifications; now != notifications) {
      notifications = now;
      if (options.outbox_filled) options.outbox_filled();
    }
  }

  void run_works() {
    std::deque<Work> mine;
    {
      std::lock_guard lock(mutex);
      mine.swap(works);
    }
    for (auto& work : mine) {
      try {
        work(pipeline);
      } catch (const std::exception& fault) {
        log::error("engine: a piece of work failed: {}", fault.what());
      }
    }
  }

  void run_batches() {
    std::vector<Submission> submissions;
    std::vector<Reply> replies;
    {
      std::lock_guard lock(mutex);
      for (auto& one : batches.take(options.max_group)) {
        submissions.push_back(std::move(one.submission));
        replies.push_back(std::move(one.reply));
      }
    }
    if (submissions.empty()) return;
    if (refusing && clock.mono() < refuse_until) {
      for (auto& reply : replies) reply(Unavailable{refused_for, options.retry_after_fault});
      return;
    }
    heed_backlog();
    if (!held_back.empty()) {
      const auto wait = std::max<Duration>(options.busy_retry_after, chores_from - clock.mono());
      for (auto& reply : replies)
        if (chore_fault.empty())
          reply(Busy{wait});
        else
          reply(Unavailable{chore_fault.begin()->second, wait});
      return;
    }
    const auto began = clock.mono();
    std::vector<wire::Answer> answers;
    try {
      if (refusing) pipeline.settle(clock.now());
      answers = pipeline.take(std::move(submissions), clock.now());
    } catch (const Fault& bad) {
      refuse(bad);
      for (auto& reply : replies) reply(Unavailable{bad.what(), options.retry_after_fault});
      return;
    }
    const auto took = clock.mono() - began;
    for (std::size_t i = 0; i < replies.size(); ++i) replies[i](std::move(answers[i]));
    try {
      pipeline.apply(clock.now());
      accept_again();
    } catch (const Fault& bad) {
      refuse(bad);  // what was taken is in the journal, and its transitions wait in the pipeline
    }
    std::lock_guard lock(mutex);
    ++health.groups;
    health.last_commit = took;
  }

  void tick() {
    const auto lag = clock.mono() - next_tick;
    heed_absence(lag);
    next_tick = std::max(next_tick + options.tick, clock.mono() + options.tick / 2);
    try {
      pipeline.tick(clock.now());
      if (refusing && clock.mono() >= refuse_until) accept_again();
    } catch (const Fault& bad) {
      refuse(bad);
    }
    tell_of_ourselves();
    heed_backlog();
    if (options.alive) options.alive(lag);
    const auto figures = pipeline.figures();
    std::lock_guard lock(mutex);
    health.tick_lag = lag;
    health.batches = figures.batches;
    health.results = figures.results;
    health.values = figures.values;
    health.repeats = figures.repeats;
    health.refused = figures.refused;
  }

  // What is not taken now, the next look says again.
  void tell_of_ourselves() {
    auto own = self.look(pipeline, clock.now());
    if (!own) return;
    submit(std::move(*own), [](const IngestReply& reply) {
      const auto* answer = std::get_if<wire::Answer>(&reply);
      if (answer == nullptr) return;
      for (const auto& refused : answer->refused)
        log::warning("the collector's own result is refused: {}: {}", refused.code, refused.detail);
    });
  }

  // While batches are turned away, while this thread hung, while the machine slept or had a wrong time, it
  // was us who did not hear: no agent is silent for that.
  void heed_absence(Duration lag) {
    const auto now = clock.now();
    const auto ahead = now - clock.mono().time_since_epoch();
    const bool stepped = wall_ahead && (ahead - *wall_ahead > kStep || *wall_ahead - ahead > kStep);
    wall_ahead = ahead;
    if (stepped) log::warning("the clock of this machine was set, or it slept");
    if (stepped || refusing || !held_back.empty() || lag > kHung) pipeline.listening_from(now);
  }

  void refuse(const Fault& bad) {
    if (!refusing)
      log::error("ingest is refused: {}{}{}", bad.what(), bad.hint().empty() ? "" : "; ", bad.hint());
    refusing = true;
    refused_for = bad.what();
    refuse_until = clock.mono() + options.retry_after_fault;
    publish_faults();
  }

  void accept_again() {
    if (!refusing) return;
    refusing = false;
    log::info("ingest works again");
    publish_faults();
  }

  // History or snapshot cannot be written, or not as fast as results come: what is taken would pile up in
  // memory and journal. What was acknowledged stays; more is taken when it has been written.
  void heed_backlog() {
    auto why = pipeline.held_back();
    if (why.empty() == held_back.empty()) return;
    held_back = std::move(why);
    if (held_back.empty())
      log::info("ingest is no longer held back");
    else
      log::error("ingest is held back: {}{}{}", held_back, chore_fault.empty() ? "" : "; ",
                 chore_fault.empty() ? "" : chore_fault.begin()->second);
    publish_faults();
  }

  void publish_faults() {
    std::lock_guard lock(mutex);
    health.writing_fault = chore_fault.empty() ? std::string() : chore_fault.begin()->second;
    health.held_back = !held_back.empty();
    health.fault = refusing ? refused_for : held_back.empty() ? std::string() : health.writing_fault;
  }

  // ---- chores ----

  void run_chores() {
    std::optional<std::exception_ptr> ended;
    {
      std::lock_guard lock(mutex);
      ended.swap(chored);
      if (ended) chore_running = false;
      if (chore_running) return;
    }
    if (ended) end_chore(*ended);
    if (clock.mono() < chores_from) return;
    std::optional<Chore> next;
    try {
      next = next_chore();
    } catch (const std::exception& bad) {
      return chore_failed(bad);
    }
    if (!next) return;
    current = std::move(*next);
    if (!threaded) {
      std::exception_ptr how;
      try {
        current.run();
      } catch (...) {
        how = std::current_exception();
      }
      return end_chore(how);
    }
    std::lock_guard lock(mutex);
    chore = Chore{current.run, nullptr, current.name};
    chore_running = true;
    chore_wake.notify_one();
  }

  std::optional<Chore> next_chore() {
    // When ingest waits for them they do not wait for their time.
    const bool urgent = !held_back.empty();
    if (urgent || clock.mono() >= next_snapshot) {
      next_snapshot = clock.mono() + options.snapshot;
      current.name = "snapshot";
      if (auto taken =
              pipeline.applied() != pipeline.snapshot_position() ? pipeline.snapshot() : std::nullopt) {
        auto shared = std::make_shared<Pipeline::Snapshot>(std::move(*taken));
        return Chore{[this, shared] { pipeline.write_snapshot(*shared); },
                     [this, position = shared->position] {
                       pipeline.snapshot_written(position);
                       pipeline.release_journal();
                     },
                     "snapshot"};
      }
    }
    if (!urgent && clock.mono() < next_history) return std::nullopt;
    current.name = "history";
    std::shared_ptr<History::Job> job = pipeline.history().prepare(pipeline.applied(), clock.now(), urgent);
    if (job == nullptr) {
      next_history = clock.mono() + options.tick;
      pipeline.release_journal();  // what a backup held until it ended
      chore_went_well();
      return std::nullopt;
    }
    return Chore{[job] { job->run(); },
                 [this, job] {
                   pipeline.history().finish(*job);
                   pipeline.release_journal();
                 },
                 "history"};
  }

  void end_chore(const std::exception_ptr& how) {
    try {
      if (how) std::rethrow_exception(how);
      current.finish();
      chore_went_well();
    } catch (const std::exception& bad) {  // Fault, or no memory for it just now
      chore_failed(bad);
    }
    current = Chore{};
  }

  void chore_went_well() {
    if (chore_fault.erase(current.name) > 0) log::info("{}: written again", current.name);
    heed_backlog();
    publish_faults();
  }

  void chore_failed(const std::exception& bad) {
    auto& told = chore_fault[current.name];
    if (const auto now = std::string(current.name) + ": " + bad.what(); now != told) {
      log::error("{}; tried again every {} s", now, 10 * options.retry_after_fault.count() / 1'000);
      told = now;
    }
    chores_from = clock.mono() + 10 * options.retry_after_fault;
    heed_backlog();
    publish_faults();
  }

  void chore_loop() {
    for (;;) {
      Chore mine;
      {
        std::unique_lock lock(mutex);
        chore_wake.wait(lock, [&] { return chore.has_value() || (stopping && !chore_running); });
        if (!chore) return;
        mine = std::move(*chore);
        chore.reset();
      }
      std::exception_ptr how;
      try {
        mine.run();
      } catch (...) {
        how = std::current_exception();
      }
      mine = Chore{};
      std::lock_guard lock(mutex);
      chored = how;
      wake.notify_one();
    }
  }

  void stop() {
    {
      std::lock_guard lock(mutex);
      if (stopping) return;
      stopping = true;
      wake.notify_all();
      chore_wake.notify_all();
    }
    if (threaded) {
      engine_thread.join();
      {
        std::lock_guard lock(mutex);
        chore_running = false;
        chore_wake.notify_all();
      }
      chore_thread.join();
      if (chored) end_chore(*chored), chored.reset();
    } else {
      do turn();
      while (!batches.empty() || !works.empty());
    }
    try {
      pipeline.save(clock.now());
    } catch (const Fault& bad) {
      // Nothing is lost: the journal holds it, the next start replays it.
      log::error("not everything could be saved at the end, the next start replays it: {}", bad.what());
    }
  }
};

Engine::Engine(Pipeline& pipeline, const Clock& clock, EngineOptions options)
    : impl_(std::make_unique<Impl>(pipeline, clock, std::move(options))) {}

Engine::~Engine() { stop(); }

void Engine::start() {
  impl_->threaded = true;
  impl_->chore_thread = std::thread([this] { impl_->chore_loop(); });
  impl_->engine_thread = std::thread([this] { impl_->loop(); });
}

void Engine::stop() { impl_->stop(); }

void Engine::submit(Submission submission, Reply reply) {
  impl_->submit(std::move(submission), std::move(reply));
}

bool Engine::post(Work work) { return impl_->post(std::move(work)); }

EngineHealth Engine::health() const {
  std::lock_guard lock(impl_->mutex);
  auto health = impl_->health;
  health.waiting_batches = impl_->batches.size();
  health.waiting_bytes = impl_->batches.bytes();
  health.waiting_works = impl_->works.size();
  return health;
}

void Engine::run_once() { impl_->turn(); }

}  // namespace xj::collector

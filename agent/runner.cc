#include "agent/runner.h"

#include <algorithm>

namespace xj::agent {

using checks::CheckOutcome;
using checks::Where;

namespace {
constexpr Duration kMomentToEnd{1'000};
}

struct Runner::Instance {
  RunnableCheck spec;
  Message cannot;  // why it is never run: refused, unknown kind, wrong parameters
  Where where = Where::resident;
  std::unique_ptr<checks::Check> resident;
  std::unique_ptr<checks::NonblockingCheck> nonblocking;
  std::vector<checks::ThresholdMemory::Entry> memory;  // of a probe kind
  bool shares = false;                                 // runs in the shared worker, when it may
  bool barred = false;  // no worker could answer it: it would only take the others' along
  // A killed worker that has not ended yet: stuck in the kernel, on a dead server's files. Until it has, this
  // check gets no second one.
  std::unique_ptr<checks::ProbeCall> stuck;
  Timestamp stuck_since;
  MonoTime killed;
};

struct Runner::Run {
  Instance* instance = nullptr;
  Timestamp slot;
  bool ordered = false;
  Timestamp started_wall;
  MonoTime queued, started, deadline;
  bool begun = false;
  bool done = false;
  std::optional<MonoTime> again;                      // resident: call run() then
  checks::Step step;                                  // nonblocking
  std::optional<MonoTime> look_again;                 // probe: poll() then although nothing is ready
  std::unique_ptr<checks::ProbeCall> probe;           // probe, in a worker of its own
  std::optional<checks::SharedProbe::Ticket> ticket;  // probe, in the shared one
  bool alone = false;                                 // the shared one went: not there again
};

Runner::Runner(const checks::Registry& registry, checks::Environment environment, int workers)
    : registry_(registry),
      environment_(std::move(environment)),
      workers_(static_cast<std::size_t>(std::clamp(workers, 1, 256))),
      shared_(environment_.probe_program) {}

Runner::~Runner() = default;

std::vector<std::string> Runner::set(std::vector<RunnableCheck> checks) {
  std::map<std::string, std::unique_ptr<Instance>, std::less<>> next;
  for (auto& spec : checks) {
    const auto known = instances_.find(spec.id);
    if (known != instances_.end() && known->second->spec == spec) {
      next.emplace(spec.id, std::move(known->second));
      instances_.erase(known);
      continue;
    }
    auto instance = std::make_unique<Instance>();
    instance->cannot = spec.refused;
    Problems problems;
    const auto* type = registry_.find(spec.kind);
    const auto params =
        instance->cannot.empty() ? registry_.read(spec.kind, spec.params, {}, problems) : std::nullopt;
    if (instance->cannot.empty() && (!params || type == nullptr)) {
      const auto wrong =
          std::find_if(problems.begin(), problems.end(), [](const Problem& p) { return !p.warning; });
      instance->cannot =
          wrong != problems.end() ? wrong->what : Message{"agent.check.no_kind", {{"kind", spec.kind}}};
    }
    if (params && type != nullptr) {
      try {
        instance->where = checks::where_of(*type, *params);
        instance->shares = type->shares_worker != nullptr && type->shares_worker(*params);
        if (instance->where == Where::resident) instance->resident = type->make(*params, environment_);
        if (instance->where == Where::nonblocking)
          instance->nonblocking = type->make_nonblocking(*params, environment_);
      } catch (const Fault& fault) {
        instance->cannot = {"agent.check.cannot_start", {{"detail", fault.what()}}};
      }
    }
    instance->spec = std::move(spec);
    const auto id = instance->spec.id;
    next.emplace(id, std::move(instance));
  }
  // What is left in instances_ goes away, and its runs with it.
  std::vector<std::string> ended;
  std::erase_if(stuck_, [&](const Instance* stuck) {
    return std::any_of(instances_.begin(), instances_.end(),
                       [stuck](const auto& one) { return one.second.get() == stuck; });
  });
  const auto goes = [&](const std::unique_ptr<Run>& run) {
    for (const auto& [id, instance] : instances_)
      if (instance.get() == run->instance) {
        if (run->ticket) shared_.forget(*run->ticket);
        return ended.push_back(id), true;
      }
    return false;
  };
  runs_.erase(std::remove_if(runs_.begin(), runs_.end(), goes), runs_.end());
  queue_.erase(std::remove_if(queue_.begin(), queue_.end(), goes), queue_.end());
  instances_ = std::move(next);
  return ended;
}

std::size_t Runner::busy_workers() const {
  return static_cast<std::size_t>(std::count_if(
      runs_.begin(), runs_.end(), [](const auto& run) { return run->probe != nullptr && !run->done; }));
}

bool Runner::is_resident(std::string_view id) const {
  const auto it = instances_.find(id);
  return it == instances_.end() || it->second->where == Where::resident || !it->second->cannot.empty();
}

void Runner::start(const Due& due, Timestamp now, MonoTime mono) {
  const auto it = instances_.find(due.id);
  if (it == instances_.end()) return;
  auto run = std::make_unique<Run>();
  run->instance = it->second.get();
  run->slot = due.slot;
  run->ordered = due.ordered;
  run->queued = mono;
  run->started_wall = now;
  run->started = mono;
  run->deadline = mono + run->instance->spec.timeout;
  if (!run->instance->cannot.empty()) return finish(*run, checks::unknown(run->instance->cannot), mono);
  if (auto& stuck = run->instance->stuck; stuck != nullptr) {
    // Killed a moment ago it is merely on its way out.
    if (!stuck->gone() && mono - run->instance->killed >= kMomentToEnd)
      return finish(
          *run,
          checks::unknown({"agent.check.still_running", {{"since", to_iso(run->instance->stuck_since)}}}),
          mono);
    stuck.reset();
  }
  if (run->instance->where == Where::probe && !may_share(*run) && busy_workers() >= workers_) {
    queue_.push_back(std::move(run));
    return;
  }
  begin(std::move(*run), now, mono);
}

void Runner::begin(Run begun, Timestamp now, MonoTime mono) {
  auto run = std::make_unique<Run>(std::move(begun));
  auto& instance = *run->instance;
  run->begun = true;
  run->started_wall = now;
  run->started = mono;
  run->deadline = mono + instance.spec.timeout;
  switch (instance.where) {
    case Where::resident: step_resident(*run, now, mono); break;
    case Where::nonblocking:
      try {
        run->step = instance.nonblocking->start({now, mono, instance.spec.timeout});
        if (run->step.done) finish(*run, std::move(*run->step.done), mono);
      } catch (const std::exception& fault) {
        finish(*run, checks::unknown({"agent.check.fault", {{"detail", fault.what()}}}), mono);
      }
      break;
    case Where::probe: {
      const checks::ProbeRequest request{instance.spec.kind, instance.spec.params, instance.spec.timeout,
                                         instance.memory};
      if (may_share(*run)) {
        run->ticket = shared_.send(request, mono);
        break;
      }
      run->probe = std::make_unique<checks::ProbeCall>(environment_.probe_program, request, mono);
      run->look_again = mono;  // a worker that could not start has its answer already
      break;
    }
  }
  if (!run->done) runs_.push_back(std::move(run));
}

void Runner::step_resident(Run& run, Timestamp now, MonoTime mono) {
  CheckOutcome outcome;
  try {
    outcome = run.instance->resident->run({now, mono, run.instance->spec.timeout});
  } catch (const std::exception& fault) {
    // One check's fault is that check's result, never the end of the agent.
    return finish(run, checks::unknown({"agent.check.fault", {{"detail", fault.what()}}}), mono);
  }
  if (!outcome.again) return finish(run, std::move(outcome), mono);
  run.again = mono + std::max(*outcome.again, Duration{1});
}

void Runner::finish(Run& run, CheckOutcome outcome, MonoTime mono) {
  run.done = true;
  run.probe.reset();
  finished_.push_back({run.instance->spec.id, run.slot, run.started_wall - run.slot,
                       std::max(Duration{0}, mono - run.started), std::move(outcome), run.ordered});
}

bool Runner::may_share(const Run& run) const {
  return run.instance->shares && !run.instance->barred && !run.alone && shared_.accepts();
}

// In their order, but a place in the shared worker is no use to those in front that need one of their own.
void Runner::start_queued(Timestamp now, MonoTime mono) {
  std::deque<std::unique_ptr<Run>> left;
  for (auto& run : queue_) {
    const auto waited = mono - run->queued;
    if (may_share(*run) || busy_workers() < workers_) {
      begin(std::move(*run), now, mono);
    } else if (mono >= run->deadline) {
      run->started_wall = now;
      run->started = mono;
      finish(*run,
             checks::unknown({"agent.check.no_worker",
                              {{"waited", to_text(waited)}, {"workers", std::to_string(workers_)}}}),
             mono);
    } else {
      left.push_back(std::move(run));
    }
  }
  queue_ = std::move(left);
}

void Runner::take_shared(Run& run, MonoTime mono) {
  auto answer = shared_.take(*run.ticket);
  if (!answer) return;
  run.ticket.reset();
  if (answer->lost) {
    run.alone = true;
    run.queued = mono;
    run.deadline = mono + run.instance->spec.timeout;
    return;
  }
  run.instance->memory = std::move(answer->answer.memory);
  finish(run, std::move(answer->answer.outcome), mono);
}

void Runner::poll(const std::vector<pollfd>& polled, Timestamp now, MonoTime mono) {
  const auto ready = [&](int fd) {
    return fd >= 0 && std::any_of(polled.begin(), polled.end(),
                                  [fd](const pollfd& p) { return p.fd == fd && p.revents != 0; });
  };
  shared_.poll(mono);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Run& run = *runs_[i];
    auto& instance = *run.instance;
    const auto since = [&run] {
      return Message{"agent.check.still_running", {{"since", to_iso(run.started_wall)}}};
    };
    switch (instance.where) {
      case Where::resident:
        if (mono >= run.deadline)
          finish(run, checks::unknown(since()), mono);
        else if (run.again && mono >= *run.again)
          step_resident(run, now, mono);
        break;
      case Where::nonblocking:
        try {
          const checks::RunContext context{now, mono, instance.spec.timeout};
          if (ready(run.step.fd)) run.step = instance.nonblocking->on_ready(context);
          if (run.step.done)
            finish(run, std::move(*run.step.done), mono);
          else if (mono >= run.deadline)
            finish(run, instance.nonblocking->on_timeout(context), mono);
        } catch (const std::exception& fault) {
          finish(run, checks::unknown({"agent.check.fault", {{"detail", fault.what()}}}), mono);
        }
        break;
      case Where::probe:
        if (run.alone && run.probe == nullptr) break;  // begins below
        if (run.ticket) {
          take_shared(run, mono);
          break;
        }
        if (!ready(run.probe->fd()) && mono < run.probe->deadline() &&
            !(run.look_again && mono >= *run.look_again))
          break;
        if (auto answer = run.probe->poll(mono)) {
          instance.memory = std::move(answer->memory);
          instance.barred = !run.probe->answered();
          if (!run.probe->gone()) {
            instance.stuck = std::move(run.probe);
            instance.stuck_since = run.started_wall;
            instance.killed = mono;
            stuck_.push_back(&instance);
          }
          finish(run, std::move(answer->outcome), mono);
          break;
        }
        run.look_again.reset();
        if (run.probe->fd() < 0) run.look_again = mono + Duration{5};
        if (run.probe->sending()) run.look_again = mono + Duration{50};
        break;
    }
  }
  for (auto& run : runs_)
    if (run->alone && run->probe == nullptr && !run->done) queue_.push_back(std::move(run));
  runs_.erase(
      std::remove_if(runs_.begin(), runs_.end(), [](const auto& run) { return run == nullptr || run->done; }),
      runs_.end());
  start_queued(now, mono);
  // Killed workers end a moment later; until then they are zombies or stuck.
  std::erase_if(stuck_, [](Instance* instance) {
    if (instance->stuck != nullptr && !instance->stuck->gone()) return false;
    instance->stuck.reset();
    return true;
  });
}

void Runner::add_polls(std::vector<pollfd>& into) const {
  shared_.add_polls(into);
  for (const auto& run : runs_) {
    if (run->probe != nullptr && run->probe->fd() >= 0) into.push_back({run->probe->fd(), POLLIN, 0});
    if (run->instance->where == Where::nonblocking && run->step.fd >= 0)
      into.push_back(
          {run->step.fd,
           static_cast<short>((run->step.want_read ? POLLIN : 0) | (run->step.want_write ? POLLOUT : 0)), 0});
  }
}

std::optional<MonoTime> Runner::next() const {
  std::optional<MonoTime> out;
  const auto at = [&out](MonoTime t) { out = out ? std::min(*out, t) : t; };
  if (const auto shared = shared_.next()) at(*shared);
  for (const auto& run : runs_) {
    if (run->ticket) continue;
    if (run->probe != nullptr) {
      at(run->look_again ? std::min(*run->look_again, run->probe->deadline()) : run->probe->deadline());
    } else {
      at(run->again ? std::min(*run->again, run->deadline) : run->deadline);
    }
  }
  for (const auto& run : queue_) at(run->deadline);
  return out;
}

std::vector<Finished> Runner::take_finished() { return std::exchange(finished_, {}); }

}  // namespace xj::agent

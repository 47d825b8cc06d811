#include "collector/http/worker.h"

#include <unistd.h>

#include <algorithm>

#include "core/io/log.h"

namespace xj::http {

namespace {

constexpr std::size_t kScratch = 32u << 10;
constexpr int kComplaintsPerMinute = 20;
constexpr Duration kClosing{2'000};  // for the peer to read our last answer

template <typename F>
void each(SessionList& list, F&& f) {
  for (auto it = list.begin(); it != list.end();) {
    const auto session = *it++;  // f may take it out of the list
    f(*session);
  }
}

}  // namespace

Worker::Worker(std::shared_ptr<Shared> shared, std::size_t workers)
    : shared_(std::move(shared)), workers_(workers), scratch_(kScratch) {
  const auto& l = shared_->config.limits;
  const auto shortest = std::min({l.handshake, l.request, l.handler, l.write, l.idle_agents, l.idle_people});
  sweep_every_ = std::clamp<Duration>(shortest / 8, Duration{10}, Duration{500});
}

Worker::~Worker() { join(); }

void Worker::run() {
  sweep();
  thread_ = std::thread([this] {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& e) {
        // A fault of one session must not end the thread of all of them.
        log::error("http: {}", e.what());
      }
    }
  });
}

void Worker::join() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
  for (auto& door : lists_)
    for (auto& phase : door) each(phase, [](Session& s) { s.cut(); });
}

Duration Worker::limit_of(Door door, Phase phase) const {
  const auto& l = shared_->config.limits;
  switch (phase) {
    case Phase::handshake: return l.handshake;
    case Phase::idle: return door == Door::agents ? l.idle_agents : l.idle_people;
    case Phase::reading: return l.request;
    case Phase::handling: return l.handler;
    case Phase::writing: return l.write;
    case Phase::closing: return kClosing;
  }
  return l.request;
}

void Worker::sweep() {
  const auto now = shared_->clock.mono();
  for (std::size_t d = 0; d < kDoors; ++d)
    for (std::size_t p = 0; p < kPhases; ++p) {
      auto& sessions = lists_[d][p];
      const auto limit = limit_of(static_cast<Door>(d), static_cast<Phase>(p));
      while (!sessions.empty() && now - sessions.front()->since() >= limit) {
        const auto session = sessions.front();
        session->on_timeout();
        // A timeout always moves the session on; were it not so, this loop would never end.
        if (!sessions.empty() && sessions.front() == session) session->cut();
      }
    }
  if (now - complaints_since_ >= std::chrono::minutes{1}) {
    if (complaints_swallowed_ > 0) log::warning("http: {} more refusals not logged", complaints_swallowed_);
    complaints_ = 0, complaints_swallowed_ = 0, complaints_since_ = now;
  }
  sweeper_.expires_after(sweep_every_);
  sweeper_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) sweep();
  });
}

void Worker::complain(const std::string& line) {
  if (complaints_ < kComplaintsPerMinute) {
    ++complaints_;
    log::warning("http: {}", line);
  } else {
    ++complaints_swallowed_;
  }
}

void Worker::make_room(Door door) {
  const auto& l = shared_->config.limits;
  const auto share = [this](std::size_t whole) {
    return std::max<std::size_t>(1, (whole + workers_ - 1) / workers_);
  };
  // The oldest handshake: an honest peer is through in a few round trips.
  if (door != Door::local &&
      list(Door::agents, Phase::handshake).size() + list(Door::people, Phase::handshake).size() >=
          share(l.half_open)) {
    auto& own = list(door, Phase::handshake);
    auto& other = list(door == Door::agents ? Door::people : Door::agents, Phase::handshake);
    auto& victim =
        own.empty() || (!other.empty() && other.front()->since() < own.front()->since()) ? other : own;
    shared_->counters.displaced++;
    victim.front()->cut();
  }
  const std::size_t most = share(door == Door::agents   ? l.agent_sessions
                                 : door == Door::people ? l.people_sessions
                                                        : l.local_sessions);
  if (open_[static_cast<std::size_t>(door)] < most) return;
  // Whoever does nothing goes first; then whoever has been sending one request for the longest time.
  for (const auto phase : {Phase::closing, Phase::idle, Phase::handshake, Phase::reading}) {
    auto& sessions = list(door, phase);
    if (sessions.empty()) continue;
    shared_->counters.displaced++;
    sessions.front()->cut();
    return;
  }
}

void Worker::adopt(Door door, int fd, Peer peer, bool barred) {
  auto& counters = shared_->counters;
  counters.accepted++;
  if (shared_->stopping) {
    ::close(fd);
    return;
  }
  make_room(door);
  const auto& l = shared_->config.limits;
  const std::size_t most = door == Door::agents   ? l.agent_sessions
                           : door == Door::people ? l.people_sessions
                                                  : l.local_sessions;
  if (open_[static_cast<std::size_t>(door)] >= std::max<std::size_t>(1, (most + workers_ - 1) / workers_)) {
    counters.displaced++;
    ::close(fd);
    return;
  }
  TlsContext context;
  if (door != Door::local)
    context = shared_->tls[static_cast<std::size_t>(door)].with([](const TlsContext& c) { return c; });
  std::shared_ptr<Session> session;
  try {
    session = std::make_shared<Session>(*this, door, fd, std::move(peer), context.get());
  } catch (const std::exception& e) {
    complain(std::string("session: ") + e.what());
    return;  // the session's constructor owns and closed the descriptor
  }
  session->barred_ = barred;
  auto& sessions = list(door, Phase::handshake);
  session->at_ = sessions.insert(sessions.end(), session);
  session->since_ = shared_->clock.mono();
  open_[static_cast<std::size_t>(door)]++;
  counters.sessions++;
  counters.half_open++;
  session->start();
}

void Worker::move(Session& session, Phase phase) {
  if (session.phase_ == Phase::handshake && phase != Phase::handshake) shared_->counters.half_open--;
  auto& from = list(session.door_, session.phase_);
  auto& to = list(session.door_, phase);
  to.splice(to.end(), from, session.at_);
  session.phase_ = phase;
  session.since_ = shared_->clock.mono();
}

void Worker::remove(Session& session) {
  if (session.phase_ == Phase::handshake) shared_->counters.half_open--;
  list(session.door_, session.phase_).erase(session.at_);
  open_[static_cast<std::size_t>(session.door_)]--;
  if (--shared_->counters.sessions == 0 && shared_->stopping) {
    std::lock_guard lock(shared_->idle_mutex);
    shared_->idle.notify_all();
  }
}

void Worker::end_all_politely() {
  for (auto& door : lists_)
    for (auto& phase : door) each(phase, [](Session& s) { s.end_politely(); });
}

void Worker::cut_all() {
  for (auto& door : lists_)
    for (auto& phase : door) each(phase, [](Session& s) { s.cut(); });
}

void Worker::drop_revoked() {
  for (auto& phase : lists_[static_cast<std::size_t>(Door::agents)])
    each(phase, [](Session& s) {
      if (s.phase() != Phase::handshake && s.revoked()) s.end_politely();
    });
}

}  // namespace xj::http

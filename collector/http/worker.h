#pragma once
// One I/O thread: its event loop, its sessions, their time limits.
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "collector/http/router.h"
#include "collector/http/session.h"
#include "core/guarded.h"

namespace xj::http {

// What all workers of a server share. Constant after construction but for what locks or is atomic.
struct Shared {
  Shared(ServerConfig c, std::vector<Route> routes, const Clock& k)
      : config(std::move(c)), router(std::move(routes)), clock(k), people_token(config.people_token) {}

  const ServerConfig config;
  const Router router;
  const Clock& clock;
  Guarded<std::string> people_token;
  std::array<Guarded<TlsContext>, 2> tls;  // agents, people
  std::atomic<bool> stopping{false};

  struct Counters {
    std::atomic<std::uint64_t> sessions{0}, half_open{0}, accepted{0}, requests{0}, refused{0},
        tls_failures{0}, timeouts{0}, displaced{0}, revoked{0}, bytes_in{0}, bytes_out{0};
  } counters;

  // Told when the last session ends, for stop().
  std::mutex idle_mutex;
  std::condition_variable idle;
};

class Worker : public std::enable_shared_from_this<Worker> {
 public:
  Worker(std::shared_ptr<Shared> shared, std::size_t workers);
  ~Worker();

  void run();   // starts the thread
  void join();  // ends the loop and waits for the thread
  boost::asio::io_context& io() { return io_; }
  Shared& shared() { return *shared_; }

  // On the worker's thread, all that follow.
  void adopt(Door door, int fd, Peer peer, bool barred);  // owns fd; barred: every request is refused
  void end_all_politely();
  void cut_all();
  void drop_revoked();

  // For sessions.
  void move(Session& session, Phase phase);  // to the end of the phase's list; also restarts its time limit
  void remove(Session& session);
  std::vector<char>& scratch() { return scratch_; }
  // At most a few lines a minute: a scanner must not fill the disk through our log.
  void complain(const std::string& line);

 private:
  SessionList& list(Door door, Phase phase) {
    return lists_[static_cast<std::size_t>(door)][static_cast<std::size_t>(phase)];
  }
  Duration limit_of(Door door, Phase phase) const;
  void sweep();
  void make_room(Door door);

  std::shared_ptr<Shared> shared_;
  std::size_t workers_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{io_.get_executor()};
  boost::asio::steady_timer sweeper_{io_};
  Duration sweep_every_;
  std::array<std::array<SessionList, kPhases>, kDoors> lists_;
  std::array<std::size_t, kDoors> open_{};
  std::vector<char> scratch_;
  int complaints_ = 0;
  std::uint64_t complaints_swallowed_ = 0;
  MonoTime complaints_since_{};
  std::thread thread_;
};

}  // namespace xj::http

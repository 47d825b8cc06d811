#include "collector/http/server.h"

#include <unistd.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>

#include "collector/http/listener.h"
#include "collector/http/worker.h"
#include "core/fault.h"
#include "core/io/pki.h"

namespace xj::http {

struct Server::Impl {
  std::shared_ptr<Shared> shared;
  std::vector<std::shared_ptr<Worker>> workers;
  std::vector<std::unique_ptr<Listener>> listeners;  // on the first worker's loop
  std::string agents, people, unix_path;
  std::size_t turn = 0;
  std::optional<HeldAddresses> addresses;
  bool started = false, stopped = false;

  Impl(ServerConfig config, std::vector<Route> routes, const Clock& clock)
      : shared(std::make_shared<Shared>(std::move(config), std::move(routes), clock)) {
    if (shared->config.threads < 1 || shared->config.threads > 16) throw Fault("1 to 16 I/O threads");
    load_tls();
  }

  void load_tls() {
    const auto& c = shared->config;
    TlsContext contexts[2];
    if (!c.agents.empty()) contexts[0] = make_tls_context(c.tls, Door::agents);
    if (!c.people.empty()) contexts[1] = make_tls_context(c.tls, Door::people);
    for (std::size_t i = 0; i < 2; ++i)
      shared->tls[i].with([&](TlsContext& held) { held.swap(contexts[i]); });
  }

  void listen(Door door, int fd, const std::string& address) {
    listeners.push_back(
        std::make_unique<Listener>(workers.front()->io(), fd, [this, door](int client, Peer peer, uid_t uid) {
          // Let in to be told so: a refused connection would tell the person nothing.
          const bool barred =
              door == Door::local &&
              !is_socket_operator(uid, peer.os_user, shared->config.owner, shared->config.is_operator);
          const auto& worker = workers[turn++ % workers.size()];
          boost::asio::post(worker->io(),
                            [w = worker.get(), door, client, barred, p = std::move(peer)]() mutable {
                              w->adopt(door, client, std::move(p), barred);
                            });
        }));
    listen_on(fd, address);
  }

  void start() {
    if (started) throw Fault("the server was started before");
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
    const auto& c = shared->config;
    for (int i = 0; i < c.threads; ++i)
      workers.push_back(std::make_shared<Worker>(shared, static_cast<std::size_t>(c.threads)));
    if (!addresses) addresses.emplace(c.agents, c.people, c.socket);
    if (const int fd = addresses->take(Door::agents); fd >= 0) {
      agents = bound_address(fd);
      listen(Door::agents, fd, c.agents);
    }
    if (const int fd = addresses->take(Door::people); fd >= 0) {
      people = bound_address(fd);
      listen(Door::people, fd, c.people);
    }
    if (const int fd = addresses->take(Door::local); fd >= 0) {
      unix_path = c.socket;
      listen(Door::local, fd, c.socket);
    }
    started = true;
    for (auto& listener : listeners) listener->start();
    for (auto& worker : workers) worker->run();
  }

  void stop(Duration grace) {
    if (!started || stopped) return;
    stopped = true;
    shared->stopping = true;
    auto& first = *workers.front();
    boost::asio::post(first.io(), [this] {
      for (auto& listener : listeners) listener->stop();
    });
    for (auto& worker : workers)
      boost::asio::post(worker->io(), [w = worker.get()] { w->end_all_politely(); });
    {
      std::unique_lock lock(shared->idle_mutex);
      shared->idle.wait_for(lock, grace, [this] { return shared->counters.sessions == 0; });
    }
    for (auto& worker : workers) worker->join();
    listeners.clear();
    if (!unix_path.empty()) ::unlink(unix_path.c_str());
  }
};

std::string read_people_token(const std::string& file) {
  auto token = io::read_secret(file);
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  const bool visible =
      std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (token.size() < 32 || token.size() > 512 || !visible)
    throw Fault(file + " does not hold one token of 32 to 512 visible characters",
                "openssl rand -hex 32 > " + file);
  return token;
}

Server::Server(ServerConfig config, std::vector<Route> routes, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(routes), clock)) {}

Server::Server(ServerConfig config, std::vector<Route> routes, const Clock& clock, HeldAddresses held)
    : Server(std::move(config), std::move(routes), clock) {
  impl_->addresses = std::move(held);
}

Server::~Server() { impl_->stop(Duration{0}); }

void Server::start() { impl_->start(); }
void Server::stop(Duration grace) { impl_->stop(grace); }
void Server::reload_tls() { impl_->load_tls(); }

void Server::drop_revoked() {
  for (auto& worker : impl_->workers)
    boost::asio::post(worker->io(), [w = worker.get()] { w->drop_revoked(); });
}

void Server::set_people_token(std::string token) {
  impl_->shared->people_token.with([&](std::string& held) { held.swap(token); });
}

std::string Server::agents_address() const { return impl_->agents; }
std::string Server::people_address() const { return impl_->people; }

ServerStats Server::stats() const {
  const auto& c = impl_->shared->counters;
  return {c.sessions, c.half_open, c.accepted, c.requests, c.refused,  c.tls_failures,
          c.timeouts, c.displaced, c.revoked,  c.bytes_in, c.bytes_out};
}

}  // namespace xj::http

#include "core/io/lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <signal.h>

#include <cstdint>
#include <cstring>

namespace xj::io {
namespace {

void* look_up(void* argument) {
  const std::unique_ptr<std::shared_ptr<Lookup>> held(static_cast<std::shared_ptr<Lookup>*>(argument));
  Lookup& lookup = **held;
  std::vector<Address> addresses;
  const int code = resolve(lookup.host, lookup.port, AI_ADDRCONFIG, addresses);
  {
    const std::lock_guard lock(lookup.mutex);
    lookup.ready = true;
    lookup.code = code;
    lookup.addresses = std::move(addresses);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(lookup.done.get(), &one, sizeof one);
  return nullptr;
}

}  // namespace

std::string printed(const Address& address) {
  char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";
  getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.size, host, sizeof host, port,
              sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  return address.storage.ss_family == AF_INET6 ? '[' + std::string(host) + "]:" + port
                                               : std::string(host) + ':' + port;
}

int resolve(const std::string& host, const std::string& port, int flags, std::vector<Address>& into) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  for (const auto* one = found; code == 0 && one != nullptr; one = one->ai_next) {
    Address address;
    address.size = one->ai_addrlen;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    into.push_back(address);
  }
  if (found != nullptr) ::freeaddrinfo(found);
  return code;
}

// A small stack and no signals: the thread lives for one lookup in a process that counts kilobytes.
bool begin_lookup(const std::shared_ptr<Lookup>& lookup) {
  auto held = std::make_unique<std::shared_ptr<Lookup>>(lookup);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256u << 10);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int code = pthread_create(&thread, &attributes, look_up, held.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (code == 0) (void)held.release();
  return code == 0;
}

}  // namespace xj::io

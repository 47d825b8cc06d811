#pragma once
// What the handlers stand on. All borrowed; app owns them and outlives the server.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "collector/engine.h"
#include "collector/http/enrolment.h"
#include "collector/http/message.h"
#include "collector/http/server.h"
#include "core/time.h"

namespace xj::collector {

// Of the dispatcher, since start.
struct Deliveries {
  std::uint64_t delivered = 0, retried = 0, refused = 0, expired = 0;
};

class BackupDesk;

struct Services {
  Engine& engine;
  const Clock& clock;
  http::Enrolment& enrolment;  // used on the engine's thread only
  // Runs work that takes long (setting a document, reading a year of history) on a thread of its own; false
  // when too much waits.
  std::function<bool(std::function<void()>)> background;
  std::vector<std::filesystem::path> form_dirs;  // clients' own forms, before those compiled in
  // Each may be empty.
  std::function<void()> drop_revoked;  // http::Server::drop_revoked
  std::function<http::ServerStats()> server_stats;
  std::function<Deliveries()> deliveries;
  BackupDesk* backups = nullptr;  // null: none are made
  // Any thread. True from when the collector is told to end: what runs in the background ends early.
  std::function<bool()> stopping = nullptr;
};

// Every route of the collector: agents, people, enrolment, health. docs/api.md describes the people's.
std::vector<http::Route> api_routes(Services& services);

}  // namespace xj::collector

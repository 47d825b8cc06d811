#pragma once
// What a handler gets and gives. Handlers never see sockets; transport never sees meaning.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace xj::http {

// Who is on the other end, established by transport alone: never by anything in the body.
struct Peer {
  std::string agent;        // name in a verified client certificate; empty for people
  std::string certificate;  // its serial, hex
  std::string os_user;      // from the Unix socket's peer credentials; empty otherwise
  std::string address;      // remote address, "unix" on the socket
};

struct Request {
  std::string method;
  std::string path;  // without query, decoded segment by segment into `params` by the router
  std::map<std::string, std::string> params;  // {name} parts of the pattern
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  Peer peer;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called exactly once, from any thread; the session writes the response.
using Done = std::function<void(Response)>;
using Handler = std::function<void(Request, Done)>;

// Where a route answers (docs/security.md):
// `agent`  only on the agents' listener, with a verified, unrevoked certificate;
// `open`   on the people's listener without any credential, and on the Unix socket;
// `people` on the Unix socket; over TCP only GET, and only with the bearer token of the configuration;
// `local`  on the Unix socket alone.
// On the socket stand only peers the kernel names as root, the collector's own user or a person of a
// contract.
enum class Access { agent, open, people, local };

struct Route {
  Access access;
  std::string method;
  std::string pattern;  // "/api/v1/cases/{contract}/{number}"
  Handler handler;
  std::size_t max_body = 1u << 20;  // bytes, as sent and after inflating
  // False: a body under "Content-Encoding: zstd" comes as it was sent, the header telling so.
  bool inflate = true;
};

// {"error":{"code","message":{"id","args"},"detail"}}: every refusal has this body.
// Every 429 and 503 says when to come again: with busy_response(), else "Retry-After: 1" is added when the
// head is written.
Response error_response(int status, std::string_view code, std::string_view detail);
// The same with Retry-After, in whole seconds, rounded up, at least one.
Response busy_response(int status, std::string_view code, std::string_view detail, Duration wait);

}  // namespace xj::http

#pragma once
// From a request's method and path to a route, and whether this peer may use it. Pure, immutable after
// construction, any thread.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/http/message.h"
#include "collector/http/tls.h"

namespace xj::http {

// Why a request gets no handler.
struct NoRoute {
  int status;
  const char* code;
  std::string detail;
  std::vector<std::pair<std::string, std::string>> headers;  // Allow, WWW-Authenticate
};

struct Match {
  const Route* route = nullptr;  // null: see `refused`
  std::map<std::string, std::string> params;
  NoRoute refused{404, "not_found", "", {}};
};

// What the bearer token of a request over TCP is worth.
enum class Bearer { not_configured, absent, wrong, right };

class Router {
 public:
  // Throws Fault on a pattern that cannot be read and on two routes that answer the same requests.
  explicit Router(std::vector<Route> routes);

  // `path` as sent, without the query. HEAD finds GET routes.
  Match find(Door door, std::string_view method, std::string_view path, Bearer bearer) const;

 private:
  struct Segment {
    std::string text;  // literal, or the parameter's name
    bool param = false;
  };
  struct Compiled {
    Route route;
    std::vector<Segment> segments;
  };
  std::vector<Compiled> routes_;  // literal before parameter, so that the more exact pattern wins
};

// "%41" decoded; empty on a broken escape or a NUL. '+' stays.
std::optional<std::string> percent_decode(std::string_view text);
// "a=1&b=%E4%B8%AD&c": '+' is a space; a repeated name keeps the last. Empty on a broken escape, or more than
// 64 parameters.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view query);

}  // namespace xj::http

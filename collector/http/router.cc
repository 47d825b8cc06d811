#include "collector/http/router.h"

#include <algorithm>

#include "core/fault.h"

namespace xj::http {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> out;
  path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    out.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool visible_at(Access access, Door door) { return (access == Access::agent) == (door == Door::agents); }

NoRoute refusal(int status, const char* code, std::string detail) {
  return {status, code, std::move(detail), {}};
}

std::optional<NoRoute> forbidden(const Route& route, Door door, Bearer bearer) {
  switch (route.access) {
    case Access::agent:
    case Access::open: return std::nullopt;
    case Access::local:
      if (door == Door::local) return std::nullopt;
      return refusal(403, "socket_only", "this address answers on the collector's own machine only");
    case Access::people: break;
  }
  if (door == Door::local) return std::nullopt;
  if (route.method != "GET")
    return refusal(403, "socket_only", "changes are made on the collector's own machine only");
  switch (bearer) {
    case Bearer::right: return std::nullopt;
    case Bearer::not_configured:
      return refusal(403, "socket_only", "reading over the network is not configured");
    case Bearer::absent:
    case Bearer::wrong: break;
  }
  auto refused =
      refusal(401, "token_required",
              bearer == Bearer::absent ? "no bearer token was given" : "the bearer token is wrong");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    out += c;
  }
  return out;
}

std::optional<std::map<std::string, std::string>> parse_query(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const auto end = query.find('&');
    auto part = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto decode = [](std::string_view text) {
      std::string plain(text);
      std::replace(plain.begin(), plain.end(), '+', ' ');
      return percent_decode(plain);
    };
    auto name = decode(part.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    out[std::move(*name)] = std::move(*value);
    if (out.size() > 64) return std::nullopt;
  }
  return out;
}

Router::Router(std::vector<Route> routes) {
  for (auto& route : routes) {
    if (!route.pattern.starts_with('/') || route.method.empty() || !route.handler)
      throw Fault("a route needs a method, a pattern that begins with '/' and a handler: " + route.method +
                  ' ' + route.pattern);
    Compiled compiled;
    for (const auto part : split(route.pattern)) {
      const bool param = part.size() > 2 && part.front() == '{' && part.back() == '}';
      if (!param && part.find_first_of("{}") != std::string_view::npos)
        throw Fault("a parameter is a whole segment: " + route.pattern);
      compiled.segments.push_back({std::string(param ? part.substr(1, part.size() - 2) : part), param});
    }
    compiled.route = std::move(route);
    routes_.push_back(std::move(compiled));
  }
  const auto shape = [](const Compiled& c) {
    std::string out;
    for (const auto& s : c.segments) (out += '/') += s.param ? "\x7f" : s.text;  // sorts behind every literal
    return out;
  };
  std::stable_sort(routes_.begin(), routes_.end(),
                   [&](const Compiled& a, const Compiled& b) { return shape(a) < shape(b); });
  for (std::size_t i = 1; i < routes_.size(); ++i)
    for (std::size_t j = i; j-- > 0 && shape(routes_[j]) == shape(routes_[i]);)
      if (routes_[j].route.method == routes_[i].route.method &&
          (routes_[j].route.access == Access::agent) == (routes_[i].route.access == Access::agent))
        throw Fault("two routes answer " + routes_[i].route.method + ' ' + routes_[i].route.pattern);
}

Match Router::find(Door door, std::string_view method, std::string_view path, Bearer bearer) const {
  Match match;
  if (!path.starts_with('/')) {
    match.refused = refusal(400, "malformed_request", "the path does not begin with '/'");
    return match;
  }
  std::vector<std::string> parts;
  for (const auto part : split(path)) {
    auto text = percent_decode(part);
    if (!text || *text == "." || *text == "..") {
      match.refused = refusal(400, "malformed_request", "the path cannot be read");
      return match;
    }
    parts.push_back(std::move(*text));
  }
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::string allowed;
  for (const auto& candidate : routes_) {
    if (candidate.segments.size() != parts.size() || !visible_at(candidate.route.access, door)) continue;
    bool same = true;
    for (std::size_t i = 0; i < parts.size() && same; ++i)
      same = candidate.segments[i].param ? !parts[i].empty() : candidate.segments[i].text == parts[i];
    if (!same) continue;
    if (candidate.route.method != wanted) {
      if (!allowed.empty()) allowed += ", ";
      allowed += candidate.route.method;
      continue;
    }
    if (auto refused = forbidden(candidate.route, door, bearer)) {
      match.refused = std::move(*refused);
      return match;
    }
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (candidate.segments[i].param) match.params[candidate.segments[i].text] = std::move(parts[i]);
    match.route = &candidate.route;
    return match;
  }
  if (!allowed.empty()) {
    match.refused = refusal(405, "method_not_allowed", "this address takes " + allowed);
    match.refused.headers.emplace_back("Allow", allowed);
  }
  return match;
}

}  // namespace xj::http

#include "tests/e2e/people.h"

#include "core/io/http_client.h"

namespace xj::e2e {

Answered ask(const std::string& socket, const std::string& method, const std::string& target,
             const std::string& body) {
  const auto client = io::make_http_client("unix:" + socket, {});
  const auto result =
      client->send({method, target, {{"Content-Type", "application/json"}}, body}, Duration{60'000});
  const auto* response = std::get_if<io::HttpResponse>(&result);
  if (response == nullptr) return {};
  auto json = parse_json(response->body);
  return {response->status, std::holds_alternative<Json>(json) ? std::get<Json>(json) : Json{}};
}

Json get(const std::string& socket, const std::string& target) {
  auto answered = ask(socket, "GET", target);
  return answered.status == 200 ? std::move(answered.body) : Json{};
}

bool ready(const std::string& socket) { return get(socket, "/healthz")["ok"].bool_or(false); }

}  // namespace xj::e2e

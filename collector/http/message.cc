#include "collector/http/message.h"

#include <algorithm>

#include "core/json.h"
#include "core/text.h"

namespace xj::http {

Response error_response(int status, std::string_view code, std::string_view detail) {
  std::string id = "collector.http." + std::string(code);
  if (!has_text(id)) id = "collector.http.error";
  Json message;
  message.set("id", id).set("args", Json(Json::Object{{"detail", Json(detail)}}));
  Json error;
  error.set("code", code).set("message", std::move(message)).set("detail", detail);
  Response response;
  response.status = status;
  response.body = Json(Json::Object{{"error", std::move(error)}}).dump();
  return response;
}

Response busy_response(int status, std::string_view code, std::string_view detail, Duration wait) {
  auto response = error_response(status, code, detail);
  response.headers.emplace_back("Retry-After",
                                std::to_string(std::max<std::int64_t>((wait.count() + 999) / 1000, 1)));
  return response;
}

}  // namespace xj::http

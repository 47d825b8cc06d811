#include "collector/http/response_head.h"

#include <ctime>

namespace xj::http {

namespace {

const char* reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
  }
  return "Status";  // the phrase has no meaning to any client
}

void add(std::string& out, std::string_view name, std::string_view value) {
  const auto plain = [&out](std::string_view text) {
    for (const char c : text)
      if (c != '\r' && c != '\n' && c != '\0') out += c;
  };
  plain(name);
  out += ": ";
  plain(value);
  out += "\r\n";
}

// By hand: strftime would ask the locale for the names of days.
std::string http_date(Timestamp now) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(to_ms(now) / 1000);
  std::tm t{};
  gmtime_r(&seconds, &t);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
                months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return text;
}

}  // namespace

std::string response_head(const Response& response, bool keep_alive, Timestamp now) {
  std::string out;
  out.reserve(256);
  out += "HTTP/1.1 " + std::to_string(response.status) + ' ' + reason_of(response.status) + "\r\n";
  add(out, "Date", http_date(now));
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    add(out, "Content-Type", response.content_type);
    add(out, "Content-Length", std::to_string(response.body.size()));
  }
  bool caching = false, when = response.status != 429 && response.status != 503;
  for (const auto& [name, value] : response.headers) {
    caching = caching || name == "Cache-Control";
    when = when || name == "Retry-After";
    add(out, name, value);
  }
  if (!when) add(out, "Retry-After", "1");
  if (!caching) add(out, "Cache-Control", "no-store");
  add(out, "X-Content-Type-Options", "nosniff");
  if (!keep_alive) add(out, "Connection", "close");
  out += "\r\n";
  return out;
}

}  // namespace xj::http

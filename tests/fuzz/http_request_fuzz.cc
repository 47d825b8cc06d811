// Any bytes at the door: the parser, the query and the router never crash, take no more than they are
// offered, and a request cut in two reads as the same request.
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "collector/http/request_parser.h"
#include "collector/http/router.h"

namespace {

using namespace xj::http;

constexpr std::size_t kHeader = 4'096, kBody = 8'192;

// What becomes of the bytes when they come in pieces of `piece`; empty: refused or unfinished.
std::optional<Request> read(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kHeader);
  std::string held;
  while (!bytes.empty()) {
    const auto n = std::min(piece, bytes.size());
    held += bytes.substr(0, n);
    bytes.remove_prefix(n);
    while (!held.empty()) {
      const auto fed = parser.feed(held);
      if (fed.used > held.size()) std::abort();
      held.erase(0, fed.used);
      if (fed.step == RequestParser::Step::error) return std::nullopt;
      if (fed.step == RequestParser::Step::header) {
        if (parser.content_length().value_or(0) > kBody) return std::nullopt;
        parser.limit_body(kBody);
      }
      if (parser.complete()) {
        if (parser.request().body.size() > kBody) std::abort();
        return std::move(parser.request());
      }
      if (fed.step == RequestParser::Step::more) break;
    }
    if (held.size() > kHeader) return std::nullopt;  // the session's rule
  }
  return std::nullopt;
}

const Router& router() {
  static const auto handler = [](Request, const Done&) {};
  static const Router r({{Access::open, "GET", "/healthz", handler},
                         {Access::people, "GET", "/api/v1/cases/{contract}/{number}", handler},
                         {Access::people, "GET", "/api/v1/cases/{contract}/open", handler},
                         {Access::local, "POST", "/api/v1/tokens", handler},
                         {Access::agent, "POST", "/v1/results", handler}});
  return r;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read(bytes, bytes.size() + 1);
  const auto pieces = read(bytes, 1 + data[0] % 64);
  // Pieces may be refused earlier (an unfinished chunk line counts against the header limit), never read
  // otherwise.
  if (whole && pieces &&
      (whole->method != pieces->method || whole->path != pieces->path || whole->headers != pieces->headers ||
       whole->body != pieces->body))
    std::abort();
  if (!whole) return 0;
  const auto mark = whole->path.find('?');
  if (mark != std::string::npos) (void)parse_query(std::string_view(whole->path).substr(mark + 1));
  for (const auto door : {Door::agents, Door::people, Door::local}) {
    const auto match = router().find(door, whole->method, whole->path.substr(0, mark), Bearer::wrong);
    // Nobody without the token gets anything but the open route at the people's door.
    if (door == Door::people && match.route != nullptr && match.route->access != Access::open) std::abort();
  }
  return 0;
}

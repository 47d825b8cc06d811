// The response parser: never more than its limits, and the same outcome however the stream is cut.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/io/http_response.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using xj::io::HttpResponseParser;
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 61;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const xj::io::HttpLimits limits{.head = 512, .headers = 8, .body = 1024};
  HttpResponseParser whole(limits), cut(limits);
  const auto a = whole.feed(bytes);
  auto b = HttpResponseParser::Status::more;
  for (std::size_t i = 0; i < bytes.size(); i += step) b = cut.feed(bytes.substr(i, step));
  if (a != b || whole.end() != cut.end()) std::abort();
  if (whole.end() == HttpResponseParser::Status::done) {
    const auto x = whole.take(), y = cut.take();
    if (x.status != y.status || x.body != y.body || x.headers != y.headers) std::abort();
    if (x.body.size() > limits.body || x.headers.size() > limits.headers) std::abort();
  }
  return 0;
}

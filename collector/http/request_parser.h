#pragma once
// HTTP/1.1 requests out of bytes. Beast's parser works underneath and stays in the .cc: nothing else in the
// project sees Beast.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "collector/http/message.h"

namespace xj::http {

// One request. The caller keeps what was not used and offers it again with what follows. One thread.
class RequestParser {
 public:
  enum class Step {
    more,    // needs further bytes
    header,  // request line and headers are complete; the body, if any, comes with the next feed()
    done,    // the request is complete
    error
  };
  struct Fed {
    Step step;
    std::size_t used = 0;  // bytes taken from the front of those offered
    // With `error`: what to answer.
    int status = 0;
    const char* code = "";
    std::string detail;
  };

  explicit RequestParser(std::size_t header_limit);
  ~RequestParser();

  Fed feed(std::string_view bytes);

  // Valid after `header`.
  Request& request();
  bool complete() const;  // there is no body, or it is all there
  bool keep_alive() const;
  bool expects_continue() const;
  std::optional<std::uint64_t> content_length() const;  // empty when chunked
  void limit_body(std::size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace xj::http

#pragma once
// Reads one HTTP/1.1 response from bytes as they come. Pure: no socket, no clock; every size is bounded, and
// what could be read in two ways (two lengths, a length beside chunks, folded or nameless headers) is
// refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xj::io {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string header(std::string_view lower_case_name) const;  // the first of that name, else empty
};

struct HttpLimits {
  std::size_t head = 16u << 10;  // bytes of status line and headers together
  std::size_t headers = 100;     // lines
  std::size_t body = 16u << 20;  // bytes after chunks are joined
};

class HttpResponseParser {
 public:
  enum class Status { more, done, failed };

  // `head_request`: the answer to HEAD has lengths and no body.
  explicit HttpResponseParser(HttpLimits limits = {}, bool head_request = false);

  // Takes the next bytes of the stream. Bytes after the end of the response make keep_alive() false: nothing
  // was asked that they could answer.
  Status feed(std::string_view bytes);
  // The other side closed: done when the body had no stated length, failed when something is missing.
  Status end();

  bool begun() const { return begun_; }  // at least one byte was seen
  bool keep_alive() const { return keep_alive_; }
  bool too_large() const { return too_large_; }            // failed by a limit, not by nonsense
  const std::string& problem() const { return problem_; }  // English, for the log; empty unless failed
  HttpResponse take() { return std::move(response_); }     // once, after done

 private:
  enum class Stage { head, length, until_close, chunk_size, chunk, chunk_end, trailer, done, failed };
  Status status() const;
  Status fail(std::string why, bool too_large = false);
  bool take_line(std::string_view& bytes);  // appends to line_ up to "\n"; true when one is whole
  void head_line();
  void status_line();
  void header_line();
  void head_complete();
  void chunk_size_line();
  void add_body(std::string_view bytes);

  HttpLimits limits_;
  bool head_request_;
  Stage stage_ = Stage::head;
  bool begun_ = false, keep_alive_ = true, too_large_ = false;
  bool seen_status_ = false;
  int interim_ = 0;
  std::size_t head_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  std::string line_;
  std::string problem_;
  HttpResponse response_;
};

}  // namespace xj::io

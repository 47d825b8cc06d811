#include "core/io/http_response.h"

#include <algorithm>
#include <charconv>

namespace xj::io {
namespace {

constexpr int kMaxInterim = 8;  // 100 and 103 answers before the real one

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || marks.find(c) != marks.npos;
  });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether a comma list names `word`, which is in lower case.
bool lists(std::string_view value, std::string_view word) {
  while (true) {
    const auto comma = value.find(',');
    if (lowered(trimmed(value.substr(0, comma))) == word) return true;
    if (comma == value.npos) return false;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

HttpResponseParser::HttpResponseParser(HttpLimits limits, bool head_request)
    : limits_(limits), head_request_(head_request) {}

HttpResponseParser::Status HttpResponseParser::status() const {
  if (stage_ == Stage::done) return Status::done;
  return stage_ == Stage::failed ? Status::failed : Status::more;
}

HttpResponseParser::Status HttpResponseParser::fail(std::string why, bool too_large) {
  stage_ = Stage::failed;
  keep_alive_ = false;
  too_large_ = too_large;
  problem_ = std::move(why);
  return Status::failed;
}

bool HttpResponseParser::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto part = bytes.substr(0, end);
  head_bytes_ += part.size() + (end == bytes.npos ? 0 : 1);
  if (head_bytes_ > limits_.head) {
    fail("head longer than " + std::to_string(limits_.head) + " bytes", true);
    return false;
  }
  line_.append(part);
  if (end == bytes.npos) {
    bytes = {};
    return false;
  }
  bytes.remove_prefix(end + 1);
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (line_.find_first_of(std::string_view("\0\r", 2)) != line_.npos) {
    fail("control character in the head");
    return false;
  }
  return true;
}

HttpResponseParser::Status HttpResponseParser::feed(std::string_view bytes) {
  if (!bytes.empty()) begun_ = true;
  while (!bytes.empty() && stage_ != Stage::done && stage_ != Stage::failed) {
    switch (stage_) {
      case Stage::head:
      case Stage::trailer:
      case Stage::chunk_size:
      case Stage::chunk_end: {
        if (!take_line(bytes)) break;
        if (stage_ == Stage::head) {
          head_line();
        } else if (stage_ == Stage::chunk_size) {
          chunk_size_line();
        } else if (stage_ == Stage::chunk_end) {
          // Lines between chunks count against no head; a long body has any number of them.
          head_bytes_ = 0;
          if (line_.empty())
            stage_ = Stage::chunk_size;
          else
            fail("bytes after a chunk");
        } else if (line_.empty()) {
          stage_ = Stage::done;  // trailers are read past, not kept
        }
        line_.clear();
        break;
      }
      case Stage::length:
      case Stage::chunk: {
        const auto part =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
        add_body(part);
        bytes.remove_prefix(part.size());
        if (stage_ == Stage::failed) break;
        left_ -= part.size();
        if (left_ == 0) stage_ = stage_ == Stage::chunk ? Stage::chunk_end : Stage::done;
        break;
      }
      case Stage::until_close:
        add_body(bytes);
        bytes = {};
        break;
      case Stage::done:
      case Stage::failed: break;
    }
  }
  if (stage_ == Stage::done && !bytes.empty()) keep_alive_ = false;
  return status();
}

HttpResponseParser::Status HttpResponseParser::end() {
  if (stage_ == Stage::until_close) stage_ = Stage::done;
  if (stage_ == Stage::done || stage_ == Stage::failed) return status();
  return fail("closed in the middle of the response");
}

void HttpResponseParser::head_line() {
  if (!seen_status_) {
    status_line();
  } else if (line_.empty()) {
    head_complete();
  } else {
    header_line();
  }
}

void HttpResponseParser::status_line() {
  // "HTTP/1.1 200 OK"; the words may be missing.
  const std::string_view line = line_;
  int code = 0;
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                      (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ') &&
                      std::from_chars(line.data() + 9, line.data() + 12, code).ptr == line.data() + 12;
  if (!shaped || code < 100 || code > 999) {
    fail("not an HTTP/1.1 response");
    return;
  }
  response_.status = code;
  keep_alive_ = line[7] == '1';
  seen_status_ = true;
}

void HttpResponseParser::header_line() {
  const std::string_view line = line_;
  const auto colon = line.find(':');
  if (colon == line.npos || !token(line.substr(0, colon))) {
    fail("malformed header line");
    return;
  }
  if (response_.headers.size() >= limits_.headers) {
    fail("more than " + std::to_string(limits_.headers) + " headers", true);
    return;
  }
  response_.headers.emplace_back(lowered(line.substr(0, colon)),
                                 std::string(trimmed(line.substr(colon + 1))));
}

void HttpResponseParser::head_complete() {
  const int code = response_.status;
  if (code < 200) {
    if (code == 101 || ++interim_ > kMaxInterim) {
      fail("unexpected status " + std::to_string(code));
      return;
    }
    seen_status_ = false;
    response_ = {};
    return;
  }
  bool chunked = false, has_length = false;
  std::uint64_t length = 0;
  for (const auto& [name, value] : response_.headers) {
    if (name == "connection") {
      if (lists(value, "close")) keep_alive_ = false;
      if (lists(value, "keep-alive")) keep_alive_ = true;
    } else if (name == "transfer-encoding") {
      if (chunked || lowered(value) != "chunked") {
        fail("transfer encoding is not plain \"chunked\"");
        return;
      }
      chunked = true;
    } else if (name == "content-length") {
      std::uint64_t one = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), one);
      if (value.empty() || error != std::errc{} || end != value.data() + value.size() ||
          (has_length && one != length)) {
        fail("content length cannot be read");
        return;
      }
      has_length = true;
      length = one;
    }
  }
  if (chunked && has_length) {
    fail("content length beside chunks");
    return;
  }
  head_bytes_ = 0;
  if (head_request_ || code == 204 || code == 304) {
    stage_ = Stage::done;
  } else if (chunked) {
    stage_ = Stage::chunk_size;
  } else if (!has_length) {
    keep_alive_ = false;
    stage_ = Stage::until_close;
  } else if (length > limits_.body) {
    fail("body longer than " + std::to_string(limits_.body) + " bytes", true);
  } else {
    left_ = length;
    stage_ = length == 0 ? Stage::done : Stage::length;
  }
}

void HttpResponseParser::chunk_size_line() {
  std::string_view text = line_;
  text = trimmed(text.substr(0, text.find(';')));  // extensions are read past
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, 16);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    fail("chunk size cannot be read");
    return;
  }
  if (size > limits_.body) {
    fail("body longer than " + std::to_string(limits_.body) + " bytes", true);
    return;
  }
  head_bytes_ = 0;
  left_ = size;
  stage_ = size == 0 ? Stage::trailer : Stage::chunk;
}

void HttpResponseParser::add_body(std::string_view bytes) {
  if (response_.body.size() + bytes.size() > limits_.body) {
    fail("body longer than " + std::to_string(limits_.body) + " bytes", true);
    return;
  }
  response_.body.append(bytes);
}

}  // namespace xj::io

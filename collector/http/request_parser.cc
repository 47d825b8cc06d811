#include "collector/http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace xj::http {

namespace beast = boost::beast;
using BeastCode = beast::error_code;
using View = beast::string_view;

namespace {

constexpr std::size_t kMaxHeaders = 100;

// Headers that mean something once only: two of them are two readings of one request.
bool single(const std::string& name) {
  return name == "host" || name == "authorization" || name == "content-type";
}

}  // namespace

// Fills our Request directly: Beast's own message would be one more copy of every header and the body.
struct RequestParser::Impl final : beast::http::basic_parser<true> {
  Request request;
  std::size_t headers = 0;
  bool in_trailer = false;
  const char* repeated = nullptr;

  void on_request_impl(beast::http::verb, View method, View target, int, BeastCode& ec) override {
    ec = {};
    request.method.assign(method.data(), method.size());
    request.path.assign(target.data(), target.size());
  }
  void on_field_impl(beast::http::field, View name, View value, BeastCode& ec) override {
    ec = {};
    if (in_trailer) return;  // a trailer must not speak for the headers that were already acted upon
    if (++headers > kMaxHeaders) {
      ec = beast::http::error::header_limit;
      return;
    }
    std::string lower(name.data(), name.size());
    for (auto& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    auto [at, added] = request.headers.try_emplace(std::move(lower), value.data(), value.size());
    if (added) return;
    if (single(at->first)) {
      ec = beast::http::error::bad_field;
      return;
    }
    at->second.append(", ").append(value.data(), value.size());
  }
  void on_header_impl(BeastCode& ec) override {
    ec = {};
    in_trailer = true;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, BeastCode& ec) override {
    ec = {};
    if (length)
      request.body.reserve(static_cast<std::size_t>(*length));  // limited before by content_length()
  }
  std::size_t on_body_impl(View body, BeastCode& ec) override {
    ec = {};
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, BeastCode& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, View body, BeastCode& ec) override {
    return on_body_impl(body, ec);
  }
  void on_finish_impl(BeastCode& ec) override { ec = {}; }
  // Only a client's parser is asked these.
  void on_response_impl(int, View, int, BeastCode& ec) override { ec = beast::http::error::bad_status; }
};

RequestParser::RequestParser(std::size_t header_limit) : impl_(std::make_unique<Impl>()) {
  impl_->header_limit(static_cast<std::uint32_t>(header_limit));
  impl_->body_limit(boost::none);
}
RequestParser::~RequestParser() = default;

RequestParser::Fed RequestParser::feed(std::string_view bytes) {
  if (impl_->is_done()) return {Step::done, 0, 0, "", {}};
  const bool had_header = impl_->is_header_done();
  // Beast asserts that a last chunk it saw the begin of comes again with all of its five bytes, "0\r\n\r\n".
  if (had_header && impl_->chunked() && bytes.size() < 5 && bytes.starts_with('0'))
    return {Step::more, 0, 0, "", {}};
  impl_->eager(had_header);
  BeastCode ec;
  const auto used = impl_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (ec == beast::http::error::need_more ||
      (!ec && !impl_->is_done() && impl_->is_header_done() == had_header))
    return {Step::more, used, 0, "", {}};
  if (!ec) return {had_header ? Step::done : Step::header, used, 0, "", {}};
  if (ec == beast::http::error::header_limit)
    return {Step::error, used, 431, "headers_too_large", ec.message()};
  if (ec == beast::http::error::body_limit) return {Step::error, used, 413, "body_too_large", ec.message()};
  return {Step::error, used, 400, "malformed_request", ec.message()};
}

Request& RequestParser::request() { return impl_->request; }
bool RequestParser::complete() const { return impl_->is_done(); }
bool RequestParser::keep_alive() const { return impl_->keep_alive(); }

bool RequestParser::expects_continue() const {
  const auto it = impl_->request.headers.find("expect");
  return it != impl_->request.headers.end() && it->second == "100-continue";
}

std::optional<std::uint64_t> RequestParser::content_length() const {
  const auto length = impl_->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

void RequestParser::limit_body(std::size_t bytes) { impl_->body_limit(bytes); }

}  // namespace xj::http

#include "collector/http/session.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>

#include "collector/domain/own_host.h"
#include "collector/http/response_head.h"
#include "collector/http/worker.h"
#include "core/io/log.h"
#include "core/io/pki.h"
#include "core/wire.h"

namespace xj::http {

namespace asio = boost::asio;

namespace {

constexpr int kReadsInARow = 16;              // then the worker's other sessions have their turn
constexpr std::size_t kProgress = 64u << 10;  // taken by the peer: its write limit starts anew
constexpr std::uint32_t kMaxDrained = 16u << 20;
// Read by whoever typed http:// into something.
constexpr std::string_view kPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 40\r\nConnection: close\r\n\r\n"
    "This port speaks HTTPS; use https://...\n";

const char* name_of(Door door) {
  switch (door) {
    case Door::agents: return "agents";
    case Door::people: return "people";
    case Door::local: return "local";
  }
  return "";
}

// What Done holds on to: answers once, and by itself with 500 when everybody has forgotten it.
class Ticket {
 public:
  Ticket(std::shared_ptr<Worker> worker, std::weak_ptr<Session> session, std::uint32_t number)
      : worker_(std::move(worker)), session_(std::move(session)), number_(number) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (!used_) use(error_response(500, "internal", "the request was dropped"));
  }
  void use(Response response) {
    if (used_.exchange(true)) return;
    asio::post(worker_->io(), [session = session_, number = number_, r = std::move(response)]() mutable {
      if (const auto s = session.lock()) s->respond(number, std::move(r));
    });
  }

 private:
  std::shared_ptr<Worker> worker_;
  std::weak_ptr<Session> session_;
  std::uint32_t number_;
  std::atomic<bool> used_{false};
};

}  // namespace

Session::Session(Worker& worker, Door door, int fd, Peer peer, SSL_CTX* context)
    : worker_(worker), socket_(worker.io(), fd), peer_(std::move(peer)), door_(door) {
  stream_ = context == nullptr ? Stream(fd) : Stream(fd, context);
}

Session::~Session() = default;

void Session::wait(Io what, void (Session::*then)()) {
  const auto direction = what == Io::want_write ? asio::posix::descriptor_base::wait_write
                                                : asio::posix::descriptor_base::wait_read;
  socket_.async_wait(direction, [self = shared_from_this(), then](const boost::system::error_code& ec) {
    if (self->over_) return;
    if (ec)
      self->over();
    else
      ((*self).*then)();
  });
}

void Session::start() {
  if (stream_.tls()) {
    do_handshake();
  } else {
    worker_.move(*this, Phase::idle);
    read_some();
  }
}

void Session::do_handshake() {
  if (phase_ != Phase::handshake) return;
  const auto result = stream_.handshake();
  switch (result) {
    case Io::want_read:
    case Io::want_write: wait(result, &Session::do_handshake); return;
    case Io::closed: over(); return;
    case Io::failed: handshake_failed(); return;
    case Io::done: break;
  }
  if (!greet()) {
    worker_.shared().counters.tls_failures++;
    begin_closing();
    return;
  }
  worker_.move(*this, Phase::idle);
  read_some();
}

void Session::handshake_failed() {
  worker_.shared().counters.tls_failures++;
  if (stream_.plain_http())
    (void)::send(socket_.native_handle(), kPlainHttp.data(), kPlainHttp.size(), MSG_NOSIGNAL);
  else
    worker_.complain(std::string(name_of(door_)) + ": TLS with " + peer_.address +
                     " failed: " + stream_.failure());
  // Not closed at once: unread bytes would turn our alert into a reset, and the agent could not say what is
  // wrong.
  begin_closing();
}

bool Session::greet() {
  if (door_ != Door::agents) return true;
  try {
    const auto info = io::read_certificate(stream_.peer_certificate());
    if (!io::valid_agent_name(info.name)) throw Fault("the certificate carries no agent's name");
    peer_.agent = info.name;
    peer_.certificate = info.serial;
    certificate_ends_ = info.not_after;
    return true;
  } catch (const std::exception& e) {
    worker_.complain("agents: " + peer_.address + ": " + e.what());
    return false;
  }
}

bool Session::revoked() const {
  const auto& is_revoked = worker_.shared().config.is_revoked;
  return door_ == Door::agents && is_revoked && is_revoked(peer_.agent, peer_.certificate);
}

void Session::read_some() {
  auto& scratch = worker_.scratch();
  for (int turn = 0; turn < kReadsInARow; ++turn) {
    if (over_ || (phase_ != Phase::idle && phase_ != Phase::reading)) return;
    std::size_t got = 0;
    const auto result = stream_.read(scratch.data(), scratch.size(), got);
    switch (result) {
      case Io::want_read:
      case Io::want_write: wait(result, &Session::read_some); return;
      case Io::closed:
      case Io::failed: over(); return;
      case Io::done: break;
    }
    worker_.shared().counters.bytes_in += got;
    if (!feed({scratch.data(), got})) return;
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (!self->over_) self->read_some();
  });
}

bool Session::feed(std::string_view bytes) {
  const auto header_bytes = worker_.shared().config.limits.header_bytes;
  if (phase_ == Phase::idle) worker_.move(*this, Phase::reading);
  if (!parser_) parser_ = std::make_unique<RequestParser>(header_bytes);
  const bool buffered = !in_.empty();
  if (buffered) {
    in_.append(bytes);
    bytes = in_;
  }
  std::size_t used = 0;
  const auto keep_rest = [&] {
    if (buffered)
      in_.erase(0, used);
    else
      in_.assign(bytes.substr(used));
  };
  for (;;) {
    if (used == bytes.size()) {
      keep_rest();
      return true;
    }
    const auto fed = parser_->feed(bytes.substr(used));
    used += fed.used;
    switch (fed.step) {
      case RequestParser::Step::more:
        keep_rest();
        if (in_.size() <= header_bytes) return true;
        // A chunk's extension or the trailers, without an end.
        refuse(431, "headers_too_large", "");
        return false;
      case RequestParser::Step::error: refuse(fed.status, fed.code, fed.detail); return false;
      case RequestParser::Step::header:
        if (!on_header()) {
          // The refusal may be out already; the next request is looked at later, through the loop.
          if (!over_ && phase_ != Phase::closing) keep_rest();
          return false;
        }
        if (!parser_->complete()) break;
        [[fallthrough]];
      case RequestParser::Step::done:
        keep_rest();
        dispatch();
        return false;
    }
  }
}

bool Session::on_header() {
  auto& shared = worker_.shared();
  auto& request = parser_->request();
  keep_ = parser_->keep_alive();
  head_only_ = request.method == "HEAD";

  if (barred_) {
    keep_ = false;
    refuse(403, "not_operator", "the OS user " + peer_.os_user + " is no operator of this collector");
    return false;
  }
  if (door_ == Door::agents) {
    if (revoked()) {
      shared.counters.revoked++;
      keep_ = false;
      refuse(403, "certificate_revoked", "this certificate was revoked");
      return false;
    }
    // Of before that name was the collector's own: what came under it would pass for what the collector says.
    if (peer_.agent == domain::kOwnHost) {
      keep_ = false;
      refuse(403, "name_reserved",
             peer_.agent + " is the collector itself: enrol this agent under another name");
      return false;
    }
    // Checked by the handshake, but a session may outlive its certificate.
    if (shared.clock.now() > certificate_ends_) {
      keep_ = false;
      refuse(403, "certificate_expired", "this certificate has expired");
      return false;
    }
  }

  const auto mark = request.path.find('?');
  if (mark != std::string::npos) {
    auto query = parse_query(std::string_view(request.path).substr(mark + 1));
    if (!query) {
      refuse(400, "malformed_request", "the query cannot be read");
      return false;
    }
    request.query = std::move(*query);
    request.path.resize(mark);
  }

  auto bearer = Bearer::absent;
  if (door_ == Door::people) {
    const auto token = shared.people_token.with([](const std::string& t) { return t; });
    const auto given = request.headers.find("authorization");
    if (token.empty())
      bearer = Bearer::not_configured;
    else if (given != request.headers.end())
      bearer = io::equal_constant_time(given->second, "Bearer " + token) ? Bearer::right : Bearer::wrong;
  }
  auto match = shared.router.find(door_, request.method, request.path, bearer);
  if (match.route == nullptr) {
    refuse(match.refused.status, match.refused.code, match.refused.detail, std::move(match.refused.headers));
    return false;
  }
  route_ = match.route;
  request.params = std::move(match.params);
  request.peer = peer_;

  const auto length = parser_->content_length();
  if (length && *length > route_->max_body) {
    refuse(413, "body_too_large", "at most " + std::to_string(route_->max_body) + " bytes");
    return false;
  }
  parser_->limit_body(route_->max_body);
  const auto encoding = request.headers.find("content-encoding");
  if (encoding != request.headers.end() && encoding->second != "zstd" && encoding->second != "identity") {
    refuse(415, "unsupported_encoding", "zstd or none");
    return false;
  }
  if (!parser_->complete() && parser_->expects_continue()) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::size_t put = 0;
    // A peer whose buffers are full before it has sent anything is none we must serve.
    if (stream_.write(go_on, put) != Io::done || put != go_on.size()) {
      over();
      return false;
    }
  }
  return true;
}

void Session::dispatch() {
  auto request = std::move(parser_->request());
  if (route_->inflate && !request.body.empty() && request.headers["content-encoding"] == "zstd") {
    auto plain = wire::inflate(request.body, route_->max_body);
    if (const auto* bad = std::get_if<wire::Malformed>(&plain)) {
      const bool large = bad->code == "limit";
      refuse(large ? 413 : 400, large ? "body_too_large" : "malformed_request", bad->detail);
      return;
    }
    request.body = std::move(std::get<std::string>(plain));
    request.headers.erase("content-encoding");
  }
  parser_.reset();
  worker_.move(*this, Phase::handling);
  worker_.shared().counters.requests++;
  const auto ticket =
      std::make_shared<Ticket>(worker_.shared_from_this(), weak_from_this(), ++request_number_);
  try {
    route_->handler(std::move(request), [ticket](Response r) { ticket->use(std::move(r)); });
  } catch (const std::exception& e) {
    log::error("http: {} {}: {}", route_->method, route_->pattern, e.what());
    ticket->use(error_response(500, "internal", "the request failed; the collector's log says why"));
  }
}

void Session::refuse(int status, std::string_view code, std::string_view detail,
                     std::vector<std::pair<std::string, std::string>> headers) {
  worker_.shared().counters.refused++;
  auto response = error_response(status, code, detail);
  response.headers = std::move(headers);
  // With the rest of a request still on its way nobody knows where the next one begins.
  const bool whole = parser_ && parser_->complete();
  parser_.reset();
  send(std::move(response), keep_ && whole);
}

void Session::respond(std::uint32_t request_number, Response response) {
  if (over_ || phase_ != Phase::handling || request_number != request_number_) return;
  send(std::move(response), keep_);
}

void Session::send(Response response, bool keep) {
  keep_ = keep && !ending_ && !worker_.shared().stopping;
  worker_.move(*this, Phase::writing);
  out_ = response_head(response, keep_, worker_.shared().clock.now());
  out_body_ = head_only_ || response.status == 204 || response.status == 304 ? std::string{}
                                                                             : std::move(response.body);
  // One TLS record and one packet for the small answers, which are nearly all.
  if (out_body_.size() <= 8u << 10) {
    out_ += out_body_;
    out_body_ = {};
  }
  out_done_ = 0;
  write_some();
}

void Session::write_some() {
  if (phase_ != Phase::writing) return;
  const auto before = out_done_;
  const auto whole = out_.size() + out_body_.size();
  while (out_done_ < whole) {
    const auto part = out_done_ < out_.size() ? std::string_view(out_).substr(out_done_)
                                              : std::string_view(out_body_).substr(out_done_ - out_.size());
    std::size_t put = 0;
    const auto result = stream_.write(part, put);
    switch (result) {
      case Io::want_read:
      case Io::want_write:
        if (out_done_ - before >= kProgress) worker_.move(*this, Phase::writing);
        wait(result, &Session::write_some);
        return;
      case Io::closed:
      case Io::failed: over(); return;
      case Io::done: break;
    }
    out_done_ += put;
    worker_.shared().counters.bytes_out += put;
  }
  after_write();
}

void Session::after_write() {
  // Assigning an empty string would keep the memory, of every idle session.
  std::string().swap(out_), std::string().swap(out_body_);
  if (!keep_ || ending_) {
    begin_closing();
    return;
  }
  worker_.move(*this, Phase::idle);
  // Through the loop, not by a call: a hundred pipelined requests must not become a hundred stack frames.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->over_ || self->phase_ != Phase::idle) return;
    const auto pending = std::move(self->in_);
    self->in_ = {};
    if (pending.empty() || self->feed(pending)) self->read_some();
  });
}

void Session::begin_closing() {
  worker_.move(*this, Phase::closing);
  parser_.reset();
  in_ = {};
  stream_.say_goodbye();
  drain_some();
}

void Session::drain_some() {
  if (phase_ != Phase::closing) return;
  auto& scratch = worker_.scratch();
  for (int turn = 0; turn < kReadsInARow; ++turn) {
    std::size_t got = 0;
    if (stream_.drain(scratch.data(), scratch.size(), got) ||
        (drained_ += static_cast<std::uint32_t>(got)) > kMaxDrained) {
      over();
      return;
    }
    if (got == 0) break;
  }
  wait(Io::want_read, &Session::drain_some);
}

void Session::on_timeout() {
  auto& counters = worker_.shared().counters;
  switch (phase_) {
    case Phase::idle:
      stream_.say_goodbye();
      over();
      return;
    case Phase::reading:
      counters.timeouts++;
      keep_ = false;
      refuse(408, "request_timeout", "the request did not arrive in time");
      return;
    case Phase::handling:
      counters.timeouts++;
      keep_ = false;
      send(error_response(503, "unavailable", "no answer in time"), false);
      return;
    case Phase::handshake:
    case Phase::writing: counters.timeouts++; [[fallthrough]];
    case Phase::closing: over(); return;
  }
}

void Session::end_politely() {
  ending_ = true;
  switch (phase_) {
    case Phase::idle: stream_.say_goodbye(); [[fallthrough]];
    case Phase::handshake: over(); return;
    case Phase::reading:
    case Phase::handling:
    case Phase::writing:
    case Phase::closing: return;
  }
}

void Session::cut() {
  if (!over_) over();
}

void Session::over() {
  const auto self = shared_from_this();  // the list's share may be the last but this
  over_ = true;
  worker_.remove(*this);
  parser_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace xj::http

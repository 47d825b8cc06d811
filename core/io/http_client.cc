#include "core/io/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>

#include "core/io/lookup.h"
#include "core/io/tls.h"

namespace xj::io {
namespace {

bool header_text_ok(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

}  // namespace

std::optional<HttpTarget> parse_http_url(std::string_view url) {
  HttpTarget out;
  if (url.starts_with("unix:")) {
    out.unix_path = url.substr(5);
    if (out.unix_path.empty() || out.unix_path.front() != '/' ||
        out.unix_path.size() >= sizeof(sockaddr_un::sun_path))
      return std::nullopt;
    return out;
  }
  if (!url.starts_with("https://")) return std::nullopt;
  url.remove_prefix(8);
  if (url.ends_with('/')) url.remove_suffix(1);
  std::string_view port = "443";
  if (url.starts_with('[')) {
    const auto close = url.find(']');
    if (close == url.npos) return std::nullopt;
    out.host = url.substr(1, close - 1);
    url.remove_prefix(close + 1);
    if (!url.empty()) {
      if (url.front() != ':') return std::nullopt;
      port = url.substr(1);
    }
    in6_addr unused;
    if (inet_pton(AF_INET6, out.host.c_str(), &unused) != 1) return std::nullopt;
  } else {
    const auto colon = url.find(':');
    out.host = url.substr(0, colon);
    if (colon != url.npos) port = url.substr(colon + 1);
    if (out.host.empty() || out.host.size() > 253 ||
        !std::all_of(out.host.begin(), out.host.end(), [](unsigned char c) {
          return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                 c == '-' || c == '_';
        }))
      return std::nullopt;
  }
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos)
    return std::nullopt;
  const int number = std::stoi(std::string(port));
  if (number < 1 || number > 65535) return std::nullopt;
  out.port = std::to_string(number);
  return out;
}

struct HttpConnection::Impl {
  enum class Stage { idle, resolving, connecting, handshaking, writing, reading, finished };

  std::string url;
  std::optional<HttpTarget> target;
  TlsIdentity identity;
  HttpLimits limits;

  Stage stage = Stage::idle;
  HttpRequest request;
  MonoTime now{}, deadline{}, started{}, attempt_until{};
  std::string out;  // what remains to be written starts at out_at
  std::size_t out_at = 0;
  short events = 0;
  bool reused = false, again = false;
  bool eager = false;  // there is more to do at once; the descriptor may not say so
  std::optional<HttpResponseParser> parser;
  std::optional<HttpResult> result;

  std::shared_ptr<Lookup> lookup;
  std::vector<Address> addresses;
  std::size_t address_at = 0;
  std::optional<HttpError> last_connect;

  Fd fd;
  std::unique_ptr<TlsContext> context;
  std::unique_ptr<TlsSession> tls;

  Impl(const std::string& u, TlsIdentity t, HttpLimits l)
      : url(u), target(parse_http_url(u)), identity(std::move(t)), limits(l) {}

  std::string name() const {
    return target && target->unix_path.empty() ? target->host + ':' + target->port : url;
  }

  void drop() {
    tls.reset();
    fd.reset();
  }

  void finish(HttpResult r) {
    if (std::holds_alternative<HttpError>(r)) drop();
    result = std::move(r);
    stage = Stage::finished;
    lookup.reset();
    request = {};
    std::string().swap(out);
    parser.reset();
  }
  void fail(HttpFailure kind, Message message) { finish(HttpError{kind, std::move(message)}); }

  void start(HttpRequest r, MonoTime n, MonoTime d) {
    request = std::move(r);
    now = started = n;
    deadline = d;
    result.reset();
    again = false;
    last_connect.reset();
    if (!target) return fail(HttpFailure::connect, {"io.http.url", {{"url", url}}});
    for (const auto& [key, value] : request.headers)
      if (!header_text_ok(key) || !header_text_ok(value))
        throw std::invalid_argument("line break in a header");
    if (!header_text_ok(request.target) || request.target.find(' ') != std::string::npos)
      throw std::invalid_argument("space or line break in a request target");
    compose();
    // A kept-alive connection that has something to say unasked is closed or out of step.
    if (fd.get() >= 0) {
      pollfd p{fd.get(), POLLIN, 0};
      if (::poll(&p, 1, 0) != 0) drop();
    }
    reused = fd.get() >= 0;
    if (reused) {
      begin_exchange();
    } else {
      open();
    }
    step();
  }

  void compose() {
    out = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: ";
    if (!target->unix_path.empty()) {
      out += "localhost";
    } else {
      out += target->host.find(':') == std::string::npos ? target->host : '[' + target->host + ']';
      if (target->port != "443") out += ':' + target->port;
    }
    out += "\r\n";
    for (const auto& [key, value] : request.headers) out += key + ": " + value + "\r\n";
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
      out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    out += "\r\n";
    out += request.body;
  }

  void begin_exchange() {
    out_at = 0;
    parser.emplace(limits, request.method == "HEAD");
    stage = Stage::writing;
  }

  void open() {
    attempt_until = deadline;
    if (!target->unix_path.empty()) {
      Address address;
      auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
      un->sun_family = AF_UNIX;
      std::memcpy(un->sun_path, target->unix_path.c_str(), target->unix_path.size() + 1);
      address.size = sizeof(sockaddr_un);
      addresses = {address};
      address_at = 0;
      return connect_next();
    }
    try {
      // Kept over reconnects: reading the files again costs as much as a round of checks.
      if (!context) context = std::make_unique<TlsContext>(identity);
    } catch (const TlsFault& fault) {
      return finish(fault.error());
    } catch (const Fault& fault) {
      return fail(HttpFailure::tls_other, {"io.tls.other", {{"host", name()}, {"detail", fault.what()}}});
    }
    addresses.clear();
    address_at = 0;
    if (resolve(target->host, target->port, AI_NUMERICHOST, addresses) == 0) return connect_next();
    addresses.clear();
    lookup = std::make_shared<Lookup>();
    lookup->host = target->host;
    lookup->port = target->port;
    if (lookup->done.get() < 0 || !begin_lookup(lookup))
      return fail(HttpFailure::dns,
                  {"io.http.dns", {{"host", target->host}, {"detail", "no thread to look up with"}}});
    stage = Stage::resolving;
  }

  void looked_up() {
    int code = 0;
    {
      const std::lock_guard lock(lookup->mutex);
      if (!lookup->ready) return;
      code = lookup->code;
      addresses = std::move(lookup->addresses);
    }
    lookup.reset();
    if (code != 0 || addresses.empty())
      return fail(HttpFailure::dns,
                  {"io.http.dns",
                   {{"host", target->host}, {"detail", code != 0 ? gai_strerror(code) : "no address"}}});
    address_at = 0;
    connect_next();
  }

  // Each of several addresses gets its share of the time, so that one that swallows packets is not the end.
  void connect_next() {
    while (address_at < addresses.size()) {
      const auto& address = addresses[address_at];
      const auto left = static_cast<std::int64_t>(addresses.size() - address_at);
      ++address_at;
      attempt_until = now + std::max(Duration{0}, (deadline - now) / left);
      fd.reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      if (fd.get() < 0) {
        connect_failed(errno);
        continue;
      }
      if (address.storage.ss_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      }
      if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0)
        return connected();
      if (errno == EINPROGRESS) {
        stage = Stage::connecting;
        events = POLLOUT;
        return;
      }
      connect_failed(errno);
    }
    finish(*last_connect);
  }

  void connect_failed(int error_number) {
    const auto where = !target->unix_path.empty() ? target->unix_path : printed(addresses[address_at - 1]);
    if (error_number == ETIMEDOUT) {
      last_connect = HttpError{HttpFailure::timeout, timeout_message(where)};
    } else {
      last_connect =
          HttpError{HttpFailure::connect,
                    {"io.http.connect", {{"address", where}, {"detail", ::strerror(error_number)}}}};
    }
    fd.reset();
  }

  void connected() {
    reused = false;
    if (!target->unix_path.empty()) return begin_exchange();
    try {
      tls = std::make_unique<TlsSession>(*context, fd.get(), target->host);
    } catch (const Fault& fault) {
      return fail(HttpFailure::tls_other, {"io.tls.other", {{"host", name()}, {"detail", fault.what()}}});
    }
    stage = Stage::handshaking;
  }

  Message timeout_message(const std::string& where) const {
    std::string_view phase = "@io.http.phase.answer";
    if (stage == Stage::resolving) phase = "@io.http.phase.lookup";
    if (stage == Stage::connecting) phase = "@io.http.phase.connect";
    if (stage == Stage::handshaking) phase = "@io.http.phase.handshake";
    return {"io.http.timeout",
            {{"host", where},
             {"phase", std::string(phase)},
             {"after", to_text(std::max(Duration{1}, now - started))}}};
  }

  // The transport below the request, with or without TLS.
  TlsStatus read_some(char* into, std::size_t size, std::size_t& got) {
    if (tls) return tls->read(into, size, got);
    const auto n = ::read(fd.get(), into, size);
    if (n > 0) return got = static_cast<std::size_t>(n), TlsStatus::ok;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return TlsStatus::want_read;
    return TlsStatus::closed;
  }
  TlsStatus write_some(std::string_view bytes, std::size_t& put) {
    if (tls) return tls->write(bytes, put);
    const auto n = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) return put = static_cast<std::size_t>(n), TlsStatus::ok;
    return errno == EAGAIN || errno == EINTR ? TlsStatus::want_write : TlsStatus::closed;
  }

  void step() {
    // Bounded so that a peer that takes or sends without pause cannot hold the caller's loop.
    eager = false;
    for (int turns = 0; turns < 64 && stage != Stage::finished && stage != Stage::idle; ++turns) {
      const auto before = stage;
      bool waits = false;
      switch (stage) {
        case Stage::resolving:
          looked_up();
          waits = stage == Stage::resolving;
          break;
        case Stage::connecting: waits = !check_connected(); break;
        case Stage::handshaking: waits = !do_handshake(); break;
        case Stage::writing: waits = !do_write(); break;
        case Stage::reading: waits = !do_read(); break;
        case Stage::idle:
        case Stage::finished: break;
      }
      if (waits && stage == before) return;
    }
    eager = stage != Stage::finished && stage != Stage::idle;
  }

  bool check_connected() {
    pollfd p{fd.get(), POLLOUT, 0};
    if (::poll(&p, 1, 0) == 0) return false;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) {
      connected();
    } else {
      connect_failed(error);
      connect_next();
    }
    return true;
  }

  bool do_handshake() {
    switch (tls->handshake()) {
      case TlsStatus::ok: begin_exchange(); return true;
      case TlsStatus::want_read: events = POLLIN; return false;
      case TlsStatus::want_write: events = POLLOUT; return false;
      case TlsStatus::closed:
        fail(HttpFailure::closed,
             {"io.http.closed", {{"host", name()}, {"detail", "during the TLS handshake"}}});
        return true;
      case TlsStatus::failed: finish(tls->error()); return true;
    }
    return true;
  }

  bool do_write() {
    if (out_at == out.size()) {
      std::string().swap(out);
      stage = Stage::reading;
      return true;
    }
    std::size_t put = 0;
    switch (write_some(std::string_view(out).substr(out_at, 64u << 10), put)) {
      case TlsStatus::ok: out_at += put; return true;
      // An early answer (413, 401) comes while we still write: look for it before waiting on.
      case TlsStatus::want_write: events = POLLOUT | POLLIN; return do_read();
      case TlsStatus::want_read: events = POLLIN; return false;
      // What the other side said before it closed (an alert, an answer) is worth more than the broken pipe.
      case TlsStatus::closed:
      case TlsStatus::failed: stage = Stage::reading; return true;
    }
    return true;
  }

  bool do_read() {
    char buffer[16 << 10];
    std::size_t got = 0;
    switch (read_some(buffer, sizeof buffer, got)) {
      case TlsStatus::ok: parsed(parser->feed({buffer, got})); return true;
      case TlsStatus::want_read:
        if (stage == Stage::reading) events = POLLIN;
        return false;
      case TlsStatus::want_write: events = POLLOUT; return false;
      case TlsStatus::closed: closed(); return true;
      case TlsStatus::failed: finish(tls->error()); return true;
    }
    return true;
  }

  void parsed(HttpResponseParser::Status status) {
    switch (status) {
      case HttpResponseParser::Status::more: return;
      case HttpResponseParser::Status::done: {
        const bool keep = parser->keep_alive() && stage == Stage::reading;
        HttpResponse response = parser->take();
        if (!keep) drop();
        finish(std::move(response));
        return;
      }
      case HttpResponseParser::Status::failed: {
        const bool large = parser->too_large();
        fail(large ? HttpFailure::too_large : HttpFailure::protocol,
             {large ? "io.http.too_large" : "io.http.protocol",
              {{"host", name()}, {"detail", parser->problem()}}});
        return;
      }
    }
  }

  void closed() {
    if (parser->begun()) return parsed(parser->end());
    const bool may_repeat = request.repeatable || request.method == "GET" || request.method == "HEAD";
    if (reused && may_repeat && !again) {
      again = true;
      drop();
      compose();
      return open();
    }
    fail(HttpFailure::closed, {"io.http.closed", {{"host", name()}, {"detail", "before an answer"}}});
  }

  void on_ready(MonoTime n) {
    if (stage == Stage::idle || stage == Stage::finished) return;
    now = n;
    step();
    if (stage == Stage::finished || now < until()) return;
    if (stage == Stage::connecting && now < deadline) {
      connect_failed(ETIMEDOUT);
      connect_next();
      step();
      return;
    }
    fail(HttpFailure::timeout, timeout_message(name()));
  }

  MonoTime until() const { return stage == Stage::connecting ? std::min(deadline, attempt_until) : deadline; }
};

HttpConnection::HttpConnection(const std::string& url, TlsIdentity tls, HttpLimits limits)
    : impl_(std::make_unique<Impl>(url, std::move(tls), limits)) {
  // OpenSSL writes with write(2): a peer that went away would end the process.
  struct sigaction now{};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
}
HttpConnection::~HttpConnection() { close(); }

void HttpConnection::start(HttpRequest request, MonoTime now, MonoTime deadline) {
  impl_->start(std::move(request), now, deadline);
}
bool HttpConnection::busy() const { return impl_->stage != Impl::Stage::idle; }
bool HttpConnection::finished() const { return impl_->stage == Impl::Stage::finished; }

HttpConnection::Want HttpConnection::want() const {
  const bool resolving = impl_->stage == Impl::Stage::resolving;
  return {resolving ? impl_->lookup->done.get() : impl_->fd.get(), resolving ? short{POLLIN} : impl_->events,
          impl_->eager ? impl_->now : impl_->until()};
}

void HttpConnection::on_ready(MonoTime now) { impl_->on_ready(now); }

HttpResult HttpConnection::take() {
  HttpResult out = std::move(*impl_->result);
  impl_->result.reset();
  impl_->stage = Impl::Stage::idle;
  return out;
}

void HttpConnection::close() {
  if (impl_->tls) impl_->tls->say_goodbye();
  impl_->drop();
  impl_->lookup.reset();
  impl_->parser.reset();
  impl_->result.reset();
  std::string().swap(impl_->out);
  impl_->stage = Impl::Stage::idle;
}

namespace {

// The waiting client is the same machine with its own poll; its clock is the edge's own business.
class BlockingClient final : public HttpClient {
 public:
  BlockingClient(const std::string& url, const TlsIdentity& tls) : connection_(url, tls) {}

  HttpResult send(const HttpRequest& request, Duration timeout) override {
    const SystemClock clock;
    connection_.start(request, clock.mono(), clock.mono() + timeout);
    while (!connection_.finished()) {
      const auto want = connection_.want();
      pollfd p{want.fd, want.events, 0};
      const auto wait = std::max<std::int64_t>(0, (want.until - clock.mono()).count());
      ::poll(&p, 1, static_cast<int>(std::min<std::int64_t>(wait, 60'000)));
      connection_.on_ready(clock.mono());
    }
    return connection_.take();
  }
  void close() override { connection_.close(); }

 private:
  HttpConnection connection_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(const std::string& url, const TlsIdentity& tls) {
  return std::make_unique<BlockingClient>(url, tls);
}

}  // namespace xj::io

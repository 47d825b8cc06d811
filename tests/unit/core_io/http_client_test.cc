#include "core/io/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "core/io/pki.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/patience.h"

namespace xj::io {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string make_temp_dir() {
  char path[] = "/tmp/xj-http-XXXXXX";
  return ::mkdtemp(path);
}

// A real program listening on loopback, ended by its pid.
class Program {
 public:
  Program(std::vector<std::string> argv, const std::string& until, std::string& line) {
    int out[2];
    if (::pipe(out) != 0) std::abort();
    const auto test = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != test) ::_exit(127);
      ::dup2(out[1], 1);
      ::dup2(out[1], 2);
      ::close(out[0]);
      std::vector<char*> raw;
      for (auto& a : argv) raw.push_back(a.data());
      raw.push_back(nullptr);
      ::execvp(raw[0], raw.data());
      ::_exit(127);
    }
    ::close(out[1]);
    out_ = out[0];
    std::string text;
    char c;
    while (!until.empty() && ::read(out_, &c, 1) == 1) {
      text += c;
      if (c != '\n') continue;
      if (text.find(until) != std::string::npos) break;
      text.clear();
    }
    line = text;
    drain_ = std::thread([this] {
      char buffer[512];
      while (::read(out_, buffer, sizeof buffer) > 0) {
      }
    });
  }
  ~Program() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    drain_.join();
    ::close(out_);
  }

 private:
  pid_t pid_;
  int out_;
  std::thread drain_;
};

class HttpClientTest : public ::testing::Test {
 protected:
  HttpClientTest()
      : ca_key(make_key()),
        ca(Authority::make(ca_key, "test authority",
                           {clock.now() - hours{24 * 400}, clock.now() + hours{24 * 400}}),
           ca_key) {
    write("ca.pem", ca.certificate());
    const auto other_key = make_key();
    write("other-ca.pem", Authority::make(other_key, "other authority", good()));
    agent("agent", ca);
    agent("stranger", Authority(Authority::make(other_key, "other authority", good()), other_key));
    server("server", {"127.0.0.1", "localhost"}, good());
  }
  ~HttpClientTest() override { std::filesystem::remove_all(dir); }

  Validity good() const { return {clock.now() - hours{1}, clock.now() + hours{24}}; }
  std::string path(const std::string& name) const { return dir + '/' + name; }
  void write(const std::string& name, const std::string& text) { std::ofstream(path(name)) << text; }
  void server(const std::string& name, const std::vector<std::string>& hosts, Validity validity) {
    const auto key = make_key();
    write(name + ".key", key);
    write(name + ".pem", ca.sign_server(make_request(key, hosts[0]), hosts, validity) + ca.certificate());
  }
  void agent(const std::string& name, const Authority& by) {
    const auto key = make_key();
    write(name + ".pem", by.sign_agent(make_request(key, name), name, good()) + key);
  }

  // openssl s_server with the given extra words; answers every GET with a page.
  std::unique_ptr<Program> s_server(const std::string& cert, std::vector<std::string> more = {}) {
    std::vector<std::string> argv{"openssl",
                                  "s_server",
                                  "-accept",
                                  "127.0.0.1:0",
                                  "-www",
                                  "-cert",
                                  path(cert + ".pem"),
                                  "-cert_chain",
                                  path(cert + ".pem"),
                                  "-key",
                                  path(cert + ".key")};
    argv.insert(argv.end(), more.begin(), more.end());
    std::string line;
    auto out = std::make_unique<Program>(argv, "ACCEPT", line);
    const auto colon = line.rfind(':');
    if (colon == std::string::npos) ADD_FAILURE() << "openssl s_server did not start: " << line;
    port = colon == std::string::npos ? 1 : std::stoi(line.substr(colon + 1));
    return out;
  }
  std::unique_ptr<Program> nginx(const std::string& locations) {
    port = held_port.number();
    write("nginx.conf",
          "daemon off; master_process off; pid " + path("nginx.pid") +
              "; error_log stderr notice;\n"
              "events { worker_connections 64; }\nhttp { access_log " +
              path("access.log") + "; client_body_temp_path " + path("body") + "; proxy_temp_path " +
              path("proxy") + "; fastcgi_temp_path " + path("f") + "; uwsgi_temp_path " + path("u") +
              "; scgi_temp_path " + path("s") + ";\n" + "server { listen 127.0.0.1:" + std::to_string(port) +
              " ssl; listen unix:" + path("nginx.sock") + ";\n" + "ssl_certificate " + path("server.pem") +
              "; ssl_certificate_key " + path("server.key") + "; ssl_client_certificate " + path("ca.pem") +
              "; ssl_verify_client optional;\n" + locations + "} }\n");
    std::string line;
    auto out = std::make_unique<Program>(
        std::vector<std::string>{"/usr/sbin/nginx", "-p", dir, "-e", "stderr", "-c", path("nginx.conf")}, "",
        line);
    // Without a master nginx says nothing when it listens; the socket tells.
    return out;
  }

  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ':' + std::to_string(port);
  }
  TlsIdentity identity(const std::string& name = {}) const {
    return {
        path("ca.pem"), name.empty() ? "" : path(name + ".pem"), name.empty() ? "" : path(name + ".pem"), {}};
  }
  static HttpError error_of(const HttpResult& result) {
    if (const auto* error = std::get_if<HttpError>(&result)) {
      // Whatever happens, there are words for it in both languages and no argument is left unfilled.
      for (const auto lang : {Lang::zh, Lang::en})
        EXPECT_EQ(render(error->message, lang).find('{'), std::string::npos) << render(error->message, lang);
      EXPECT_TRUE(has_text(error->message.id)) << error->message.id;
      return *error;
    }
    ADD_FAILURE() << "there was a response: " << std::get<HttpResponse>(result).status;
    return {HttpFailure::protocol, {}};
  }
  // A request whose time is over as soon as the peer has come so far, by a clock of its own.
  HttpError timed_out(const std::string& to, const TlsIdentity& tls, const std::function<bool()>& so_far) {
    HttpConnection c(to, tls);
    ManualClock time(clock.now());
    c.start({"GET", "/", {}, {}, false}, time.mono(), time.mono() + seconds{5});
    EXPECT_TRUE(test::eventually([&] {
      c.on_ready(time.mono());
      return so_far();
    }));
    time.advance(seconds{6});
    c.on_ready(time.mono());
    EXPECT_TRUE(c.finished());
    return error_of(c.take());
  }
  HttpResult get(const std::string& to, const TlsIdentity& tls, Duration timeout = seconds{60}) {
    return make_http_client(to, tls)->send({"GET", "/", {}, {}, false}, timeout);
  }
  static std::string arg(const HttpError& error, std::string_view name) {
    for (const auto& [key, value] : error.message.args)
      if (key == name) return value;
    return {};
  }

  SystemClock clock;
  std::string dir = make_temp_dir();
  std::string ca_key;
  Authority ca;
  const test::HeldPort held_port;
  int port = 0;
};

TEST_F(HttpClientTest, SpeaksWithARealServerAndChecksItsNameByAddressAndName) {
  const auto peer = s_server("server");
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    const auto result = get(url(host), identity());
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(result)) << render(error_of(result).message, Lang::en);
    EXPECT_EQ(std::get<HttpResponse>(result).status, 200);
    EXPECT_NE(std::get<HttpResponse>(result).body.find("s_server"), std::string::npos);
  }
}

TEST_F(HttpClientTest, WrongAuthority) {
  const auto peer = s_server("server");
  auto tls = identity();
  tls.ca_file = path("other-ca.pem");
  EXPECT_EQ(error_of(get(url(), tls)).kind, HttpFailure::tls_untrusted);
}

TEST_F(HttpClientTest, WrongName) {
  server("elsewhere", {"collector.example", "10.1.2.3"}, good());
  const auto peer = s_server("elsewhere");
  for (const auto* host : {"127.0.0.1", "localhost"}) {
    const auto error = error_of(get(url(host), identity()));
    EXPECT_EQ(error.kind, HttpFailure::tls_name);
    EXPECT_EQ(arg(error, "names"), "collector.example, 10.1.2.3");
  }
}

TEST_F(HttpClientTest, ExpiredAndNotYetValidNameTheTimes) {
  const auto ended = clock.now() - hours{2};
  server("old", {"127.0.0.1"}, {ended - hours{24}, ended});
  {
    const auto peer = s_server("old");
    const auto error = error_of(get(url(), identity()));
    EXPECT_EQ(error.kind, HttpFailure::tls_expired);
    EXPECT_EQ(arg(error, "until").substr(0, 16), to_iso(ended).substr(0, 16));
  }
  const auto begins = clock.now() + hours{2};
  server("early", {"127.0.0.1"}, {begins, begins + hours{24}});
  const auto peer = s_server("early");
  const auto error = error_of(get(url(), identity()));
  EXPECT_EQ(error.kind, HttpFailure::tls_not_yet_valid);
  EXPECT_EQ(arg(error, "from").substr(0, 16), to_iso(begins).substr(0, 16));
}

TEST_F(HttpClientTest, OurCertificateIsAskedForAndRejected) {
  for (const auto* version : {"-tls1_2", "-tls1_3"}) {
    const auto peer =
        s_server("server", {version, "-Verify", "1", "-verify_return_error", "-CAfile", path("ca.pem")});
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(get(url(), identity("agent")))) << version;
    EXPECT_EQ(error_of(get(url(), identity("stranger"))).kind, HttpFailure::tls_rejected_us) << version;
    EXPECT_EQ(error_of(get(url(), identity())).kind,
              version == std::string("-tls1_3") ? HttpFailure::tls_rejected_us : HttpFailure::tls_other)
        << version;
  }
}

TEST_F(HttpClientTest, OldTlsIsRefused) {
  const auto peer = s_server("server", {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
  EXPECT_EQ(error_of(get(url(), identity())).kind, HttpFailure::tls_other);
}

TEST_F(HttpClientTest, PinnedAuthorityNeedsNoFile) {
  const auto peer = s_server("server");
  TlsIdentity tls;
  tls.pinned_ca_sha256 = ca.info().sha256;
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(get(url(), tls)));
  tls.pinned_ca_sha256[3] = tls.pinned_ca_sha256[3] == '0' ? '1' : '0';
  const auto error = error_of(get(url(), tls));
  EXPECT_EQ(error.kind, HttpFailure::tls_untrusted);
  EXPECT_EQ(error.message.id, "io.tls.pin");
  tls.pinned_ca_sha256 = "abc";
  EXPECT_EQ(error_of(get(url(), tls)).message.id, "io.tls.identity");
}

TEST_F(HttpClientTest, PinDoesNotExcuseAWrongNameOrDate) {
  TlsIdentity tls;
  tls.pinned_ca_sha256 = ca.info().sha256;
  server("elsewhere", {"collector.example"}, good());
  {
    const auto peer = s_server("elsewhere");
    EXPECT_EQ(error_of(get(url(), tls)).kind, HttpFailure::tls_name);
  }
  server("old", {"127.0.0.1"}, {clock.now() - hours{3}, clock.now() - hours{2}});
  const auto peer = s_server("old");
  EXPECT_EQ(error_of(get(url(), tls)).kind, HttpFailure::tls_expired);
}

TEST_F(HttpClientTest, NoAnchorAtAllTrustsNobody) {
  const auto peer = s_server("server");
  EXPECT_EQ(error_of(get(url(), {})).kind, HttpFailure::tls_untrusted);
}

TEST_F(HttpClientTest, WhatIsMissingBeforeThereIsAConnection) {
  ::setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);  // where name servers do not answer
  port = held_port.number();
  EXPECT_EQ(error_of(get(url(), identity())).kind, HttpFailure::connect);
  EXPECT_EQ(error_of(get("https://no-such-host.invalid:1", identity())).kind, HttpFailure::dns);
  EXPECT_EQ(error_of(get("http://127.0.0.1", identity())).message.id, "io.http.url");
  auto tls = identity();
  tls.ca_file = path("missing.pem");
  EXPECT_EQ(error_of(get(url(), tls)).message.id, "io.tls.identity");
  tls = identity("agent");
  tls.key_file = path("server.key");
  EXPECT_EQ(error_of(get(url(), tls)).message.id, "io.tls.identity");
  EXPECT_EQ(error_of(get("unix:" + path("nobody.sock"), {})).kind, HttpFailure::connect);
}

TEST_F(HttpClientTest, NginxKeepsTheConnectionAndBodiesGoBothWays) {
  const auto peer = nginx(
      "location /id { return 200 \"$connection $ssl_client_s_dn\"; }\n"
      "location /put { client_max_body_size 8m; dav_methods PUT; root " +
      dir + "; }\n" +
      "location /small { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }\n"
      "location /big { root " +
      dir + "; }\n");
  write("big", std::string(3'000'000, 'x'));
  // nginx says when it is ready by its socket only.
  auto local = make_http_client("unix:" + path("nginx.sock"), {});
  HttpResult up = local->send({"GET", "/id", {}, {}, false}, seconds{60});
  for (const test::Patience patience; patience.left() && std::holds_alternative<HttpError>(up);) {
    ::poll(nullptr, 0, 20);
    up = local->send({"GET", "/id", {}, {}, false}, seconds{60});
  }
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(up)) << render(error_of(up).message, Lang::en);

  auto client = make_http_client(url(), identity("agent"));
  std::string connection;
  for (int i = 0; i < 3; ++i) {
    const auto result = client->send({"GET", "/id", {}, {}, false}, seconds{60});
    ASSERT_TRUE(std::holds_alternative<HttpResponse>(result)) << render(error_of(result).message, Lang::en);
    const auto body = std::get<HttpResponse>(result).body;
    EXPECT_NE(body.find("CN=agent"), std::string::npos) << body;
    EXPECT_TRUE(i == 0 || body == connection) << body << " not " << connection;
    connection = body;
  }
  std::string sent(2'000'000, 'y');
  for (std::size_t i = 0; i < sent.size(); i += 1000) sent[i] = static_cast<char>('a' + i / 1000 % 26);
  const auto put = client->send({"PUT", "/put", {{"Content-Type", "text/plain"}}, sent, false}, seconds{60});
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(put)) << render(error_of(put).message, Lang::en);
  EXPECT_EQ(std::get<HttpResponse>(put).status, 201);
  std::ifstream stored(path("put"));
  EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(stored), {}) == sent);
  const auto big = client->send({"GET", "/big", {}, {}, false}, seconds{60});
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(big));
  EXPECT_EQ(std::get<HttpResponse>(big).body, std::string(3'000'000, 'x'));
  // Refused while we still write: the answer is heard all the same.
  const auto early = client->send({"POST", "/small", {}, std::string(6'000'000, 'z'), false}, seconds{60});
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(early)) << render(error_of(early).message, Lang::en);
  EXPECT_EQ(std::get<HttpResponse>(early).status, 413);
}

// A peer on a Unix socket that follows a script, one step a connection.
class Scripted {
 public:
  Scripted(const std::string& path, std::vector<std::function<void(int)>> steps) : path_(path) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    path.copy(a.sun_path, sizeof a.sun_path - 1);
    listen_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::bind(listen_, reinterpret_cast<sockaddr*>(&a), sizeof a);
    ::listen(listen_, 8);
    thread_ = std::thread([this, steps = std::move(steps)] {
      for (const auto& step : steps) {
        const int fd = ::accept(listen_, nullptr, nullptr);
        if (fd < 0) return;
        ++accepted;
        step(fd);
        ::close(fd);
      }
    });
  }
  ~Scripted() {
    ::shutdown(listen_, SHUT_RDWR);
    thread_.join();
    ::close(listen_);
  }
  static void request(int fd) {
    std::string text;
    char c;
    while (text.find("\r\n\r\n") == std::string::npos && ::read(fd, &c, 1) == 1) text += c;
  }
  static void say(int fd, std::string_view text) {
    EXPECT_EQ(::write(fd, text.data(), text.size()), ssize_t(text.size()));
  }
  static void wait_for_close(int fd) {
    char c;
    while (::read(fd, &c, 1) > 0) {
    }
  }
  std::atomic<int> accepted{0};

 private:
  std::string path_;
  int listen_;
  std::thread thread_;
};

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(HttpClientTest, ProtocolFaultsEachHaveTheirKind) {
  using S = Scripted;
  const auto answer = [](std::string text) {
    return [text = std::move(text)](int fd) { S::request(fd), S::say(fd, text); };
  };
  std::atomic<bool> heard{false};
  const Scripted peer(path("s"),
                      {answer("SSH-2.0-OpenSSH\r\n"), answer(""), answer("HTTP/1.1 200 OK\r\nContent-Le"),
                       answer("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"),
                       [&heard](int fd) { S::request(fd), heard = true, S::wait_for_close(fd); }});
  const auto to = "unix:" + path("s");
  EXPECT_EQ(error_of(get(to, {})).kind, HttpFailure::protocol);
  EXPECT_EQ(error_of(get(to, {})).kind, HttpFailure::closed);
  EXPECT_EQ(error_of(get(to, {})).kind, HttpFailure::protocol);
  EXPECT_EQ(error_of(get(to, {})).kind, HttpFailure::too_large);
  const auto error = timed_out(to, {}, [&heard] { return heard.load(); });
  EXPECT_EQ(error.kind, HttpFailure::timeout);
  EXPECT_EQ(arg(error, "phase"), "@io.http.phase.answer");
}

TEST_F(HttpClientTest, AStaleConnectionIsReopenedOnlyForWhatMayBeRepeated) {
  using S = Scripted;
  // The first connection answers once, then closes only after the second request has come: the case that no
  // look before sending can see.
  const auto close_on_second = [](int fd) { S::request(fd), S::say(fd, kOk), S::request(fd); };
  const auto answer = [](int fd) { S::request(fd), S::say(fd, kOk); };
  Scripted peer(path("s"), {close_on_second, answer, close_on_second});
  const auto to = "unix:" + path("s");
  auto client = make_http_client(to, {});
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(client->send({"POST", "/", {}, "1", false}, seconds{60})));
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(client->send({"POST", "/", {}, "2", true}, seconds{60})));
  EXPECT_EQ(peer.accepted, 2);
  client->close();
  EXPECT_TRUE(std::holds_alternative<HttpResponse>(client->send({"POST", "/", {}, "3", false}, seconds{60})));
  EXPECT_EQ(error_of(client->send({"POST", "/", {}, "4", false}, seconds{60})).kind, HttpFailure::closed);
}

TEST_F(HttpClientTest, NotTlsAtAllAndAStalledHandshake) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&a), size), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&a), &size);
  ::listen(listener, 4);
  port = ntohs(a.sin_port);
  int stalled_fd = -1;
  char byte = 0;
  const auto stalled = timed_out(url(), identity(), [&] {
    pollfd waiting{listener, POLLIN, 0};
    if (stalled_fd < 0 && ::poll(&waiting, 1, 0) == 1) stalled_fd = ::accept(listener, nullptr, nullptr);
    return stalled_fd >= 0 && ::recv(stalled_fd, &byte, 1, MSG_DONTWAIT) == 1;
  });
  ::close(stalled_fd);
  EXPECT_EQ(stalled.kind, HttpFailure::timeout);
  EXPECT_EQ(arg(stalled, "phase"), "@io.http.phase.handshake");
  std::thread peer([listener] {
    const int fd = ::accept(listener, nullptr, nullptr);
    Scripted::say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    ::shutdown(fd, SHUT_WR);
    Scripted::wait_for_close(fd);
    ::close(fd);
  });
  EXPECT_EQ(error_of(get(url(), identity())).kind, HttpFailure::tls_other);
  peer.join();
  ::close(listener);
}

TEST_F(HttpClientTest, TheConnectionNeverWaitsByItself) {
  const Scripted peer(path("s"), {[](int fd) {
                        Scripted::request(fd), Scripted::say(fd, kOk), Scripted::wait_for_close(fd);
                      }});
  HttpConnection c("unix:" + path("s"), {});
  EXPECT_FALSE(c.busy());
  ManualClock time(clock.now());
  c.start({"GET", "/", {}, {}, false}, time.mono(), time.mono() + seconds{5});
  while (!c.finished()) {
    const auto want = c.want();
    ASSERT_GE(want.fd, 0);
    EXPECT_EQ(want.until, time.mono() + seconds{5});
    pollfd p{want.fd, want.events, 0};
    ASSERT_EQ(::poll(&p, 1, 60'000), 1);
    c.on_ready(time.mono());
  }
  EXPECT_EQ(std::get<HttpResponse>(c.take()).body, "ok");
  EXPECT_FALSE(c.busy());
  // The deadline alone ends a request, by the caller's clock.
  c.start({"GET", "/", {}, {}, false}, time.mono(), time.mono() + seconds{5});
  time.advance(seconds{6});
  c.on_ready(time.mono());
  ASSERT_TRUE(c.finished());
  EXPECT_EQ(error_of(c.take()).kind, HttpFailure::timeout);
}

TEST(HttpUrl, OnlyTheTwoForms) {
  const auto a = parse_http_url("https://collector.example:8443");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->host, "collector.example");
  EXPECT_EQ(a->port, "8443");
  EXPECT_EQ(parse_http_url("https://[::1]:1")->host, "::1");
  EXPECT_EQ(parse_http_url("https://h/")->port, "443");
  EXPECT_EQ(parse_http_url("unix:/run/x")->unix_path, "/run/x");
  for (const auto* bad :
       {"", "https://", "http://h", "https://h:0", "https://h:65536", "https://h:1x", "https://h/p",
        "https://a b", "https://[::1", "https://[x]:1", "unix:", "unix:rel", "https://u@h", "https://h:"})
    EXPECT_FALSE(parse_http_url(bad)) << bad;
}

}  // namespace
}  // namespace xj::io

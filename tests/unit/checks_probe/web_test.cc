// http and certificate against a real nginx on loopback, with certificates made for the test.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "checks/probe/certificate.h"
#include "probe_fixture.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/patience.h"

namespace xj::checks {
namespace {

bool answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
  ::close(fd);
  return ok;
}

class Web : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TempDir>();
    std::string log;
    // A CA, a good leaf for localhost, one that ends in three days, one that has ended.
    const auto made = shell("cd " + dir_->path("") +
                                " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                                "-keyout ca.key -out ca.pem"
                                " -days 3650 -subj '/CN=测试 CA' -utf8 2>&1"
                                " && for spec in good:400 soon:3 ended:-1; do n=${spec%%:*}; d=${spec##*:};"
                                "  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
                                "$n.key -out $n.csr -subj /CN=$n 2>&1 &&"
                                "  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > ext &&"
                                "  openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
                                "-days $d -extfile ext -out $n.pem 2>&1 || exit 1;"
                                " done",
                            &log);
    ASSERT_EQ(made, 0) << log;
    ports_ = std::make_unique<std::array<test::HeldPort, 4>>();
    plain_ = (*ports_)[0].number(), good_ = (*ports_)[1].number();
    soon_ = (*ports_)[2].number(), ended_ = (*ports_)[3].number();
    const auto tls = [](int port, const std::string& name) {
      return "server { listen 127.0.0.1:" + std::to_string(port) + " ssl; ssl_certificate " +
             dir_->path(name + ".pem") + "; ssl_certificate_key " + dir_->path(name + ".key") +
             "; location / { return 200 'tls ok'; } }\n";
    };
    dir_->write("index.html", "<title>办公系统</title> 运行正常");
    dir_->write("nginx.conf",
                "daemon off; master_process off; pid " + dir_->path("pid") + "; error_log " +
                    dir_->path("error.log") + ";\nevents {}\nhttp { access_log off; client_body_temp_path " +
                    dir_->path("b") + "; proxy_temp_path " + dir_->path("p") + "; fastcgi_temp_path " +
                    dir_->path("f") + "; uwsgi_temp_path " + dir_->path("u") + "; scgi_temp_path " +
                    dir_->path("s") + ";\nserver { listen 127.0.0.1:" + std::to_string(plain_) + "; root " +
                    dir_->path("") +
                    "; location /missing { return 404; } location /loop { return 302 /loop; }"
                    " location /hop { return 302 /index.html; } location /long { root " +
                    dir_->path("") + "; } }\n" + tls(good_, "good") + tls(soon_, "soon") +
                    tls(ended_, "ended") + "}\n");
    dir_->write("long", std::string(3u << 20, 'x'));
    SpawnOptions o;
    o.argv = {"/usr/sbin/nginx",       "-p", dir_->path(""),          "-e",
              dir_->path("error.log"), "-c", dir_->path("nginx.conf")};
    o.env = clean_environment();
    nginx_ = std::make_unique<Subprocess>(o);
    ASSERT_TRUE(test::eventually([] { return answers(plain_) && answers(ended_); }))
        << std::ifstream(dir_->path("error.log")).rdbuf();
  }
  static void TearDownTestSuite() {
    nginx_.reset();
    ports_.reset();
    dir_.reset();
  }
  static std::string url(int port, const std::string& path = "/index.html", const char* scheme = "http") {
    return std::string(scheme) + "://localhost:" + std::to_string(port) + path;
  }
  // Both names of loopback lead here whatever the machine's resolver says.
  static CheckOutcome http(std::initializer_list<std::pair<std::string, std::string>> values,
                           Duration timeout = Duration{60'000}) {
    auto params = params_of(values);
    params["address"].texts = {"127.0.0.1"};
    return probe("http", std::move(params), timeout).outcome;
  }

  static std::unique_ptr<TempDir> dir_;
  static std::unique_ptr<std::array<test::HeldPort, 4>> ports_;
  static std::unique_ptr<Subprocess> nginx_;
  static int plain_, good_, soon_, ended_;
};
std::unique_ptr<TempDir> Web::dir_;
std::unique_ptr<std::array<test::HeldPort, 4>> Web::ports_;
std::unique_ptr<Subprocess> Web::nginx_;
int Web::plain_, Web::good_, Web::soon_, Web::ended_;

TEST_F(Web, StatusWordsAndTimings) {
  const auto ok = http({{"url", url(plain_)}, {"contains", "办公系统"}});
  EXPECT_EQ(ok.state, State::ok) << english(ok.msg);
  for (const auto* name : {"dns_ms", "connect_ms", "first_byte_ms", "total_ms", "status", "body_bytes"})
    EXPECT_NE(find_metric(ok.metrics, name), nullptr) << name;
  EXPECT_DOUBLE_EQ(value_of(ok.metrics, "status"), 200);
  EXPECT_EQ(find_metric(ok.metrics, "tls_ms"), nullptr);

  const auto lacks = http({{"url", url(plain_)}, {"contains", "登录"}});
  EXPECT_EQ(lacks.state, State::critical);
  EXPECT_EQ(lacks.msg.id, "checks.http.lacks");
  EXPECT_EQ(http({{"url", url(plain_)}, {"lacks", "正常"}}).msg.id, "checks.http.contains");
}

TEST_F(Web, StatusesAndRedirects) {
  const auto missing = http({{"url", url(plain_, "/missing")}});
  EXPECT_EQ(missing.state, State::critical);
  EXPECT_NE(english(missing.msg).find("answered with status 404, expected 200-399"), std::string::npos)
      << english(missing.msg);
  EXPECT_EQ(http({{"url", url(plain_, "/missing")}, {"status", "404"}}).state, State::ok);
  EXPECT_EQ(http({{"url", url(plain_, "/hop")}, {"status", "200"}}).state, State::ok);
  EXPECT_EQ(http({{"url", url(plain_, "/hop")}, {"redirects", "0"}, {"status", "302"}}).state, State::ok);
  EXPECT_EQ(http({{"url", url(plain_, "/loop")}}).msg.id, "checks.http.redirects");
}

TEST_F(Web, ALongPageIsReadToItsLimit) {
  const auto out = http({{"url", url(plain_, "/long")}, {"max_body", "64KiB"}});
  EXPECT_EQ(out.state, State::ok) << english(out.msg);
  EXPECT_DOUBLE_EQ(value_of(out.metrics, "body_bytes"), 65536);
}

TEST_F(Web, NobodyThereAndNoAnswer) {
  const test::HeldPort nobody;
  const auto none = http({{"url", url(nobody.number())}});
  EXPECT_EQ(none.state, State::critical);
  EXPECT_EQ(none.msg.id, "checks.http.no_connection");
  const int silent = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t n = sizeof a;
  ::bind(silent, reinterpret_cast<sockaddr*>(&a), n);
  ::getsockname(silent, reinterpret_cast<sockaddr*>(&a), &n);
  ::listen(silent, 8);
  EXPECT_EQ(http({{"url", url(ntohs(a.sin_port))}}, Duration{200}).msg.id, "checks.http.timed_out");
  ::close(silent);
}

// Listens; says these bytes to the first that comes, and hangs up.
class Speaker {
 public:
  explicit Speaker(std::string bytes) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&a), n) != 0 || ::listen(fd_, 8) != 0) std::abort();
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n);
    port = ntohs(a.sin_port);
    thread_ = std::thread([this, say = std::move(bytes)] {
      const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      char head[4096];
      [[maybe_unused]] const auto got = ::read(peer, head, sizeof head);
      for (std::string_view left = say; !left.empty();) {
        const auto sent = ::send(peer, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(sent));
      }
      ::close(peer);
    });
  }
  ~Speaker() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;
  int port = 0;

 private:
  int fd_ = -1;
  std::thread thread_;
};

TEST_F(Web, WhatIsNoAnswerIsSaidInWordsOfOurOwn) {
  const auto against = [](std::string bytes) {
    const Speaker speaker(std::move(bytes));
    return http({{"url", url(speaker.port)}});
  };
  std::string headers = "HTTP/1.1 200 OK\r\n";
  while (headers.size() < 1u << 20) headers += "X-Long: " + std::string(1000, 'y') + "\r\n";
  for (const auto& [bytes, id] : std::vector<std::pair<std::string, std::string>>{
           {"", "checks.http.no_answer"},
           {"SSH-2.0-OpenSSH_9.2p1\r\n", "checks.http.not_http"},
           {std::string(5000, '\0'), "checks.http.not_http"},
           {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "checks.http.cut"},
           {"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n", "checks.http.failed"},
           {headers, "checks.http.cut"}}) {
    const auto out = against(bytes);
    EXPECT_EQ(out.state, State::critical);
    EXPECT_EQ(out.msg.id, id) << english(out.msg);
  }
}

TEST_F(Web, AStepThatWasNotReachedHasNoTime) {
  const test::HeldPort nobody;
  const auto none = http({{"url", url(nobody.number())}});
  EXPECT_EQ(find_metric(none.metrics, "connect_ms"), nullptr);
  EXPECT_EQ(find_metric(none.metrics, "first_byte_ms"), nullptr);
  EXPECT_NE(find_metric(none.metrics, "total_ms"), nullptr);
}

// That is a fault on this side: nothing was seen of the other.
TEST_F(Web, WithoutTrustAnchorsNothingIsSaidOfThePeer) {
  for (const auto& [file, id] : {std::pair{dir_->path("no-such.pem"), "checks.unreadable"},
                                 std::pair{dir_->path("index.html"), "checks.certificate.none"}}) {
    const auto page = http({{"url", url(good_, "/", "https")}, {"ca_file", file}});
    EXPECT_EQ(page.state, State::unknown);
    EXPECT_EQ(page.msg.id, id) << english(page.msg);
    auto params = params_of({{"host", "127.0.0.1"}, {"port", std::to_string(good_)}, {"ca_file", file}});
    const auto certificate = probe("certificate", params).outcome;
    EXPECT_EQ(certificate.state, State::unknown);
    ASSERT_EQ(certificate.items.size(), 1U);
    EXPECT_EQ(certificate.items[0].msg.id, id) << english(certificate.msg);
    EXPECT_NEAR(value_of(certificate.items[0].metrics, "days_left"), 400, 1);
    params["port"].texts = {std::to_string(ended_)};
    EXPECT_EQ(probe("certificate", params).outcome.items[0].msg.id, "checks.certificate.expired");
  }
}

TEST_F(Web, TrustAndCertificateDays) {
  const auto untrusted = http({{"url", url(good_, "/", "https")}});
  EXPECT_EQ(untrusted.state, State::critical);
  EXPECT_EQ(untrusted.msg.id, "checks.http.untrusted") << english(untrusted.msg);
  const auto ca = dir_->path("ca.pem");
  const auto good = http({{"url", url(good_, "/", "https")}, {"ca_file", ca}});
  EXPECT_EQ(good.state, State::ok) << english(good.msg);
  EXPECT_NEAR(value_of(good.metrics, "certificate_days"), 400, 1);
  EXPECT_NE(find_metric(good.metrics, "tls_ms"), nullptr);
  const auto soon = http({{"url", url(soon_, "/", "https")}, {"ca_file", ca}});
  EXPECT_EQ(soon.state, State::critical);
  EXPECT_EQ(soon.msg.id, "checks.below") << english(soon.msg);
  EXPECT_EQ(http({{"url", url(good_, "/", "https")}, {"verify", "false"}}).state, State::ok);
  const auto ended = http({{"url", url(ended_, "/", "https")}, {"verify", "false"}});
  EXPECT_EQ(ended.state, State::critical);
  EXPECT_EQ(ended.msg.id, "checks.certificate.expired") << english(ended.msg);
}

TEST_F(Web, SlownessIsJudgedWithMemory) {
  auto params = params_of({{"url", url(plain_)}, {"warn", "0s"}, {"crit", "1h"}, {"address", "127.0.0.1"}});
  const auto slow = probe("http", params);
  EXPECT_EQ(slow.outcome.state, State::warning);
  ASSERT_EQ(slow.memory.size(), 1U);
  EXPECT_EQ(slow.memory[0].what, "checks.what.response_time");
}

ParamMap remote(int port, const std::string& ca) {
  auto p = params_of({{"host", "127.0.0.1"}, {"port", std::to_string(port)}});
  if (!ca.empty()) p["ca_file"].texts = {ca};
  return p;
}

TEST_F(Web, CertificateOfAServer) {
  const auto ca = dir_->path("ca.pem");
  const auto good = probe("certificate", remote(good_, ca)).outcome;
  EXPECT_EQ(good.state, State::ok) << english(good.msg);
  ASSERT_EQ(good.items.size(), 1U);
  EXPECT_NEAR(value_of(good.items[0].metrics, "days_left"), 400, 1);
  ASSERT_EQ(good.rows.size(), 2U);
  EXPECT_EQ(good.rows[1][2], "CN=测试 CA");

  const auto untrusted = probe("certificate", remote(good_, "")).outcome;
  EXPECT_EQ(untrusted.state, State::critical);
  EXPECT_EQ(untrusted.items[0].msg.id, "checks.certificate.untrusted");
  auto loose = remote(good_, "");
  loose["verify"].texts = {"false"};
  EXPECT_EQ(probe("certificate", loose).outcome.state, State::ok);

  auto other = remote(good_, ca);
  other["name"].texts = {"other.example"};
  const auto wrong_name = probe("certificate", other).outcome;
  EXPECT_EQ(wrong_name.state, State::critical);
  EXPECT_NE(english(wrong_name.msg).find("ostname mismatch"), std::string::npos) << english(wrong_name.msg);

  EXPECT_EQ(english(probe("certificate", remote(soon_, ca)).outcome.items[0].msg),
            "certificate's remaining time 3 days is below 7 days");
  const auto ended = probe("certificate", remote(ended_, ca)).outcome;
  EXPECT_EQ(ended.items[0].msg.id, "checks.certificate.expired") << english(ended.msg);
  EXPECT_EQ(probe("certificate", remote(plain_, ca)).outcome.state, State::critical);
  const test::HeldPort nobody;
  EXPECT_EQ(probe("certificate", remote(nobody.number(), ca)).outcome.msg.id, "checks.http.no_connection");
}

TEST_F(Web, TheSystemsTrustStoreIsReadOnceAMinute) {
  const auto read = [](const std::string& file) {
    std::ifstream in(dir_->path(file));
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  const std::vector<std::string> chain{read("good.pem")};
  const auto now = SystemClock().now();
  const auto trust = [](const std::string& file) {
    ::setenv("SSL_CERT_DIR", "/no/such", 1);
    ::setenv("SSL_CERT_FILE", dir_->path(file).c_str(), 1);
  };
  // On a thread of its own, which has read none before.
  std::thread([&] {
    trust("ca.pem");
    EXPECT_EQ(distrust(chain, "localhost", "", now), "");
    trust("soon.pem");
    EXPECT_EQ(distrust(chain, "localhost", "", now + Duration{59'000}), "");
    EXPECT_NE(distrust(chain, "localhost", "", now + Duration{60'000}), "");
    trust("ca.pem");
    EXPECT_EQ(distrust(chain, "localhost", "", now), "") << "the clock was set back";
  }).join();
  ::unsetenv("SSL_CERT_DIR");
  ::unsetenv("SSL_CERT_FILE");
}

TEST_F(Web, CertificatesInFiles) {
  dir_->write("empty.pem", "nothing here");
  const auto out =
      probe("certificate", params_of({{"files", dir_->path("[gse]o*.pem") + ", " + dir_->path("empty.pem") +
                                                    ", " + dir_->path("none-*.pem")}}))
          .outcome;
  ASSERT_EQ(out.items.size(), 4U);
  EXPECT_EQ(out.items[0].state, State::ok) << out.items[0].key;
  EXPECT_EQ(out.items[1].state, State::critical) << out.items[1].key;
  EXPECT_EQ(out.items[2].msg.id, "checks.certificate.none");
  EXPECT_EQ(out.items[3].msg.id, "checks.certificate.no_file");
  EXPECT_EQ(out.state, State::critical);
  EXPECT_NEAR(value_of(out.metrics, "least_days_left"), 3, 0.1);
}

TEST_F(Web, ADamagedBlockHidesNothing) {
  std::ifstream in(dir_->path("good.pem"));
  const std::string good((std::istreambuf_iterator<char>(in)), {});
  const auto all = read_certificates("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + good +
                                     good.substr(0, 100));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].subject, "CN=good");
  EXPECT_TRUE(read_certificates("").empty());
}

}  // namespace
}  // namespace xj::checks

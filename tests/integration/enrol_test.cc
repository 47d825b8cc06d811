// The whole way of an agent into the house and out of it, with the agent's own HTTP client.
#include <gtest/gtest.h>

#include <filesystem>

#include "collector/http/enrolment.h"
#include "collector/http/server.h"
#include "collector/http/server_pki.h"
#include "core/guarded.h"
#include "core/io/http_client.h"
#include "core/io/log.h"
#include "core/json.h"
#include "tests/fakes/temp_db.h"
#include "tests/integration/http_peer.h"

namespace xj::http {
namespace {

struct Agent {
  std::string dir;
  std::string key = io::make_key();
  io::TlsIdentity identity{dir + "/ca.pem", dir + "/agent.pem", dir + "/agent.key", ""};

  explicit Agent(std::string folder) : dir(std::move(folder)) {
    std::filesystem::create_directories(dir);
    io::write_secret(identity.key_file, key);
  }
  void keep(const std::string& certificate, const std::string& ca) {
    io::write_secret(identity.cert_file, certificate);
    io::write_secret(identity.ca_file, ca);
  }
};

struct EnrolOverTls : testing::Test {
  test::TempDir dir;
  test::TempDb file;
  std::unique_ptr<io::Db> db = file.open();
  SystemClock clock;
  ServerPki pki{dir / "pki", {"127.0.0.1"}, std::chrono::hours{24 * 365}, clock.now()};
  RevocationList revoked;
  Guarded<Enrolment> enrolment{*db, pki.authority(), revoked, EnrolmentOptions{}};
  std::unique_ptr<Server> server;

  void SetUp() override {
    log::set_level(log::Level::error);
    ServerConfig config;
    config.agents = config.people = "127.0.0.1:0";
    config.tls = pki.files();
    config.is_revoked = [this](const std::string& a, const std::string& s) {
      return revoked.is_revoked(a, s);
    };
    auto routes = enrolment_routes(
        [this](const std::function<void(Enrolment&, Timestamp)>& work) {
          enrolment.with([&](Enrolment& e) { work(e, clock.now()); });
          return true;
        },
        clock);
    routes.push_back({Access::agent, "POST", "/v1/results", [](const Request& r, const Done& done) {
                        done({200, "text/plain", r.peer.agent, {}});
                      }});
    server = std::make_unique<Server>(std::move(config), std::move(routes), clock);
    server->start();
  }
  void TearDown() override {
    server->stop(Duration{0});
    log::set_level(log::Level::info);
  }

  std::string token(const std::string& agent) {
    return enrolment.with(
        [&](Enrolment& e) { return e.create_token(agent, Duration{0}, "root", clock.now()); });
  }
  static io::HttpResult post(io::HttpClient& client, const std::string& target, const std::string& body) {
    io::HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.body = body;
    return client.send(request, Duration{60'000});
  }
  // What `xunjian-agent enroll` does: trusts the collector by the token's last part alone.
  int enrol(Agent& agent, const std::string& text, std::string* code = nullptr) {
    const auto parsed = io::parse_token(text);
    io::TlsIdentity trust;
    trust.pinned_ca_sha256 = parsed->ca_sha256;
    const auto client = io::make_http_client("https://" + server->people_address(), trust);
    Json body;
    body.set("token", text).set("csr", io::make_request(agent.key, ""));
    const auto result = post(*client, "/v1/enroll", body.dump());
    if (const auto* error = std::get_if<io::HttpError>(&result)) {
      ADD_FAILURE() << render(error->message, Lang::en);
      return 0;
    }
    const auto& response = std::get<io::HttpResponse>(result);
    const auto json = std::get<Json>(parse_json(response.body));
    if (code != nullptr) *code = json["error"]["code"].string_or("");
    if (response.status == 200) agent.keep(json["certificate"].string_or(""), json["ca"].string_or(""));
    return response.status;
  }
  io::HttpResult speak(io::HttpClient& client) { return post(client, "/v1/results", "{}"); }
  std::unique_ptr<io::HttpClient> client(const Agent& agent) {
    return io::make_http_client("https://" + server->agents_address(), agent.identity);
  }
};

TEST_F(EnrolOverTls, FromTokenToRevocation) {
  Agent agent(dir / "web-01");
  const auto text = token("web-01");
  ASSERT_EQ(enrol(agent, text), 200);
  auto connection = client(agent);
  auto said = speak(*connection);
  ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(said))
      << render(std::get<io::HttpError>(said).message, Lang::en);
  EXPECT_EQ(std::get<io::HttpResponse>(said).body, "web-01");

  // A token is good once.
  Agent thief(dir / "thief");
  std::string code;
  EXPECT_EQ(enrol(thief, text, &code), 403);
  EXPECT_EQ(code, "enrolment_refused");

  // Renewal under a new key, over the old certificate.
  Agent renewed(dir / "web-01-new");
  Json body;
  body.set("csr", io::make_request(renewed.key, ""));
  const auto answer = post(*connection, "/v1/renew", body.dump());
  ASSERT_EQ(std::get<io::HttpResponse>(answer).status, 200) << std::get<io::HttpResponse>(answer).body;
  const auto json = std::get<Json>(parse_json(std::get<io::HttpResponse>(answer).body));
  renewed.keep(json["certificate"].string_or(""), json["ca"].string_or(""));
  auto second = client(renewed);
  EXPECT_EQ(std::get<io::HttpResponse>(speak(*second)).body, "web-01");

  // Revoked: both certificates, also on the sessions that are open.
  enrolment.with([&](Enrolment& e) { EXPECT_TRUE(e.revoke("web-01", "root", clock.now())); });
  for (auto* c : {connection.get(), second.get()}) {
    const auto refused = speak(*c);
    ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(refused));
    EXPECT_EQ(std::get<io::HttpResponse>(refused).status, 403);
    EXPECT_NE(std::get<io::HttpResponse>(refused).body.find("\"certificate_revoked\""), std::string::npos);
  }
  ASSERT_EQ(enrol(agent, token("web-01")), 200);
  auto again = client(agent);
  EXPECT_EQ(std::get<io::HttpResponse>(speak(*again)).body, "web-01");
  EXPECT_EQ(std::get<io::HttpResponse>(speak(*second)).status, 403);
}

TEST_F(EnrolOverTls, AnotherCollectorsTokenFindsNoTrustHere) {
  test::TempDir elsewhere;
  const ServerPki other(elsewhere / "pki", {"127.0.0.1"}, std::chrono::hours{24}, clock.now());
  const auto foreign = io::make_token(other.authority().info().sha256);
  io::TlsIdentity trust;
  trust.pinned_ca_sha256 = foreign.ca_sha256;
  const auto client = io::make_http_client("https://" + server->people_address(), trust);
  const auto result = post(*client, "/v1/enroll", "{}");
  ASSERT_TRUE(std::holds_alternative<io::HttpError>(result)) << "the token's secret was sent to a stranger";
  EXPECT_EQ(std::get<io::HttpError>(result).kind, io::HttpFailure::tls_untrusted);
}

TEST_F(EnrolOverTls, ServerCertificateIsRenewedUnderRunningAgents) {
  Agent agent(dir / "web-01");
  ASSERT_EQ(enrol(agent, token("web-01")), 200);
  auto before = client(agent);
  ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(speak(*before)));
  // 300 days on, only for the file: two thirds of its life are over.
  ASSERT_TRUE(pki.renew_if_due(clock.now() + std::chrono::hours{24 * 300}));
  // Valid from the day before that day: not today. The old one serves until reload.
  EXPECT_TRUE(std::holds_alternative<io::HttpResponse>(speak(*before)));
  ServerPki today(dir / "pki", {"127.0.0.1", "localhost"}, std::chrono::hours{24 * 365}, clock.now());
  server->reload_tls();
  auto after = client(agent);
  EXPECT_TRUE(std::holds_alternative<io::HttpResponse>(speak(*after)));
}

// A batch recorded on the wire and played again by somebody without the key reaches nobody; by the agent
// itself it is a repetition that ingest knows by its numbers (its own tests).
TEST_F(EnrolOverTls, ReplayWithoutTheKeyReachesNobody) {
  Agent agent(dir / "web-01");
  ASSERT_EQ(enrol(agent, token("web-01")), 200);
  Agent thief(dir / "thief");
  // The certificate is public; the key is not.
  std::filesystem::copy_file(agent.identity.cert_file, thief.identity.cert_file);
  std::filesystem::copy_file(agent.identity.ca_file, thief.identity.ca_file);
  bool reached = false;
  try {
    reached = std::holds_alternative<io::HttpResponse>(speak(*client(thief)));
  } catch (const Fault&) {
    // The client itself finds that key and certificate do not belong together.
  }
  EXPECT_FALSE(reached);
  EXPECT_EQ(server->stats().requests, 1u) << "the enrolment alone";
}

}  // namespace
}  // namespace xj::http

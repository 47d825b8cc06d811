// The whole collector in one process on loopback: an agent's certificate, mutual TLS, journal, cases, the
// people's API on the socket, restart, reload.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "collector/app.h"
#include "core/io/http_client.h"
#include "core/io/pki.h"
#include "core/json.h"
#include "core/wire.h"
#include "tests/fakes/identity.h"

namespace xj::collector {
namespace {

class AppTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/xj-app-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    write_contract("rev one");
    write("collector.yaml",
          "data_dir: data\nlisten: {agents: \"127.0.0.1:0\", people: \"127.0.0.1:0\", socket: sock}\n"
          "names: [localhost]\ncontracts: [contract.yaml]\n");
    start();
  }
  void TearDown() override {
    app_.reset();
    std::filesystem::remove_all(dir_);
  }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(dir_ + "/" + file) << text;
  }
  void write_contract(const std::string& title, const std::string& more = {}) const {
    write("contract.yaml",
          "contract:\n  id: shop\n  title: " + title +
              "\n  parties: {client: 甲方, provider: 乙方}\n  term: {from: 2026-01-01, to: 2036-12-31}\n"
              "  zone: Asia/Shanghai\npeople:\n  one: {name: 某人, mail: one@example.invalid}\nroles:\n"
              "  duty: {title: 值班, people: [one]}\nsystems:\n  app:\n    title: 应用\n    hosts: "
              "[web-01]\n    checks:\n"
              "      cpu: {title: CPU, kind: cpu, interval: 1m, attempts: 1}\n" +
              more +
              "kinds:\n  incident:\n    title: 事件\n    opened_by: checks\n    number: "
              "\"INC-{yymmdd}-{nn}\"\n    grades:\n"
              "      I: {title: 一级, when: [{text: 全部}]}\n    clocks:\n"
              "      respond: {title: 响应, limit: 30m, calendar: 7x24, start: detected, stop: acknowledged, "
              "to: duty}\n");
  }
  std::optional<collector::Setup> configuration() const {
    Problems problems;
    return read_setup(dir_ + "/collector.yaml", problems);
  }
  void start() {
    app_.reset();
    auto read = configuration();
    ASSERT_TRUE(read.has_value());
    app_ = std::make_unique<App>(std::move(*read), fs_, clock_);
    app_->start();
  }

  io::TlsIdentity certify(const std::string& agent, const io::Authority& authority) const {
    return fakes::make_identity(authority, dir_ + "/data", agent, dir_);
  }
  io::Authority authority() const { return fakes::authority_of(dir_ + "/data"); }
  std::unique_ptr<io::HttpClient> agent(const io::TlsIdentity& identity) const {
    const auto address = app_->agents_address();
    return io::make_http_client("https://localhost" + address.substr(address.rfind(':')), identity);
  }
  io::HttpResponse ask(const std::string& method, const std::string& target,
                       const std::string& body = {}) const {
    const auto client = io::make_http_client("unix:" + dir_ + "/sock", {});
    const auto result =
        client->send({method, target, {{"Content-Type", "application/json"}}, body}, Duration{60'000});
    const auto* response = std::get_if<io::HttpResponse>(&result);
    return response != nullptr ? *response : io::HttpResponse{};
  }
  Json get(const std::string& target) const {
    auto json = parse_json(ask("GET", target).body);
    return std::holds_alternative<Json>(json) ? std::get<Json>(json) : Json{};
  }
  wire::Batch batch(std::uint64_t first, std::size_t count, State state,
                    const std::string& check = "shop/app/cpu") const {
    wire::Batch b;
    b.epoch = "e1";
    b.sent = clock_.now();
    for (std::size_t i = 0; i < count; ++i) {
      Result r;
      r.n = first + i;
      r.check = check;
      r.slot = b.sent - Duration{60'000} + Duration{static_cast<std::int64_t>(r.n) * 1'000};
      r.state = state;
      r.metrics = {{"n", static_cast<std::int64_t>(r.n)}};
      b.results.push_back(r);
    }
    return b;
  }
  static io::HttpResult post(io::HttpClient& client, const std::string& body, bool zstd = false) {
    io::HttpRequest request{"POST", "/v1/results", {{"Content-Type", "application/json"}}, body};
    if (zstd) request.headers.emplace_back("Content-Encoding", "zstd");
    return client.send(request, Duration{60'000});
  }
  static wire::Answer answer(const io::HttpResult& result) {
    const auto* response = std::get_if<io::HttpResponse>(&result);
    EXPECT_NE(response, nullptr);
    if (response == nullptr) return {};
    EXPECT_EQ(response->status, 200) << response->body;
    auto read = wire::decode_answer(response->body);
    EXPECT_TRUE(std::holds_alternative<wire::Answer>(read));
    return std::holds_alternative<wire::Answer>(read) ? std::get<wire::Answer>(read) : wire::Answer{};
  }

  std::string dir_;
  io::PosixFileSystem fs_;
  SystemClock clock_;
  std::unique_ptr<App> app_;
};

TEST_F(AppTest, OneResultGoesTheWholeWayAndSurvivesARestart) {
  const auto identity = certify("web-01", authority());
  {
    const auto client = agent(identity);
    const auto first = answer(post(*client, wire::encode(batch(1, 5, State::ok))));
    EXPECT_EQ(first.accepted, (std::vector<wire::Range>{{1, 5}}));
    const auto packed =
        answer(post(*client, wire::deflate(wire::encode(batch(6, 5, State::critical))), true));
    EXPECT_EQ(packed.accepted, (std::vector<wire::Range>{{6, 10}}));
    const auto assigned = client->send({"GET", "/v1/assignment", {}, {}}, Duration{60'000});
    const auto assignment = wire::decode_assignment(std::get<io::HttpResponse>(assigned).body);
    EXPECT_EQ(std::get<wire::Assignment>(assignment).revision, packed.config);
    const auto same = client->send({"GET", "/v1/assignment?have=" + packed.config, {}, {}}, Duration{60'000});
    EXPECT_EQ(std::get<io::HttpResponse>(same).status, 304);
  }
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(get("/api/v1/results?host=web-01&check=shop/app/cpu&limit=100")["results"].size(), 10u);
    double sum = 0;
    const auto query = get("/api/v1/query?what=cpu.n&from=1h&step=1h&over=sum");
    for (const auto& value : query["lines"].at(0)["values"].items()) sum += value.number_or(0);
    EXPECT_EQ(sum, 55.0) << query.dump();
    const auto cases = get("/api/v1/cases");
    ASSERT_EQ(cases["cases"].size(), 1u);
    start();
  }
}

TEST_F(AppTest, BadBatchesAreToldAndTouchNothing) {
  const auto client = agent(certify("web-01", authority()));
  for (const std::string body :
       {"", "{", "[]", R"({"v":99,"epoch":"e","lane":"live","sent":0,"config":"","results":[]})"}) {
    const auto result = post(*client, body);
    ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(result)) << body;
    // A version it does not speak is another matter than bytes that are no batch.
    EXPECT_EQ(std::get<io::HttpResponse>(result).status, body.find("99") != std::string::npos ? 426 : 400)
        << body;
  }
  EXPECT_EQ(std::get<io::HttpResponse>(post(*client, "not zstd", true)).status, 400);
  EXPECT_EQ(answer(post(*client, wire::encode(batch(1, 1, State::ok)))).accepted.size(), 1u);
  EXPECT_EQ(get("/api/v1/results?host=web-01&check=shop/app/cpu")["results"].size(), 1u);
}

TEST_F(AppTest, ACertificateOfAnotherAuthorityGetsNoFurtherThanTheDoor) {
  const auto key = io::make_key();
  const io::Authority other(
      io::Authority::make(key, "other",
                          {clock_.now() - Duration{60'000}, clock_.now() + Duration{3'600'000}}),
      key);
  const auto client = agent(certify("web-01", other));
  const auto result = post(*client, wire::encode(batch(1, 1, State::ok)));
  ASSERT_TRUE(std::holds_alternative<io::HttpError>(result));
  EXPECT_EQ(std::get<io::HttpError>(result).kind, io::HttpFailure::tls_rejected_us);
  EXPECT_EQ(ask("GET", "/api/v1/results?host=web-01&check=shop/app/cpu").status, 404);
}

TEST_F(AppTest, WhoSpeaksIsWhatTheCertificateSays) {
  const auto client = agent(certify("web-02", authority()));
  const auto told = answer(post(*client, wire::encode(batch(1, 1, State::ok))));
  ASSERT_EQ(told.refused.size(), 1u) << "the check is assigned to web-01";
  EXPECT_EQ(told.refused[0].code, "unknown_check");
}

// With a certificate of before that name was the collector's own.
TEST_F(AppTest, NobodySpeaksForTheCollectorItself) {
  const auto client = agent(certify("xunjian-collector", authority()));
  for (const auto& [method, target] : {std::pair{"POST", "/v1/results"}, std::pair{"POST", "/v1/renew"},
                                       std::pair{"GET", "/v1/assignment"}}) {
    const auto result =
        client->send({method, target, {{"Content-Type", "application/json"}}, "{}"}, Duration{60'000});
    ASSERT_TRUE(std::holds_alternative<io::HttpResponse>(result)) << target;
    EXPECT_EQ(std::get<io::HttpResponse>(result).status, 403) << target;
    EXPECT_NE(std::get<io::HttpResponse>(result).body.find("name_reserved"), std::string::npos) << target;
  }
}

TEST_F(AppTest, AReloadIsTakenWholeOrNotAtAll) {
  const auto client = agent(certify("web-01", authority()));
  const auto before = answer(post(*client, wire::encode(batch(1, 1, State::ok)))).config;
  write_contract("rev two", "      disk: {title: 磁盘, kind: disk, interval: 5m, color: red}\n");
  EXPECT_FALSE(configuration().has_value()) << "an unknown key";
  write_contract("rev two", "      disk: {title: 磁盘, kind: disk, interval: 5m}\n");
  auto again = configuration();
  ASSERT_TRUE(again.has_value());
  app_->apply(std::move(*again));
  const auto after = answer(post(*client, wire::encode(batch(2, 1, State::ok)))).config;
  EXPECT_NE(after, before);
  EXPECT_EQ(answer(post(*client, wire::encode(batch(3, 1, State::ok, "shop/app/disk")))).accepted.size(), 1u);
}

TEST_F(AppTest, NeitherABackupNorAHalfRestoredFolderIsRunOn) {
  app_.reset();
  for (const auto& [file, mend] : {std::pair{"data/backup.json", "xunjian db restore --from"},
                                   std::pair{"data/restoring", "run xunjian db restore again"}}) {
    write(file, "{}");
    auto read = configuration();
    ASSERT_TRUE(read.has_value());
    try {
      const App app(std::move(*read), fs_, clock_);
      ADD_FAILURE() << "started beside " << file;
    } catch (const Fault& fault) {
      EXPECT_NE(fault.hint().find(mend), std::string::npos) << fault.hint();
    }
    std::filesystem::remove(dir_ + "/" + file);
  }
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/data/state.seal")) << "nothing was touched";
  start();
}

TEST_F(AppTest, OneFolderOneCollector) {
  auto second = configuration();
  ASSERT_TRUE(second.has_value());
  EXPECT_THROW(App(std::move(*second), fs_, clock_), Fault);
}

}  // namespace
}  // namespace xj::collector

#include "collector/http/enrolment.h"

#include <gtest/gtest.h>

#include "collector/http/rate_limit.h"
#include "core/io/log.h"
#include "core/json.h"
#include "tests/fakes/temp_db.h"

namespace xj::http {
namespace {

const Timestamp kNow = *parse_iso("2026-11-20T08:00:00Z");
constexpr auto kDay = std::chrono::hours{24};
constexpr auto kHour = std::chrono::hours{1};

struct Enrol : testing::Test {
  test::TempDb file;
  std::unique_ptr<io::Db> db = file.open();
  std::string ca_key = io::make_key();
  io::Authority ca{io::Authority::make(ca_key, "Test CA", {kNow - kDay, kNow + kDay * 3650}), ca_key};
  RevocationList revoked;
  Enrolment enrolment{*db, ca, revoked, {}};
  collector::AgentStore store{*db};
  std::string key = io::make_key();
  std::string csr = io::make_request(key, "web-01");

  void SetUp() override { log::set_level(log::Level::error); }
  void TearDown() override { log::set_level(log::Level::info); }

  std::string token(const std::string& agent = "web-01") {
    return enrolment.create_token(agent, kDay, "root", kNow);
  }
  Issued issued(const std::variant<Issued, Refused>& outcome) {
    if (const auto* good = std::get_if<Issued>(&outcome)) return *good;
    ADD_FAILURE() << to_text(std::get<Refused>(outcome));
    return {};
  }
  void expect_refused(const std::variant<Issued, Refused>& outcome, Refused why) {
    const auto* bad = std::get_if<Refused>(&outcome);
    ASSERT_NE(bad, nullptr) << "not refused";
    EXPECT_EQ(to_text(*bad), to_text(why));
  }
};

TEST_F(Enrol, ATokenBuysOneCertificate) {
  const auto text = token();
  EXPECT_EQ(io::parse_token(text)->ca_sha256, ca.info().sha256) << "the agent can pin the authority";
  const auto got = issued(enrolment.enrol(text, csr, "10.0.0.1", kNow));
  const auto info = io::read_certificate(got.certificate);
  EXPECT_EQ(got.agent, "web-01");
  EXPECT_EQ(got.ca, ca.certificate());
  EXPECT_EQ(info.name, "web-01");
  EXPECT_TRUE(io::signed_by(got.certificate, got.ca));
  EXPECT_TRUE(io::key_matches(key, got.certificate));
  EXPECT_LE(info.not_before, kNow);
  EXPECT_EQ(info.not_after, kNow + kDay * 90);
  const auto row = store.certificate(info.serial);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->via, "token:" + io::parse_token(text)->id);
  EXPECT_EQ(row->sha256, info.sha256);
  expect_refused(enrolment.enrol(text, csr, "10.0.0.1", kNow), Refused::token_used);
  EXPECT_EQ(store.certificates("web-01").size(), 1u);
}

TEST_F(Enrol, TheSecretIsNotInTheDatabase) {
  const auto secret = io::parse_token(token())->secret;
  const auto row = db->prepare("select * from agent_tokens");
  ASSERT_TRUE(row->step());
  for (int column = 0; column < 6; ++column)
    EXPECT_EQ(row->text_at(column).find(secret), std::string::npos) << "column " << column;
}

TEST_F(Enrol, EveryWayATokenCanBeWrong) {
  const auto text = token();
  auto forged = *io::parse_token(text);
  forged.secret = io::make_token(ca.info().sha256).secret;
  expect_refused(enrolment.enrol("", csr, "x", kNow), Refused::token_malformed);
  expect_refused(enrolment.enrol("hello", csr, "x", kNow), Refused::token_malformed);
  expect_refused(enrolment.enrol(io::to_text(io::make_token(ca.info().sha256)), csr, "x", kNow),
                 Refused::token_unknown);
  expect_refused(enrolment.enrol(io::to_text(forged), csr, "x", kNow), Refused::token_wrong);
  expect_refused(enrolment.enrol(io::to_text(forged), csr, "x", kNow + kDay * 2), Refused::token_wrong);
  expect_refused(enrolment.enrol(text, csr, "x", kNow + kDay), Refused::token_expired);
  expect_refused(enrolment.enrol(text, "no csr", "x", kNow), Refused::csr);
  expect_refused(enrolment.enrol(text, io::make_request(key, "db-01"), "x", kNow), Refused::name);
  // None of it used the token up.
  issued(enrolment.enrol(text, csr, "x", kNow));
}

TEST_F(Enrol, TheTokenNamesAnAgentThatDoesNotNameItself) {
  EXPECT_EQ(issued(enrolment.enrol(token("db-07"), io::make_request(key, ""), "x", kNow)).agent, "db-07");
}

TEST_F(Enrol, NamesThatCannotBe) {
  EXPECT_THROW(enrolment.create_token("../x", kDay, "root", kNow), Fault);
  EXPECT_THROW(enrolment.create_token("", kDay, "root", kNow), Fault);
  EXPECT_THROW(enrolment.create_token("xunjian-collector", kDay, "root", kNow), Fault)
      << "the collector itself";
}

TEST_F(Enrol, EnrollingAgainEndsTheOldCertificate) {
  const auto first =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  const auto second =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow + kDay - kHour)).certificate)
          .serial;
  EXPECT_TRUE(revoked.is_revoked("web-01", first));
  EXPECT_FALSE(revoked.is_revoked("web-01", second));
}

TEST_F(Enrol, RenewalKeepsTheOldOneGood) {
  const auto first =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  const auto later = kNow + kDay * 60;
  const auto next = issued(enrolment.renew("web-01", first, io::make_request(io::make_key(), ""), later));
  const auto info = io::read_certificate(next.certificate);
  EXPECT_EQ(info.name, "web-01");
  EXPECT_EQ(info.not_after, later + kDay * 90);
  EXPECT_EQ(store.certificate(info.serial)->via, "renewal:" + first);
  EXPECT_FALSE(revoked.is_revoked("web-01", first));
  expect_refused(enrolment.renew("web-01", first, io::make_request(key, "db-01"), later), Refused::name);
  expect_refused(enrolment.renew("web-01", first, "rubbish", later), Refused::csr);
}

TEST_F(Enrol, RenewalsAreLimited) {
  const auto serial =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  int good = 0;
  for (int i = 0; i < 20; ++i)
    good += std::holds_alternative<Issued>(enrolment.renew("web-01", serial, csr, kNow)) ? 1 : 0;
  EXPECT_EQ(good, 5);
  expect_refused(enrolment.renew("web-01", serial, csr, kNow), Refused::too_often);
  issued(enrolment.renew("web-01", serial, csr, kNow + kHour + Duration{1}));
}

TEST_F(Enrol, RevokedIsOutUntilANewToken) {
  const auto serial =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  const auto waiting = token();
  EXPECT_TRUE(enrolment.revoke("web-01", "root", kNow));
  EXPECT_FALSE(enrolment.revoke("nobody", "root", kNow));
  EXPECT_TRUE(revoked.is_revoked("web-01", serial));
  EXPECT_TRUE(revoked.is_revoked("web-01", "a serial this database never saw"));
  expect_refused(enrolment.renew("web-01", serial, csr, kNow), Refused::revoked);
  expect_refused(enrolment.enrol(waiting, csr, "x", kNow), Refused::token_used);
  const auto fresh =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  EXPECT_FALSE(revoked.is_revoked("web-01", fresh));
  EXPECT_TRUE(revoked.is_revoked("web-01", serial));
}

TEST_F(Enrol, WhatEndedLongAgoIsForgotten) {
  const auto first =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  const auto used = io::parse_token(token())->id;
  const auto second =
      io::read_certificate(issued(enrolment.renew("web-01", first, csr, kNow + kDay * 60)).certificate)
          .serial;
  enrolment.forget(kNow + kDay * 31 + Duration{0});
  EXPECT_TRUE(store.token(used)) << "30 days after its end";
  enrolment.forget(kNow + kDay * 180);
  EXPECT_FALSE(store.token(used));
  EXPECT_TRUE(store.certificate(first)) << "90 days after its end";
  enrolment.forget(kNow + kDay * 180 + Duration{1});
  EXPECT_FALSE(store.certificate(first));
  enrolment.forget(kNow + kDay * 3650);
  EXPECT_TRUE(store.certificate(second)) << "the newest says since when the agent is out";
}

TEST_F(Enrol, RevocationSurvivesARestart) {
  const auto serial =
      io::read_certificate(issued(enrolment.enrol(token(), csr, "x", kNow)).certificate).serial;
  enrolment.revoke("web-01", "root", kNow);
  RevocationList after;
  Enrolment again(*db, ca, after, {});
  EXPECT_FALSE(after.is_revoked("web-01", serial));
  again.refresh(kNow);
  EXPECT_TRUE(after.is_revoked("web-01", serial));
}

// ---- over HTTP ----

struct EnrolRoutes : Enrol {
  ManualClock clock{kNow};
  bool room = true;
  std::vector<Route> routes = enrolment_routes(
      [this](const std::function<void(Enrolment&, Timestamp)>& work) {
        if (room) work(enrolment, clock.now());
        return room;
      },
      clock);

  Response call(std::size_t route, const std::string& body, const std::string& address = "10.0.0.1") {
    Request request;
    request.body = body;
    request.peer.address = address;
    request.peer.agent = "web-01";
    request.peer.certificate = "00";
    Response out;
    int answers = 0;
    routes[route].handler(std::move(request), [&](Response r) { out = std::move(r), ++answers; });
    EXPECT_EQ(answers, 1);
    return out;
  }
  static std::string body(const std::string& token, const std::string& csr) {
    Json json;
    return json.set("token", token).set("csr", csr).dump();
  }
  static std::string code(const Response& r) {
    return std::get<Json>(parse_json(r.body))["error"]["code"].string_or("");
  }
};

TEST_F(EnrolRoutes, Enrol) {
  EXPECT_EQ(routes[0].pattern, "/v1/enroll");
  EXPECT_EQ(routes[0].access, Access::open);
  EXPECT_EQ(routes[1].pattern, "/v1/renew");
  EXPECT_EQ(routes[1].access, Access::agent);
  const auto r = call(0, body(token(), csr));
  ASSERT_EQ(r.status, 200) << r.body;
  const auto json = std::get<Json>(parse_json(r.body));
  EXPECT_EQ(json["agent"].string_or(""), "web-01");
  EXPECT_TRUE(io::signed_by(json["certificate"].string_or(""), json["ca"].string_or("")));
  EXPECT_EQ(call(1, body("", csr)).status, 200);
}

TEST_F(EnrolRoutes, TheCallerHearsOneRefusalForAllGuesses) {
  const auto good = token();
  auto forged = *io::parse_token(good);
  forged.secret = io::make_token(ca.info().sha256).secret;
  const auto used = token();
  issued(enrolment.enrol(used, csr, "x", kNow));
  std::set<std::string> bodies;
  for (const auto& text :
       {std::string("hello"), io::to_text(io::make_token(ca.info().sha256)), io::to_text(forged), used}) {
    const auto r = call(0, body(text, csr));
    EXPECT_EQ(r.status, 403);
    EXPECT_EQ(code(r), "enrolment_refused");
    bodies.insert(r.body);
  }
  EXPECT_EQ(bodies.size(), 1u);
  clock.advance(kDay);
  EXPECT_EQ(code(call(0, body(good, csr))), "enrolment_expired");
  EXPECT_EQ(code(call(0, body(io::to_text(forged), csr))), "enrolment_refused")
      << "only the holder hears of the end";
}

TEST_F(EnrolRoutes, BadBodies) {
  for (const std::string bad : {"", "x", "[]", "{}", R"({"token":1,"csr":2})", R"({"token":"a"})"}) {
    EXPECT_EQ(call(0, bad, "unix").status, 400) << bad;
    EXPECT_EQ(call(1, bad).status, 400) << bad;
  }
  EXPECT_EQ(code(call(0, body(token(), "rubbish"))), "enrolment_request");
  EXPECT_EQ(call(0, body(token("db-01"), csr)).status, 409);
}

TEST_F(EnrolRoutes, GuessingIsSlow) {
  int heard = 0;
  for (int i = 0; i < 50; ++i) heard += call(0, body("hello", csr)).status == 403 ? 1 : 0;
  EXPECT_EQ(heard, 10);
  const auto r = call(0, body(token(), csr));
  EXPECT_EQ(r.status, 429);
  EXPECT_EQ(r.headers.at(0).first, "Retry-After");
  EXPECT_EQ(call(0, body("hello", csr), "10.0.0.2").status, 403) << "others are not held up";
  clock.advance(std::chrono::minutes{1});
  EXPECT_EQ(call(0, body(token(), csr)).status, 200);
}

TEST_F(EnrolRoutes, AFullQueueIsSaid) {
  room = false;
  EXPECT_EQ(call(0, body(token(), csr)).status, 503);
  EXPECT_EQ(call(1, body("", csr)).status, 503);
}

TEST_F(EnrolRoutes, ARenewalTooManySaysWhenToComeAgain) {
  ASSERT_EQ(call(0, body(token(), csr)).status, 200);
  clock.advance(std::chrono::minutes{10});
  Response r;
  for (int i = 0; i < 6; ++i) r = call(1, body("", csr));
  ASSERT_EQ(r.status, 429);
  ASSERT_EQ(r.headers.size(), 1u);
  EXPECT_EQ(r.headers.at(0), (std::pair<std::string, std::string>{"Retry-After", "3000"}))
      << "when the first of six is an hour old";
  clock.advance(std::chrono::seconds{2999});
  EXPECT_EQ(call(1, body("", csr)).status, 429);
  clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(call(1, body("", csr)).status, 200);
}

TEST_F(EnrolRoutes, AFaultOfTheDatabaseIsAnswered) {
  const auto text = token();
  db->execute("drop table agent_certificates");
  EXPECT_EQ(call(0, body(text, csr)).status, 500);
  EXPECT_FALSE(store.token(io::parse_token(text)->id)->used) << "nothing was half done";
}

TEST(RateLimits, RefillAndStayBounded) {
  RateLimit limit(2, 60, 3);
  const MonoTime t{};
  EXPECT_TRUE(limit.take("a", t));
  EXPECT_TRUE(limit.take("a", t));
  EXPECT_FALSE(limit.take("a", t));
  EXPECT_TRUE(limit.take("a", t + Duration{1'000}));
  EXPECT_FALSE(limit.take("a", t + Duration{1'000}));
  EXPECT_TRUE(limit.take("b", t + Duration{1'000}));
  EXPECT_TRUE(limit.take("c", t + Duration{1'000}));
  EXPECT_FALSE(limit.take("d", t + Duration{1'000})) << "the table is full of addresses in use";
  EXPECT_TRUE(limit.take("d", t + Duration{10'000}));
}

TEST(RateLimits, Ipv6CountsByItsNetwork) {
  EXPECT_EQ(rate_key("2001:db8:1:2:3:4:5:6"), rate_key("2001:db8:1:2::1"));
  EXPECT_NE(rate_key("2001:db8:1:2::1"), rate_key("2001:db8:1:3::1"));
  EXPECT_EQ(rate_key("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(rate_key("10.0.0.1"), "10.0.0.1");
}

}  // namespace
}  // namespace xj::http

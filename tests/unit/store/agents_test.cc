#include "collector/store/agents.h"

#include <gtest/gtest.h>

#include "tests/fakes/temp_db.h"

namespace xj::collector {
namespace {

const Timestamp kNow = *parse_iso("2026-11-20T08:00:00Z");
constexpr auto kDay = std::chrono::hours{24};

struct Agents : testing::Test {
  test::TempDb file;
  std::unique_ptr<io::Db> db = file.open();
  AgentStore store{*db};
  static CertificateRow certificate(const std::string& serial, const std::string& agent, Timestamp issued) {
    return {serial, agent, "sha-" + serial, issued, issued + 90 * kDay, issued, "token:t", {}};
  }
};

TEST_F(Agents, AreKnownByTheirNewestCertificate) {
  store.add_certificate(certificate("01", "web", kNow), true);
  store.add_certificate(certificate("02", "web", kNow + kDay), false);
  store.add_certificate(certificate("03", "db", kNow), true);
  const auto all = store.agents();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "db");
  EXPECT_EQ(all[1].name, "web");
  EXPECT_EQ(all[1].serial, "02");
  EXPECT_EQ(all[1].enrolled, kNow);
  EXPECT_EQ(all[1].not_after, kNow + 91 * kDay);
  EXPECT_FALSE(all[1].last_seen);
  EXPECT_FALSE(all[1].revoked);
  EXPECT_FALSE(store.agent("nobody"));
  EXPECT_EQ(store.certificates("web").size(), 2u);
  EXPECT_EQ(store.certificates("web")[0].serial, "02");
  EXPECT_EQ(store.certificate("01")->agent, "web");
}

TEST_F(Agents, ASerialIsUsedOnce) {
  store.add_certificate(certificate("01", "web", kNow), true);
  EXPECT_THROW(store.add_certificate(certificate("01", "db", kNow), true), io::DbFault);
}

TEST_F(Agents, RevokedUntilTheyEnrolAgain) {
  store.add_certificate(certificate("01", "web", kNow), true);
  EXPECT_FALSE(store.revoke("nobody", kNow));
  EXPECT_TRUE(store.revoke("web", kNow + kDay));
  EXPECT_EQ(store.agent("web")->revoked, kNow + kDay);
  EXPECT_EQ(store.revoked_agents(), std::vector<std::string>{"web"});
  EXPECT_EQ(store.revoked_serials(kNow), std::vector<std::string>{"01"});
  EXPECT_TRUE(store.revoked_serials(kNow + 91 * kDay).empty()) << "expired ones need no list";
  store.add_certificate(certificate("02", "web", kNow + 2 * kDay), false);
  EXPECT_TRUE(store.agent("web")->revoked) << "a renewal in flight does not bring it back";
  store.add_certificate(certificate("03", "web", kNow + 3 * kDay), true);
  EXPECT_FALSE(store.agent("web")->revoked);
  EXPECT_EQ(store.revoked_serials(kNow), std::vector<std::string>{"01"});
}

TEST_F(Agents, CertificatesLongOverAreForgottenButNotTheNewest) {
  for (int i = 0; i < 6; ++i)
    store.add_certificate(certificate("w" + std::to_string(i), "web", kNow + i * kDay), i == 0);
  store.add_certificate(certificate("d0", "db", kNow), true);
  store.revoke_certificates("web", kNow + 6 * kDay);
  EXPECT_EQ(store.forget_certificates(kNow + 90 * kDay, 100), 0) << "not over yet";
  EXPECT_EQ(store.revoked_serials(kNow + 7 * kDay).size(), 6u);
  const auto after = kNow + 93 * kDay;  // w0, w1 and w2 have ended, d0 too
  EXPECT_EQ(store.forget_certificates(after, 2), 2) << "a few at a time";
  EXPECT_EQ(store.forget_certificates(after, 2), 1);
  EXPECT_EQ(store.forget_certificates(after, 2), 0);
  EXPECT_FALSE(store.certificate("w2"));
  EXPECT_TRUE(store.certificate("w3")) << "refused until it would have ended";
  EXPECT_TRUE(store.certificate("d0")) << "what the agent is known by";
  EXPECT_EQ(store.forget_certificates(kNow + 9999 * kDay, 100), 2);
  EXPECT_EQ(store.agent("web")->serial, "w5");
  const auto plan = db->prepare(
      "explain query plan select serial from agent_certificates "
      "where superseded is not null and not_after < 1 order by not_after limit 1");
  ASSERT_TRUE(plan->step());
  EXPECT_NE(plan->text_at(3).find("agent_certificates_over"), std::string::npos) << plan->text_at(3);
}

TEST_F(Agents, TokensAreUsedOnce) {
  store.add_token({"id1", "web", "hash", kNow, kNow + kDay, "root", {}});
  const auto token = store.token("id1");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->hash, "hash");
  EXPECT_EQ(token->by, "root");
  EXPECT_FALSE(token->used);
  EXPECT_TRUE(store.use_token("id1", kNow));
  EXPECT_FALSE(store.use_token("id1", kNow));
  EXPECT_FALSE(store.use_token("id2", kNow));
  EXPECT_EQ(store.token("id1")->used, kNow);
  store.forget_tokens(kNow + kDay);
  EXPECT_TRUE(store.token("id1"));
  store.forget_tokens(kNow + kDay + Duration{1});
  EXPECT_FALSE(store.token("id1"));
}

TEST_F(Agents, ARevokedAgentsTokensAreWorthNothing) {
  store.add_token({"id1", "web", "hash", kNow, kNow + kDay, "root", {}});
  store.add_token({"id2", "db", "hash", kNow, kNow + kDay, "root", {}});
  store.revoke_tokens("web", kNow);
  EXPECT_TRUE(store.token("id1")->used);
  EXPECT_FALSE(store.token("id2")->used);
}

}  // namespace
}  // namespace xj::collector

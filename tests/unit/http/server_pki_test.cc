#include "collector/http/server_pki.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "core/io/file.h"
#include "core/io/log.h"

namespace xj::http {
namespace {

const Timestamp kNow = *parse_iso("2026-11-20T08:00:00Z");
constexpr auto kDay = std::chrono::hours{24};

struct ServerPkiTest : testing::Test {
  std::string root;
  void SetUp() override {
    std::string name = testing::TempDir() + "xj_pki_XXXXXX";
    root = ::mkdtemp(name.data());
    log::set_level(log::Level::error);
  }
  void TearDown() override {
    std::filesystem::remove_all(root);
    log::set_level(log::Level::info);
  }
  std::string dir() const { return root + "/data/pki"; }
  ServerPki make(std::vector<std::string> hosts = {"collector.example.cn", "10.0.0.5"},
                 Timestamp now = kNow) {
    return ServerPki(dir(), std::move(hosts), kDay * 365, now);
  }
  std::string read(const std::string& name) {
    io::PosixFileSystem fs;
    return io::read_whole(fs, dir() + '/' + name);
  }
};

TEST_F(ServerPkiTest, FirstStartMakesEverythingLaterOnesKeepIt) {
  const auto first = make().authority().info();
  EXPECT_TRUE(first.authority);
  EXPECT_GE(first.not_after, kNow + kDay * 3650);
  const auto server = io::read_certificate(read("server.pem"));
  EXPECT_EQ(server.hosts, (std::vector<std::string>{"collector.example.cn", "10.0.0.5"}));
  EXPECT_TRUE(io::signed_by(read("server.pem"), read("ca.pem")));
  for (const auto* secret : {"ca.key", "server.key"}) {
    struct stat status{};
    ASSERT_EQ(::stat((dir() + '/' + secret).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << secret;
  }
  struct stat status{};
  ASSERT_EQ(::stat(dir().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ(make().authority().info().sha256, first.sha256);
  EXPECT_EQ(io::read_certificate(read("server.pem")).serial, server.serial);
}

TEST_F(ServerPkiTest, RenewsWithAThirdOfItsLifeLeft) {
  auto pki = make();
  const auto serial = io::read_certificate(read("server.pem")).serial;
  EXPECT_FALSE(pki.renew_if_due(kNow + kDay * 200));
  EXPECT_TRUE(pki.renew_if_due(kNow + kDay * 245));
  const auto info = io::read_certificate(read("server.pem"));
  EXPECT_NE(info.serial, serial);
  EXPECT_EQ(info.not_after, kNow + kDay * (245 + 365));
  EXPECT_FALSE(pki.renew_if_due(kNow + kDay * 245));
}

TEST_F(ServerPkiTest, NewNamesNewCertificateSameAuthority) {
  const auto ca = make().authority().info().sha256;
  const auto other = make({"new.example.cn"});
  EXPECT_EQ(other.authority().info().sha256, ca);
  EXPECT_EQ(io::read_certificate(read("server.pem")).hosts, std::vector<std::string>{"new.example.cn"});
}

TEST_F(ServerPkiTest, ADamagedServerCertificateIsReplaced) {
  make();
  std::ofstream(dir() + "/server.pem") << "rubbish";
  make();
  EXPECT_NO_THROW(io::read_certificate(read("server.pem")));
  // As after a crash between key and certificate.
  io::write_secret(dir() + "/server.key", io::make_key());
  make();
  EXPECT_TRUE(io::key_matches(read("server.key"), read("server.pem")));
}

TEST_F(ServerPkiTest, ALostAuthorityIsNeverReplacedInSilence) {
  make();
  std::filesystem::remove(dir() + "/ca.key");
  EXPECT_THROW(make(), Fault);
  EXPECT_FALSE(std::filesystem::exists(dir() + "/ca.key"));
}

TEST_F(ServerPkiTest, TheAuthoritysCertificateAloneIsMadeAgainFromItsKey) {
  const auto agent_key = io::make_key();
  const auto agent =
      make().authority().sign_agent(io::make_request(agent_key, "a"), "a", {kNow, kNow + kDay});
  std::filesystem::remove(dir() + "/ca.pem");
  make();
  EXPECT_TRUE(io::signed_by(agent, read("ca.pem")));
}

TEST_F(ServerPkiTest, AKeyOpenToOthersIsRefused) {
  make();
  ::chmod((dir() + "/ca.key").c_str(), 0644);
  EXPECT_THROW(make(), Fault);
}

}  // namespace
}  // namespace xj::http

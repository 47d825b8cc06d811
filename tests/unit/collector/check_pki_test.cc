// Keys and certificates as a start makes them are sound; with any bit of them flipped they are not, and what
// a start refuses is named.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "collector/http/server_pki.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector {
namespace {

bool names(const Findings& findings, const std::string& file) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return f.file == file; });
}

class CheckPki : public testing::Test {
 protected:
  Checked pki() {
    Checked out;
    check_pki(folder.fs, folder.dir, out);
    return out;
  }
  // As a start makes it, and takes it.
  http::ServerPki start_pki() const {
    return http::ServerPki(folder.dir + "/pki", {"localhost"}, std::chrono::hours{24 * 90}, folder.now);
  }
  bool starts() const {
    try {
      (void)start_pki();
      return true;
    } catch (const Fault&) {
      return false;
    }
  }

  DataFolder folder;
};

// Of a key that lost a bit of its secret half a start sees nothing: it signs what nobody can verify.
TEST_F(CheckPki, EveryFlippedBitOfTheKeysAndCertificatesIsNamed) {
  (void)start_pki();
  ASSERT_EQ(told(pki().findings), "");
  ASSERT_EQ(folder.names("pki").size(), 4u);
  std::size_t unseen = 0;
  for (const auto& name : folder.names("pki")) {
    const bool of_server = name.starts_with("pki/server");
    const auto bytes = folder.read(name);
    ASSERT_GT(bytes.size(), 200u) << name;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const int bit = static_cast<int>(at % 8);
      folder.flip(name, at, bit);
      const auto findings = pki().findings;
      EXPECT_TRUE(names(findings, name)) << name << " byte " << at << " bit " << bit;
      for (const auto& f : findings)
        if (f.file == name) {
          EXPECT_EQ(f.mend.id, of_server ? "safety.mend.itself" : "safety.mend.authority") << told(findings);
        }
      if (!of_server && at % 10 == 0) unseen += starts() ? 1 : 0;
      folder.write(name, bytes);
    }
  }
  EXPECT_GT(unseen, 0u) << "all that a start refuses, and more";
  EXPECT_EQ(told(pki().findings), "");
}

TEST_F(CheckPki, KeysAndCertificatesThatDoNotBelongTogetherAreNamed) {
  (void)start_pki();
  std::map<std::string, std::string> first;
  for (const auto& name : folder.names("pki")) first[name] = folder.read(name);
  std::filesystem::remove_all(folder.dir + "/pki");
  (void)start_pki();
  for (const auto& [name, bytes] : first) {
    const auto second = folder.read(name);
    folder.write(name, bytes);
    EXPECT_TRUE(names(pki().findings, name == "pki/ca.key"       ? "pki/ca.pem"
                                      : name == "pki/server.key" ? "pki/server.pem"
                                                                 : name))
        << name << '\n'
        << told(pki().findings);
    EXPECT_EQ(starts(), name.starts_with("pki/server")) << name;
    folder.write(name, second);
    (void)start_pki();  // which may have made the server's anew
  }
  EXPECT_EQ(told(pki().findings), "");
}

TEST_F(CheckPki, WhatAStartRefusesOfTheKeysIsNamed) {
  folder.start();
  folder.live(5);
  folder.stop();
  (void)start_pki();
  ASSERT_EQ(told(folder.check().findings), "");
  std::filesystem::rename(folder.dir + "/pki/ca.key", folder.root + "/away");
  EXPECT_TRUE(names(folder.check().findings, "pki/ca.key"));
  EXPECT_FALSE(starts());
  std::filesystem::rename(folder.root + "/away", folder.dir + "/pki/ca.key");
  using std::filesystem::perms;
  for (const auto* key : {"pki/ca.key", "pki/server.key"}) {
    const auto path = folder.dir + "/" + key;
    std::filesystem::permissions(path, perms::group_read, std::filesystem::perm_options::add);
    EXPECT_TRUE(names(folder.check().findings, key));
    EXPECT_FALSE(starts()) << key;
    std::filesystem::permissions(path, perms::group_read, std::filesystem::perm_options::remove);
  }
  // What people put beside them is theirs; a server's pair that is not whole is made at the next start.
  folder.write("pki/notes.txt", "of a person");
  std::filesystem::create_directory(folder.dir + "/pki/old");
  std::filesystem::remove(folder.dir + "/pki/server.pem");
  EXPECT_EQ(told(folder.check().findings), "");
  EXPECT_TRUE(starts());
}

}  // namespace
}  // namespace xj::collector

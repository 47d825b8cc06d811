#include "core/io/pki.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "core/io/file.h"

namespace xj::io {
namespace {

const Timestamp kNow = *parse_iso("2026-11-20T00:00:00Z");
constexpr auto kDay = std::chrono::hours{24};

struct Pki : testing::Test {
  std::string ca_key = make_key();
  std::string ca = Authority::make(ca_key, "Xunjian CA", {kNow, kNow + kDay * 3650});
  Authority authority{ca, ca_key};
  std::string key = make_key();
  std::string csr = make_request(key, "web-01");
};

TEST_F(Pki, AuthorityIsSelfSignedAndNamed) {
  const auto& info = authority.info();
  EXPECT_EQ(info.name, "Xunjian CA");
  EXPECT_EQ(info.issuer, "Xunjian CA");
  EXPECT_TRUE(info.authority);
  EXPECT_EQ(info.not_before, kNow);
  EXPECT_EQ(info.not_after, kNow + kDay * 3650);
  EXPECT_TRUE(signed_by(ca, ca));
  EXPECT_TRUE(key_matches(ca_key, ca));
}

TEST_F(Pki, AgentCertificateCarriesTheGivenNameNotTheRequests) {
  const auto cert = authority.sign_agent(csr, "db-02", {kNow, kNow + kDay * 90});
  const auto info = read_certificate(cert);
  EXPECT_EQ(info.name, "db-02");
  EXPECT_EQ(info.issuer, "Xunjian CA");
  EXPECT_EQ(info.serial.size(), 32u);
  EXPECT_EQ(info.not_after, kNow + kDay * 90);
  EXPECT_EQ(info.sha256.size(), 64u);
  EXPECT_FALSE(info.authority);
  EXPECT_TRUE(signed_by(cert, ca));
  EXPECT_TRUE(key_matches(key, cert));
  EXPECT_FALSE(key_matches(ca_key, cert));
  EXPECT_EQ(renewal_due(info), kNow + kDay * 60);
}

TEST_F(Pki, SerialsDiffer) {
  std::set<std::string> serials;
  for (int i = 0; i < 20; ++i)
    serials.insert(read_certificate(authority.sign_agent(csr, "a", {kNow, kNow + kDay})).serial);
  EXPECT_EQ(serials.size(), 20u);
}

TEST_F(Pki, ServerCertificateHoldsNamesAndAddresses) {
  const std::vector<std::string> hosts{"collector.example.cn", "10.1.2.3", "::1"};
  EXPECT_EQ(read_certificate(authority.sign_server(csr, hosts, {kNow, kNow + kDay})).hosts, hosts);
  EXPECT_THROW(authority.sign_server(csr, {}, {kNow, kNow + kDay}), PkiFault);
  EXPECT_THROW(authority.sign_server(csr, {"a.cn,DNS:b.cn"}, {kNow, kNow + kDay}), PkiFault);
}

TEST_F(Pki, LeafNeverOutlivesTheAuthority) {
  const auto cert = authority.sign_agent(csr, "a", {kNow, kNow + kDay * 10'000});
  EXPECT_EQ(read_certificate(cert).not_after, authority.info().not_after);
}

TEST_F(Pki, RequestTellsItsNameAndIsChecked) {
  EXPECT_EQ(request_name(csr), "web-01");
  EXPECT_EQ(request_name(make_request(key, "")), "");
  auto damaged = csr;
  damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_THROW(request_name(damaged), PkiFault);
  EXPECT_THROW(request_name(""), PkiFault);
  EXPECT_THROW(request_name(ca), PkiFault);
  EXPECT_THROW(request_name(std::string(kMaxPem + 1, 'x')), PkiFault);
}

TEST_F(Pki, RequestWithAnotherKindOfKeyIsRefused) {
  // RSA 1024, made with the openssl program; refused for its kind before its signature costs anything.
  const std::string rsa =
      "-----BEGIN CERTIFICATE REQUEST-----\n"
      "MIIBSzCBtQIBADAMMQowCAYDVQQDDAFhMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\n"
      "iQKBgQCoaU73b2RE4ZPC+DsX/SfVh6/g4A8tGnwvNeCPhTN37nsBbJMuIq/fQSN4\n"
      "GE53OYuvWFuRYd++642wup/3z0AU+Jqfllmegj3xOhD2QDn1TOsWWwfyD0aoyNl1\n"
      "vyJHgiVV+pO3RUFptFMy+5kRzsftZPkwMy7/XeFqfEHeUh6W6wIDAQABoAAwDQYJ\n"
      "KoZIhvcNAQELBQADgYEAk9yw+GgznSpoifzOmaO6nTVBPfoX2lIockSIbVXd07VN\n"
      "fqeQoEf1NpDL5o1CuVzO6n1rt+aYPBKSmdap0bYHJ4+EgKxqyHYfsNTrN5o4dixk\n"
      "bkSfYxBIt172zegFg8p9JK+QPGD5B+Fy8D07DNixsdPcLyycxHN5N6xnLHPL9RU=\n"
      "-----END CERTIFICATE REQUEST-----\n";
  try {
    request_name(rsa);
    FAIL();
  } catch (const PkiFault& fault) {
    EXPECT_NE(std::string(fault.what()).find("P-256"), std::string::npos) << fault.what();
  }
}

// A reader of PEM takes much for the same that is not what was written.
TEST_F(Pki, WhatIsNotAsItWasWrittenIsNotExact) {
  EXPECT_TRUE(is_exact_key(ca_key));
  EXPECT_TRUE(is_exact_certificate(ca));
  auto with_cr = ca;
  with_cr.insert(with_cr.find('\n'), "\r");
  for (const auto& text : {"\n" + ca, ca + "x", with_cr, ca + ca}) {
    EXPECT_EQ(read_certificate(text).sha256, authority.info().sha256);
    EXPECT_FALSE(is_exact_certificate(text)) << text;
  }
  EXPECT_FALSE(is_exact_key(ca_key + "\n"));
  EXPECT_THROW((void)is_exact_key("rubbish"), PkiFault);
  EXPECT_THROW((void)is_exact_certificate(ca_key), PkiFault);
}

TEST_F(Pki, BadPemThrowsWithWords) {
  EXPECT_THROW(read_certificate("rubbish"), PkiFault);
  EXPECT_THROW(make_request("rubbish", "a"), PkiFault);
  EXPECT_THROW(Authority(ca, key), PkiFault);
  EXPECT_THROW(Authority(authority.sign_agent(csr, "a", {kNow, kNow + kDay}), key), PkiFault);
  EXPECT_THROW(authority.sign_agent(csr, "../etc", {kNow, kNow + kDay}), PkiFault);
  EXPECT_THROW(authority.sign_agent(csr, "a", {kNow, kNow}), PkiFault);
  EXPECT_THROW(make_request(key, std::string(65, 'a')), PkiFault);
}

TEST(PkiNames, OnlyPlainOnes) {
  for (const auto* good : {"a", "web-01", "oa.db_1", "A9"}) EXPECT_TRUE(valid_agent_name(good)) << good;
  for (const auto* bad : {"", ".a", "-a", "a/b", "a b", "甲", "a\n"})
    EXPECT_FALSE(valid_agent_name(bad)) << bad;
  EXPECT_FALSE(valid_agent_name(std::string(65, 'a')));
}

TEST(JoinTokens, ReadBackWhatTheyWrite) {
  const auto ca = sha256_hex("x");
  const auto token = make_token(ca);
  const auto text = to_text(token);
  const auto back = parse_token(text + "\n");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, token.id);
  EXPECT_EQ(back->secret, token.secret);
  EXPECT_EQ(back->ca_sha256, ca);
  EXPECT_NE(make_token(ca).secret, token.secret);
  EXPECT_FALSE(parse_token(""));
  EXPECT_FALSE(parse_token("xj1"));
  EXPECT_FALSE(parse_token(text + "x"));
  EXPECT_FALSE(parse_token("xj2" + text.substr(3)));
  EXPECT_FALSE(parse_token(text + ".x"));
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(parse_token(text.substr(0, cut))) << cut;
}

TEST(Hashes, KnownAnswer) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "ab"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

struct SecretFile : testing::Test {
  std::string dir = [] {
    std::string name = testing::TempDir() + "xj_secret_XXXXXX";
    return std::string(::mkdtemp(name.data()));
  }();
  std::string path = dir + "/key";
  ~SecretFile() override { ::unlink(path.c_str()), ::rmdir(dir.c_str()); }
};

TEST_F(SecretFile, IsForItsOwnerAlone) {
  write_secret(path, "s3cret");
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(read_secret(path), "s3cret");
  write_secret(path, "other");
  EXPECT_EQ(read_secret(path), "other");
  EXPECT_THROW(read_secret(path, 3), Fault);
}

TEST_F(SecretFile, OpenToOthersIsRefusedWithTheRemedy) {
  write_secret(path, "s3cret");
  ::chmod(path.c_str(), 0640);
  try {
    read_secret(path);
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_EQ(fault.hint(), "chmod 600 " + path);
  }
  EXPECT_THROW(read_secret(dir + "/absent"), IoFault);
  EXPECT_THROW(write_secret(dir + "/no/such", "x"), IoFault);
}

}  // namespace
}  // namespace xj::io

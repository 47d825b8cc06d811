#include "collector/contract/assignment.h"

#include <gtest/gtest.h>

#include "collector/contract/digest.h"
#include "collector/contract/loader.h"
#include "tests/fakes/places.h"

namespace xj::collector {
namespace {

domain::ContractPtr example() {
  Problems problems;
  auto c = load_contract(source_dir() + "/config/examples/contracts/office-oa/contract.yaml", {}, problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  return c;
}

std::vector<std::string> ids(const wire::Assignment& a) {
  std::vector<std::string> out;
  for (const auto& check : a.checks) out.push_back(check.id);
  return out;
}

TEST(Assignment, EachHostGetsItsOwnChecksInAStableOrder) {
  const std::vector<domain::ContractPtr> contracts{example()};
  EXPECT_EQ(hosts(contracts),
            (std::vector<std::string>{"oa-app-01", "oa-app-02", "oa-db-01", "xunjian-collector"}));
  const auto db = assignment_for("oa-db-01", contracts);
  EXPECT_EQ(ids(db),
            (std::vector<std::string>{"office-oa/oa/cpu", "office-oa/oa/db-port", "office-oa/oa/disk",
                                      "office-oa/oa/diskio", "office-oa/oa/intrusion", "office-oa/oa/load",
                                      "office-oa/oa/memory", "office-oa/oa/network", "office-oa/oa/swap",
                                      "office-oa/oa/uptime"}));
  EXPECT_EQ(db.checks[1].kind, "tcp");
  EXPECT_EQ(db.checks[1].params.at("port").texts.front(), "5432");
  EXPECT_EQ(db.checks[1].params.at("port").place, Place{});
  EXPECT_EQ(db.revision, assignment_for("oa-db-01", contracts).revision);
  EXPECT_EQ(db.revision.size(), 32U);
  EXPECT_NE(db.revision, assignment_for("oa-app-01", contracts).revision);
  const auto stranger = assignment_for("elsewhere", contracts);
  EXPECT_TRUE(stranger.checks.empty());
  EXPECT_FALSE(stranger.revision.empty());
}

TEST(Assignment, TheRevisionIsOfTheContentAlone) {
  const auto a = example();
  auto changed = std::make_shared<domain::Contract>(*a);
  changed->revision = "other";
  changed->kinds.clear();
  const std::vector<domain::ContractPtr> before{a}, same{changed};
  EXPECT_EQ(assignment_for("oa-db-01", before).revision, assignment_for("oa-db-01", same).revision);
  auto threshold = std::make_shared<domain::Contract>(*a);
  threshold->systems[0].checks[0].params["warn"].texts = {"71%"};
  const std::vector<domain::ContractPtr> other{threshold};
  EXPECT_NE(assignment_for("oa-db-01", before).revision, assignment_for("oa-db-01", other).revision);
}

TEST(Assignment, ChecksAreFoundByTheirWireId) {
  const std::vector<domain::ContractPtr> contracts{example()};
  const auto found = find_check("office-oa/oa/db-port", contracts);
  ASSERT_NE(found.check, nullptr);
  EXPECT_EQ(found.check->kind, "tcp");
  EXPECT_EQ(found.system->id, "oa");
  EXPECT_EQ(find_check("office-oa/oa/nothing", contracts).check, nullptr);
  EXPECT_EQ(find_check("local/root-disk", contracts).check, nullptr);
  EXPECT_EQ(find_check("x", contracts).check, nullptr);
}

TEST(Digest, IsSha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace xj::collector

#include "collector/domain/dependency.h"

#include <gtest/gtest.h>

#include <map>

#include "collector/domain/suppress.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

// hr/http runs on web2; oa's four checks on web1 and web2.
std::shared_ptr<Contract> with(std::vector<Dependency> dependencies) {
  auto c = fixture::contract();
  c->systems[1].hosts = {"db1"};
  c->systems[1].checks[0].hosts = {"db1"};
  c->dependencies = std::move(dependencies);
  return c;
}
Dependency database() {
  Dependency d;
  d.id = "database", d.title = {"数据库", "database"};
  d.checks = {"oa/http", "oa/login"}, d.needs = {"hr/http"};
  return d;
}
Dependency site(std::vector<std::string> hosts, std::string check) {
  Dependency d;
  d.id = "site", d.hosts = std::move(hosts), d.needs = {std::move(check)};
  return d;
}
struct Ground {
  std::map<Place, Footing> known;
  void fails(const Place& place, Timestamp since = kT0) {
    ItemRef item{place.check.substr(0, place.check.find('/')),
                 place.check.empty() ? "" : place.check.substr(place.check.find('/') + 1), place.host, ""};
    known[place] = {true, item, since};
  }
  void well(const Place& place, Timestamp since) { known[place] = {false, {}, since}; }
  Footings look() const {
    return [this](const Place& place) -> std::optional<Footing> {
      const auto it = known.find(place);
      return it == known.end() ? std::nullopt : std::optional(it->second);
    };
  }
};
const Place kHttp{"oa/http", "web1"}, kDocs{"oa/docs", "web1"}, kDb{"hr/http", "db1"};

TEST(Dependency, IsAboutChecksSystemsAndHostsButNeverAboutWhatItNeeds) {
  auto d = database();
  EXPECT_TRUE(concerns(d, kHttp));
  EXPECT_FALSE(concerns(d, kDocs));
  EXPECT_FALSE(concerns(d, kDb));
  d.checks.clear(), d.systems = {"oa", "hr"};
  EXPECT_TRUE(concerns(d, kDocs));
  EXPECT_FALSE(concerns(d, kDb)) << "what is needed does not need itself";
  EXPECT_FALSE(concerns(d, {{}, "web1"})) << "a silent host has other reasons than a system's checks";
  d.systems.clear(), d.hosts = {"web1"};
  EXPECT_TRUE(concerns(d, {{}, "web1"}));
  EXPECT_TRUE(concerns(d, kDocs));
  EXPECT_FALSE(concerns(d, {"oa/docs", "web2"}));
}

TEST(Dependency, WhatItNeedsOnItsOwnHostCountsElseAllOfThem) {
  const auto contract = with({database()});
  Ground ground;
  EXPECT_FALSE(cause_of(*contract, kHttp, ground.look())) << "of what was never heard nothing is said";
  ground.fails(kDb);
  const auto cause = cause_of(*contract, kHttp, ground.look());
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->dependency->id, "database");
  EXPECT_EQ(cause->item.host, "db1");
  EXPECT_FALSE(cause_of(*contract, kDocs, ground.look()));

  contract->systems[1].checks[0].hosts = {"db1", "web2", "db3"};
  EXPECT_TRUE(cause_of(*contract, kHttp, ground.look())) << "of db3 nothing is known";
  ground.well({"hr/http", "db3"}, kT0);
  EXPECT_FALSE(cause_of(*contract, kHttp, ground.look())) << "one of them is well";
  ground.fails({"hr/http", "web2"});
  EXPECT_TRUE(cause_of(*contract, {"oa/http", "web2"}, ground.look())) << "its own host sees it fail";
  EXPECT_FALSE(cause_of(*contract, kHttp, ground.look()));
}

TEST(Dependency, AChainEndsAtItsRoot) {
  auto line = site({"db1"}, "oa/docs");
  const auto contract = with({database(), line});
  contract->systems[0].checks[1].hosts = {"web2"};
  Ground ground;
  ground.fails(kDb), ground.fails({"oa/docs", "web2"});
  const auto chain = causes_of(*contract, kHttp, ground.look());
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].item.host, "db1");
  EXPECT_EQ(chain[1].item.check, "docs");
}

TEST(Dependency, ItIsWellSinceTheLastOfWhatItNeedsBecameSo) {
  const auto contract = with({database()});
  Ground ground;
  EXPECT_FALSE(well_since(*contract, kHttp, ground.look()));
  ground.fails(kDb);
  EXPECT_FALSE(well_since(*contract, kHttp, ground.look()));
  ground.well(kDb, kT0 + 5min);
  EXPECT_EQ(well_since(*contract, kHttp, ground.look())->at, kT0 + 5min);
  EXPECT_FALSE(well_since(*contract, kDocs, ground.look())) << "it needs nothing";
}

TEST(Dependency, ACircleIsFoundWithItsWay) {
  EXPECT_TRUE(find_cycle(*with({})).empty());
  EXPECT_TRUE(find_cycle(*with({database()})).empty());
  auto back = database();
  back.checks = {"hr/http"}, back.needs = {"oa/http"};
  const auto way = find_cycle(*with({database(), back}));
  ASSERT_EQ(way.size(), 2U);
  EXPECT_EQ(name_of(way[0]), "oa/http@web1");
  EXPECT_EQ(name_of(way[1]), "hr/http@db1");
  // A check needs the host it runs on: the silence of the host would be its own excuse.
  EXPECT_EQ(find_cycle(*with({site({"db1"}, "hr/http")})).size(), 2U);
  EXPECT_TRUE(find_cycle(*with({site({"web1", "web2"}, "hr/http")})).empty());
  Dependency each;
  each.id = "each", each.hosts = {"web1"}, each.needs_hosts = {"web2"};
  auto other = each;
  other.hosts = {"web2"}, other.needs_hosts = {"web1"};
  EXPECT_TRUE(find_cycle(*with({each})).empty());
  EXPECT_EQ(find_cycle(*with({each, other})).size(), 2U);
}

Transition fails(State from, State to) {
  Transition t;
  t.before = {from != State::ok, from, false, false};
  t.after = {to != State::ok, to, false, false};
  t.at = t.known = kT0 + 3min;
  return t;
}

TEST(Dependency, HoldsBackWhatIsNewsAndAllThatBecomesOfIt) {
  const auto contract = with({database()});
  const ItemRef http{"oa", "http", "web1", ""}, docs{"oa", "docs", "web1", ""};
  Ground ground;
  const auto held = [&](const ItemRef& item, const Transition& t, bool so_far) {
    return held_back(*contract, item, t, so_far, ground.look());
  };
  EXPECT_FALSE(held(http, fails(State::ok, State::critical), false));
  ground.fails(kDb);
  EXPECT_TRUE(held(http, fails(State::ok, State::critical), false));
  EXPECT_TRUE(held(http, fails(State::warning, State::critical), false)) << "got worse";
  EXPECT_FALSE(held(http, fails(State::critical, State::warning), false)) << "got better";
  EXPECT_FALSE(held(docs, fails(State::ok, State::critical), false));
  ground.well(kDb, kT0 + 10min);
  EXPECT_TRUE(held(http, fails(State::critical, State::warning), true)) << "until it is said";
  EXPECT_FALSE(held(http, fails(State::critical, State::ok), true));
}

TEST(Dependency, IsAnnouncedAsOfWhenWhatItNeedsBecameWell) {
  auto contract = with({database()});
  const ItemRef http{"oa", "http", "web1", ""};
  const auto since = kT0 + 1min;
  Ground ground;
  ground.fails(kDb);
  EXPECT_FALSE(announced(*contract, http, since, kT0 + 30min, ground.look()));
  ground.well(kDb, kT0 + 20min);
  auto said = announced(*contract, http, since, kT0 + 30min, ground.look());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->at, kT0 + 20min);
  EXPECT_TRUE(said->mended);
  EXPECT_EQ(render(said->reason, Lang::en),
            "what it needs (database) is well again since 2026-11-20 09:20:00, and it still stands");
  // A window that goes on beyond holds it back longer, and is what is named.
  MaintenanceWindow window;
  window.id = "patching", window.title = {"打补丁", "patching"}, window.every = Every::day, window.at = 9h,
  window.length = 40min;
  contract->maintenance = {window};
  EXPECT_FALSE(announced(*contract, http, since, kT0 + 30min, ground.look()));
  said = announced(*contract, http, since, kT0 + 41min, ground.look());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->at, kT0 + 40min);
  EXPECT_FALSE(said->mended);
  EXPECT_EQ(said->reason.id, "domain.why.maintenance_over");
  // Taken out of the contract it ends at once.
  contract->maintenance.clear(), contract->dependencies.clear();
  said = announced(*contract, http, since, kT0 + 30min, ground.look());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->at, kT0 + 30min);
  EXPECT_EQ(said->reason.id, "domain.why.held_no_more");
}

}  // namespace
}  // namespace xj::domain

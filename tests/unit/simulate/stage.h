#pragma once
// What the tests of the simulator share: the example contracts, a folder that goes with its owner, a check of
// everything derived after a run.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "collector/contract/calendars.h"
#include "collector/simulate/outcome.h"
#include "collector/store/recompute.h"
#include "tests/fakes/places.h"

namespace xj::collector {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "xj_sim_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline const domain::HolidayTable& holidays() {
  static const auto table = [] {
    Problems problems;
    return load_holidays(source_dir() + "/config/examples/calendar-cn.csv", problems);
  }();
  return table;
}
inline LoadOptions contract_options() {
  LoadOptions options;
  options.holidays = &holidays();
  return options;
}
inline domain::ContractPtr example_contract(const std::string& id) {
  Problems problems;
  auto contract = load_contract(source_dir() + "/config/examples/contracts/" + id + "/contract.yaml",
                                contract_options(), problems);
  EXPECT_NE(contract, nullptr) << render(problems, Lang::en);
  return contract;
}
inline constexpr const char* kExamples[] = {"office-oa", "civil-affairs", "zone-oa", "public-service",
                                            "investment-oa"};

// Everything derived in state.db comes out the same when it is made again from the events.
inline void expect_recomputed(Simulation& simulation) {
  RecomputeOptions options;
  options.read_contract = [](const std::string& revision, const std::string& tree) {
    static std::map<std::string, domain::ContractPtr> read;  // reading one takes longer than a short scenario
    auto& contract = read[tree];
    Problems problems;
    if (contract == nullptr) contract = read_contract(tree, "state.db", contract_options(), problems);
    return contract != nullptr && contract->revision == revision ? contract : nullptr;
  };
  const auto made = recompute(simulation.db(), options);
  EXPECT_EQ(made.cases, simulation.cases().size());
  EXPECT_EQ(made.not_decided, 0U);
  for (const auto& d : made.differences)
    ADD_FAILURE() << d.table << ' ' << d.key << ' ' << d.column << ": " << d.stored
                  << ", again: " << d.rebuilt;
}

}  // namespace xj::collector

#pragma once
// A collector without a network: the real pipeline on a disk in memory, a manual clock, agents as functions.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/pipeline.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/power_cut_vfs.h"
#include "tests/fakes/small_contract.h"

namespace xj::collector {

using namespace std::chrono_literals;

// A database whose next commit can be told to fail, as on a full disk.
class MoodyDb final : public io::Db {
 public:
  explicit MoodyDb(std::unique_ptr<io::Db> under) : under_(std::move(under)) {}
  bool full = false;
  std::unique_ptr<io::Statement> prepare(std::string_view sql) override { return under_->prepare(sql); }
  void execute(std::string_view sql) override { under_->execute(sql); }
  void begin() override { under_->begin(); }
  void commit() override {
    if (full) throw io::DbFault("database or disk is full");
    under_->commit();
  }
  void rollback() override { under_->rollback(); }
  std::int64_t changes() override { return under_->changes(); }

 private:
  std::unique_ptr<io::Db> under_;
};

class World {
 public:
  World();
  ~World();

  fakes::PowerCutFs disk;
  fakes::FailingFs failing;        // all files but state.db
  fakes::FailingFs failing_state;  // those of state.db, as SQLite uses them
  fakes::PowerCutVfs vfs;
  Timestamp now = domain::fixture::kT0;
  std::vector<domain::ContractPtr> contracts{contract()};
  PipelineOptions options = small();
  std::unique_ptr<MoodyDb> db;
  std::unique_ptr<Pipeline> pipeline;

  static inline const std::string kHttp = "office-oa/oa/http";    // 3 attempts
  static inline const std::string kLogin = "office-oa/oa/login";  // 1 attempt

  // web1 serves one system, web2 both.
  static std::shared_ptr<domain::Contract> contract();
  static PipelineOptions small();

  void start();
  // As kill -9: nothing is said or saved.
  void crash();
  void restart();

  static Result result(std::uint64_t n, std::string check, Timestamp slot, State state,
                       std::optional<std::int64_t> given = std::nullopt);
  wire::Batch batch(std::vector<Result> results, wire::Lane lane = wire::Lane::live,
                    std::string epoch = "e1") const;
  static Submission submission(const std::string& agent, const wire::Batch& b);
  // One batch, taken and applied.
  wire::Answer send(const std::string& agent, const wire::Batch& b);
  wire::Answer send(const std::string& agent, std::vector<Result> results,
                    wire::Lane lane = wire::Lane::live);

  void advance(Duration by);

  std::vector<std::string> course(const std::string& number, const std::string& contract = "office-oa") const;
  std::vector<std::string> numbers() const;
  std::vector<std::int64_t> values(const std::string& agent, const std::string& check,
                                   const std::string& item = {});
};

}  // namespace xj::collector

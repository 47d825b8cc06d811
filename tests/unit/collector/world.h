#pragma once
// A collector without a network: the real pipeline on a disk in memory, a manual clock, agents as functions.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/pipeline.h"
#include "collector/store/migrate.h"
#include "tests/fakes/failing_fs.h"
#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/power_cut_vfs.h"
#include "tests/unit/domain/fixture.h"

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
  World() : failing(disk), vfs(disk, "world-" + std::to_string(++made())) {}
  ~World() { crash(); }

  fakes::PowerCutFs disk;
  fakes::FailingFs failing;
  fakes::PowerCutVfs vfs;
  Timestamp now = domain::fixture::kT0;
  std::vector<domain::ContractPtr> contracts{contract()};
  PipelineOptions options = small();
  std::unique_ptr<MoodyDb> db;
  std::unique_ptr<Pipeline> pipeline;

  static inline const std::string kHttp = "office-oa/oa/http";    // 3 attempts
  static inline const std::string kLogin = "office-oa/oa/login";  // 1 attempt

  // web1 serves one system, web2 both.
  static std::shared_ptr<domain::Contract> contract() {
    auto c = domain::fixture::contract();
    c->systems[1].checks[0].hosts = {"web2"};
    return c;
  }
  static PipelineOptions small() {
    PipelineOptions o;
    o.journal = {.segment_bytes = 16u << 10, .max_record = 1u << 20, .spare_segments = 1};
    o.channels = {{"mail", true}};
    return o;
  }

  void start() {
    disk.make_dirs("/data");
    db = std::make_unique<MoodyDb>(
        io::open_sqlite("/data/state.db", io::DbMode::read_write, vfs.name().c_str()));
    migrate(*db, failing, "/data/state.db", now);
    pipeline = std::make_unique<Pipeline>(failing, *db, "/data", contracts, now, options);
  }
  // As kill -9: nothing is said or saved.
  void crash() {
    pipeline.reset();
    db.reset();
  }
  void restart() {
    crash();
    start();
  }

  static Result result(std::uint64_t n, std::string check, Timestamp slot, State state,
                       std::optional<std::int64_t> given = std::nullopt) {
    const auto value = given.value_or(static_cast<std::int64_t>(n));  // unless said, its number
    Result r;
    r.n = n;
    r.check = std::move(check);
    r.slot = slot;
    r.state = state;
    if (state != State::ok) r.msg = {"checks.x", {{"value", std::to_string(value)}, {"limit", "90"}}};
    r.metrics = {{"v", value}};
    return r;
  }
  wire::Batch batch(std::vector<Result> results, wire::Lane lane = wire::Lane::live,
                    std::string epoch = "e1") const {
    wire::Batch b;
    b.epoch = std::move(epoch);
    b.lane = lane;
    b.sent = now;
    b.results = std::move(results);
    return b;
  }
  static Submission submission(const std::string& agent, const wire::Batch& b) {
    auto read = read_submission(agent, wire::encode(b), false);
    EXPECT_TRUE(std::holds_alternative<Submission>(read));
    return std::move(std::get<Submission>(read));
  }
  // One batch, taken and applied.
  wire::Answer send(const std::string& agent, const wire::Batch& b) {
    std::vector<Submission> list;
    list.push_back(submission(agent, b));
    auto answers = pipeline->take(std::move(list), now);
    pipeline->apply(now);
    return answers.at(0);
  }
  wire::Answer send(const std::string& agent, std::vector<Result> results,
                    wire::Lane lane = wire::Lane::live) {
    return send(agent, batch(std::move(results), lane));
  }

  void advance(Duration by) {
    const auto end = now + by;
    while (now < end) {
      now = std::min(now + Duration{5'000}, end);
      pipeline->tick(now);
    }
  }

  std::vector<std::string> course(const std::string& number,
                                  const std::string& contract = "office-oa") const {
    std::vector<std::string> out;
    for (const auto& event : pipeline->cases().events(contract, number)) {
      EXPECT_EQ(event.n, out.size() + 1);
      out.emplace_back(domain::to_text(event.kind()));
    }
    return out;
  }
  std::vector<std::string> numbers() const {
    std::vector<std::string> out;
    for (const auto& ref : pipeline->cases().numbers()) out.push_back(ref.number);
    return out;
  }
  std::vector<std::int64_t> values(const std::string& agent, const std::string& check,
                                   const std::string& item = {}) {
    std::vector<std::int64_t> out;
    for (const auto& s :
         pipeline->history().range({agent, check, item}, Timestamp{}, Timestamp::max(), SIZE_MAX))
      out.push_back(std::get<std::int64_t>(s.metrics.at(0).value));
    return out;
  }

 private:
  static int& made() {
    static int count = 0;
    return count;
  }
};

}  // namespace xj::collector

#include "tests/unit/collector/world.h"

#include "collector/store/migrate.h"

namespace xj::collector {
namespace {

int worlds_made = 0;

}  // namespace

World::World()
    : failing(disk), failing_state(disk), vfs(failing_state, "world-" + std::to_string(++worlds_made)) {}
World::~World() { crash(); }

std::shared_ptr<domain::Contract> World::contract() {
  auto c = domain::fixture::contract();
  c->systems[1].checks[0].hosts = {"web2"};
  return c;
}

PipelineOptions World::small() {
  PipelineOptions o;
  o.journal = {.segment_bytes = 16u << 10, .max_record = 1u << 20, .spare_segments = 1};
  o.channels = {{"mail", true}};
  return o;
}

void World::start() {
  disk.make_dirs("/data");
  db = std::make_unique<MoodyDb>(
      io::open_sqlite("/data/state.db", io::DbMode::read_write, vfs.name().c_str()));
  migrate(*db, failing, "/data/state.db", now);
  pipeline = std::make_unique<Pipeline>(failing, *db, "/data", contracts, now, options);
}

void World::crash() {
  pipeline.reset();
  db.reset();
}

void World::restart() {
  crash();
  start();
}

Result World::result(std::uint64_t n, std::string check, Timestamp slot, State state,
                     std::optional<std::int64_t> given) {
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

wire::Batch World::batch(std::vector<Result> results, wire::Lane lane, std::string epoch) const {
  wire::Batch b;
  b.epoch = std::move(epoch);
  b.lane = lane;
  b.sent = now;
  b.results = std::move(results);
  return b;
}

Submission World::submission(const std::string& agent, const wire::Batch& b) {
  auto read = read_submission(agent, wire::encode(b), false);
  EXPECT_TRUE(std::holds_alternative<Submission>(read));
  return std::move(std::get<Submission>(read));
}

wire::Answer World::send(const std::string& agent, const wire::Batch& b) {
  std::vector<Submission> list;
  list.push_back(submission(agent, b));
  auto answers = pipeline->take(std::move(list), now);
  pipeline->apply(now);
  return answers.at(0);
}

wire::Answer World::send(const std::string& agent, std::vector<Result> results, wire::Lane lane) {
  return send(agent, batch(std::move(results), lane));
}

void World::advance(Duration by) {
  const auto end = now + by;
  while (now < end) {
    now = std::min(now + Duration{5'000}, end);
    pipeline->tick(now);
  }
}

std::vector<std::string> World::course(const std::string& number, const std::string& contract) const {
  std::vector<std::string> out;
  for (const auto& event : pipeline->cases().events(contract, number)) {
    EXPECT_EQ(event.n, out.size() + 1);
    out.emplace_back(domain::to_text(event.kind()));
  }
  return out;
}

std::vector<std::string> World::numbers() const {
  std::vector<std::string> out;
  for (const auto& ref : pipeline->cases().numbers()) out.push_back(ref.number);
  return out;
}

std::vector<std::int64_t> World::values(const std::string& agent, const std::string& check,
                                        const std::string& item) {
  std::vector<std::int64_t> out;
  for (const auto& s :
       pipeline->history().range({agent, check, item}, Timestamp{}, Timestamp::max(), SIZE_MAX))
    out.push_back(std::get<std::int64_t>(s.metrics.at(0).value));
  return out;
}

}  // namespace xj::collector

// Where the CPU of the ingest goes: the batches of ingest_bench (1,000 values each, two at a time) through
// its stages one by one, on one thread and without a network. What ingest_bench measures above their sum is
// TLS, HTTP and threads. CPU seconds per million values; the disk's waiting is not in it.
// usage: stages_bench [traces]
#include <stdlib.h>

#include <ctime>
#include <filesystem>

#include "collector/contract/loader.h"
#include "collector/history/history.h"
#include "collector/ingest/submission.h"
#include "collector/pipeline.h"
#include "collector/store/migrate.h"
#include "core/io/log.h"
#include "tests/bench/load_batches.h"
#include "tests/bench/server_process.h"

namespace {

using namespace xj;
using namespace xj::collector;

constexpr bench::Shape kShape{2, 200, 720};
constexpr double kMillions = bench::kSeries * kShape.samples / 1e6;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

class Stage {
 public:
  template <typename Work>
  auto operator()(Work work) {
    const struct Clock {
      double began = cpu_seconds();
      Stage& stage;
      ~Clock() { stage.spent_ += cpu_seconds() - began; }
    } clock{.stage = *this};
    return work();
  }
  double per_million() const { return spent_ / kMillions; }

 private:
  double spent_ = 0;
};

void run(const std::string& dir, bench::SeriesData& data) {
  Problems problems;
  const auto contract = read_contract(bench::load_contract(kShape), "bench.yaml", {}, problems);
  if (contract == nullptr) throw Fault(render(problems, Lang::en));
  io::PosixFileSystem fs;
  fs.make_dirs(dir + "/data");
  const auto db = io::open_sqlite(dir + "/data/state.db");
  const auto day = bench::load_day();
  const SystemClock clock;
  migrate(*db, fs, dir + "/data/state.db", clock.now());
  Pipeline pipeline(fs, *db, dir + "/data", {contract}, clock.now());
  HistoryOptions all_in_memory;
  all_in_memory.memory = all_in_memory.most = SIZE_MAX;
  History alone(fs, dir + "/alone", all_in_memory);

  std::uint64_t n[2] = {0, 0};
  Stage inflate, read, take, apply, write, add;
  for (int from = 0; from < kShape.samples; from += 144) {
    const int to = std::min(from + 144, kShape.samples);
    std::vector<std::string> bodies[2];
    for (int agent = 0; agent < 2; ++agent)
      bodies[agent] = bench::load_bodies(kShape, agent, n[agent], data, from, to, day);
    for (std::size_t i = 0; i < bodies[0].size(); ++i) {
      std::vector<Submission> group;
      for (int agent = 0; agent < 2; ++agent) {
        auto& body = bodies[agent][i];
        const bool packed = bench::is_packed(body);
        if (packed) inflate([&] { return wire::inflate(body); });
        auto got =
            read([&] { return read_submission(bench::load_agent(kShape, agent), std::move(body), packed); });
        group.push_back(std::move(std::get<Submission>(got)));
        // What History takes of it alone; the handles are as the pipeline keeps them, looked up once.
        const auto& batch = group.back().decoded.batch;
        std::vector<History::Handle> handles;
        for (const auto& result : batch.results)
          handles.push_back(alone.handle(group.back().agent, result.check, ""));
        add([&] {
          for (std::size_t r = 0; r < handles.size(); ++r)
            alone.add(handles[r], batch.results[r].slot, State::ok, {}, batch.results[r].metrics);
        });
      }
      take([&] { return pipeline.take(std::move(group), clock.now()); });
      apply([&] { pipeline.apply(clock.now()); });
    }
    // As the engine's second thread does; all that is open each time.
    write([&] { pipeline.history().flush(pipeline.applied(), clock.now()); });
  }
  write([&] { pipeline.history().settle(pipeline.applied(), clock.now()); });
  if (pipeline.figures().values != std::uint64_t{bench::kSeries} * kShape.samples ||
      pipeline.figures().refused != 0)
    throw Fault("not everything was taken");

  const auto tell = [](const char* name, double value) { bench::figure(name, value, "s"); };
  tell("stage_inflate_cpu_s_per_million_values", inflate.per_million());
  tell("stage_decode_cpu_s_per_million_values", read.per_million() - inflate.per_million());
  tell("stage_admit_and_journal_cpu_s_per_million_values", take.per_million());
  tell("stage_evaluate_cpu_s_per_million_values", apply.per_million() - add.per_million());
  tell("stage_history_memory_cpu_s_per_million_values", add.per_million());
  tell("stage_history_files_cpu_s_per_million_values", write.per_million());
}

}  // namespace

int main(int argc, char** argv) {
  log::set_level(log::Level::error);
  char name[] = "/tmp/xunjian-bench-XXXXXX";
  if (::mkdtemp(name) == nullptr) return 1;
  int code = 0;
  try {
    run(name, *bench::series_data(argc, argv, 2));
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    code = 1;
  }
  std::error_code ignored;
  std::filesystem::remove_all(name, ignored);
  return code;
}

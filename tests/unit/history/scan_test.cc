#include "collector/history/scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <thread>

#include "collector/history/history.h"
#include "tests/fakes/power_cut_fs.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr auto kStart = from_ms(20'000 * kDay);
constexpr auto kEver = Timestamp::max();

Timestamp after(std::int64_t ms) { return kStart + Duration{ms}; }

ScanAsk ask(std::string agent, std::string check, std::string item, std::string metric) {
  return {std::move(agent), std::move(check), std::move(item), std::move(metric), Timestamp{}, kEver};
}

// A line a row: "agent check item slot state value".
std::vector<std::string> told(HistoryScan& scan) {
  std::vector<std::string> out;
  scan.run([&](const SeriesId& id, const Rows& rows) {
    EXPECT_EQ(rows.slots.size(), rows.states.size());
    EXPECT_EQ(rows.slots.size(), rows.values.size());
    for (std::size_t i = 0; i < rows.slots.size(); ++i)
      out.push_back(id.agent + ' ' + id.check + ' ' + id.item + ' ' +
                    std::to_string(rows.slots[i] - to_ms(kStart)) + ' ' +
                    std::string(to_text(rows.states[i])) + ' ' +
                    (std::isnan(rows.values[i]) ? "-" : std::to_string(rows.values[i])));
    return true;
  });
  return out;
}

// The same, asked for series by series of the view that builds samples.
std::vector<std::string> told_by_view(History& history, const std::vector<SeriesId>& ids, const ScanAsk& a) {
  std::map<std::int64_t, std::vector<std::string>> days;
  for (const auto& id : ids) {
    if (!fits(a, id.agent, id.check, id.item)) continue;
    for (const auto& sample : history.range(id, a.from, a.to, SIZE_MAX)) {
      std::string value = "-";
      for (const auto& metric : sample.metrics)
        if (metric.name == a.metric)
          value = std::to_string(std::visit([](auto n) { return static_cast<double>(n); }, metric.value));
      days[to_ms(sample.slot) / kDay].push_back(id.agent + ' ' + id.check + ' ' + id.item + ' ' +
                                                std::to_string(to_ms(sample.slot) - to_ms(kStart)) + ' ' +
                                                std::string(to_text(sample.state)) + ' ' + value);
    }
  }
  std::vector<std::string> out;
  for (auto& [day, rows] : days) out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

TEST(Scan, PatternsOfHostsChecksAndItems) {
  const auto one = [](const char* agent, const char* check, const char* item) {
    return fits(ask(agent, check, item, ""), "web-01", "c/s/disk", "/data");
  };
  EXPECT_TRUE(one("web-01", "c/s/disk", "/data"));
  EXPECT_TRUE(one("web*", "disk", "*"));
  EXPECT_TRUE(one("*", "*/disk", "/*"));
  EXPECT_FALSE(one("web", "disk", "*"));
  EXPECT_FALSE(one("*", "s/disk", "*")) << "a whole id, as it has a slash";
  EXPECT_FALSE(one("*", "disk", "")) << "the result itself";
  EXPECT_TRUE(fits(ask("*", "disk", "", ""), "web-01", "disk", "")) << "of the agent's own file";
}

// Whatever life the rows had: parts, late rows, two results of one slot, frozen, sealed, open.
TEST(Scan, SeesWhatTheViewOfEachSeriesSeesThroughAllOfItsLife) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    fakes::PowerCutFs fs;
    HistoryOptions options;
    options.parts = 3;
    History history(fs, "/h", options);
    std::vector<SeriesId> ids;
    for (const auto* agent : {"a", "web-01", "web-010", "web-02", "z"})
      for (const auto* check : {"c/s/cpu", "c/s/disk"})
        for (const auto* item : {"", "/", "/data"}) ids.push_back({agent, check, item});
    std::uint64_t position = 0;
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 200; ++i) {
        const auto& id = ids[below(static_cast<unsigned>(ids.size()))];
        std::vector<Metric> metrics;
        if (below(4) > 0)
          metrics.push_back(
              {"busy", below(2) > 0 ? Number{std::int64_t{below(90)}} : Number{below(900) / 8.0}});
        if (below(2) > 0) metrics.push_back({"idle", std::int64_t{below(9)}});
        if (below(9) == 0) std::reverse(metrics.begin(), metrics.end());
        Message msg;
        if (below(3) == 0) msg = {"x", {{"a", std::to_string(below(3))}}};
        history.add(history.handle(id.agent, id.check, id.item), after(below(4) * kDay + below(30) * 60'000),
                    static_cast<State>(below(4)), msg, metrics);
      }
      const auto now = after(round * kDay);
      std::unique_ptr<History::Job> job;
      switch (below(4)) {
        case 0: history.flush(++position, now); break;
        case 1: history.flush(++position, now), history.settle(position, now); break;
        case 2: job = history.prepare(++position, now, true); break;  // frozen meanwhile
        default: break;
      }
      for (const auto& a :
           {ask("*", "*", "*", "busy"), ask("web-01", "cpu", "", "busy"), ask("web*", "disk", "/*", "idle"),
            ask("web-01*", "*", "*", ""), ask("nobody", "*", "*", "busy")}) {
        auto within = a;
        if (below(2) > 0) within.from = after(kDay + 7 * 60'000), within.to = after(3 * kDay + 20 * 60'000);
        const auto scan = history.scan(within);
        EXPECT_EQ(told(*scan), told_by_view(history, ids, within)) << "seed " << seed << " round " << round;
      }
      if (job != nullptr) job->run(), history.finish(*job);
    }
  }
}

TEST(Scan, ItsFilesStayWhileItIsThereAndWhatComesLaterIsNotInIt) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  const auto put = [&](std::int64_t at, std::int64_t value) {
    history.add(history.handle("a", "c/s/cpu", ""), after(at), State::ok, {}, {{"busy", value}});
  };
  put(0, 1);
  history.flush(1, after(0));
  put(60'000, 2);
  const auto before = history.scan(ask("*", "cpu", "", "busy"));
  put(120'000, 3);
  history.flush(2, after(0));
  history.settle(2, after(2 * kDay));
  EXPECT_EQ(history.figures().files, 1u) << "folded: what the scan reads counts no more";
  std::vector<std::string> seen;
  std::thread reader([&] { seen = told(*before); });
  reader.join();
  EXPECT_EQ(seen, (std::vector<std::string>{"a c/s/cpu  0 ok 1.000000", "a c/s/cpu  60000 ok 2.000000"}));
  EXPECT_EQ(told(*history.scan(ask("*", "cpu", "", "busy"))).size(), 3u);
}

TEST(Scan, EndsWhenNoMoreIsWanted) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  for (int day = 0; day < 3; ++day)
    for (const auto* agent : {"a", "b"})
      history.add(history.handle(agent, "cpu", ""), after(day * kDay), State::ok, {},
                  {{"busy", std::int64_t{day}}});
  history.flush(1, after(0));
  int visits = 0;
  history.scan(ask("*", "cpu", "", "busy"))->run([&](const SeriesId&, const Rows&) { return ++visits < 3; });
  EXPECT_EQ(visits, 3);
}

// Whoever limits its time must be asked while nothing is found, too.
TEST(Scan, AsksWhetherToGoOnAlsoWhereNothingFits) {
  fakes::PowerCutFs fs;
  History history(fs, "/h");
  constexpr int kDays = 3, kSeries = 1'000;
  for (int day = 0; day < kDays; ++day)
    for (int n = 0; n < kSeries; ++n)
      history.add(history.handle("a", "cpu", std::to_string(n)), after(day * kDay), State::ok, {},
                  {{"busy", std::int64_t{day}}});
  history.flush(1, after(0));
  const auto scan = history.scan(ask("*", "cpu", "none", "busy"));
  const auto never = [](const SeriesId&, const Rows&) { return ADD_FAILURE() << "nothing fits", false; };
  int asked = 0;
  scan->run(never, [&] { return ++asked > 0; });
  EXPECT_GE(asked, kDays * kSeries / 100) << "many times a file";
  for (const int most : {1, 2, asked / 2}) {
    int asked_until_ended = 0;
    scan->run(never, [&] { return ++asked_until_ended < most; });
    EXPECT_EQ(asked_until_ended, most) << "and not again";
  }
  int found = 0, asked_among_found = 0;
  history.scan(ask("*", "cpu", "*", "busy"))
      ->run([&](const SeriesId&, const Rows&) { return ++found > 0; },
            [&] { return ++asked_among_found < 500; });
  EXPECT_LT(found, 500);
  EXPECT_EQ(asked_among_found, 500);
}

}  // namespace
}  // namespace xj::collector

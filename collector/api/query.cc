// Questions to history. The engine says what is open in memory and which files there are; reading and folding
// a month of them is the background thread's.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <memory>

#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/history/retention.h"
#include "collector/query_run.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

constexpr Duration kMost{20'000};           // each: waiting for its turn, and its own reading
constexpr std::size_t kAnswered = 200'000;  // numbers in one answer
constexpr int kOnTheirWay = 4;              // at once: each holds what was in memory of its series

Json or_null(std::optional<double> number) { return number ? Json(*number) : Json(); }

Json labelled(const query::Line& line) {
  Json one;
  const auto& label = line.label;
  for (const auto& [name, value] :
       {std::pair{"contract", &label.contract}, std::pair{"system", &label.system},
        std::pair{"check", &label.check}, std::pair{"host", &label.host}, std::pair{"item", &label.item}})
    if (!value->empty()) one.set(name, *value);
  one.set("series", line.series);
  return one;
}

Json values_of(const query::Line& line) {
  Json::Array values;
  values.reserve(line.values.size());
  for (const auto value : line.values) values.push_back(std::isfinite(value) ? Json(value) : Json());
  return values;
}

Json spent(const query::Spending& spending) {
  Json json;
  json.set("availability", or_null(query::availability(spending)));
  constexpr std::array names{"ok_ms",      "warning_ms", "critical_ms",
                             "unknown_ms", "silent_ms",  "maintenance_ms"};
  static_assert(names.size() == query::kSpents);
  for (std::size_t kind = 0; kind < names.size(); ++kind) json.set(names[kind], spending[kind]);
  return json;
}

void add_received(Json& one, const query::Received& received, const domain::Zone& zone) {
  one.set("completeness", or_null(query::completeness(received)))
      .set("expected", received.expected)
      .set("received", received.received)
      .set("silences", received.silences)
      .set("silent_ms", received.silent_ms);
  Json longest{Json::Array{}};
  for (const auto& span : received.longest_first) {
    Json silence;
    silence.set("from", local_iso(from_ms(span.from), zone))
        .set("until", local_iso(from_ms(span.until), zone));
    longest.push(std::move(silence));
  }
  one.set("longest", std::move(longest));
}

Json line_json(const query::Query& query, const query::Line& line, const domain::Zone& zone) {
  auto one = labelled(line);
  switch (query.view) {
    case query::View::metric:
      one.set("mean", or_null(query::mean(line))).set("values", values_of(line));
      if (line.estimated) one.set("estimated", true);
      break;
    case query::View::availability: {
      const auto whole = spent(query::total(line));
      for (const auto& [name, value] : whole.fields()) one.set(name, value);
      if (line.spending.size() < 2) break;
      Json points{Json::Array{}};
      for (const auto& point : line.spending) points.push(spent(point));
      one.set("points", std::move(points));
      break;
    }
    case query::View::completeness: add_received(one, line.received, zone); break;
  }
  return one;
}

Json not_kept_json(const NotKept& days) {
  Json json;
  return json.set("days", days.days).set("first", day_text(days.first)).set("last", day_text(days.last));
}

Json answer_json(const query::Query& query, const std::vector<query::Line>& lines, const Kept& kept,
                 const domain::Zone& zone) {
  Json json;
  json.set("view", query::to_text(query.view))
      .set("check", query.check)
      .set("host", query.host)
      .set("item", query.item);
  if (query.view == query::View::metric) json.set("metric", query.metric).set("over", to_text(query.over));
  json.set("across", to_text(query.across))
      .set("from", local_iso(query.from, zone))
      .set("to", local_iso(query.to, zone))
      .set("step_ms", query.step.count())
      .set("points", query.points());
  if (std::any_of(lines.begin(), lines.end(), [](const query::Line& line) { return line.estimated; }))
    json.set("estimated", true);
  if (const auto days = not_kept(query, kept)) json.set("not_kept", not_kept_json(*days));
  Json list{Json::Array{}};
  for (const auto& line : lines) list.push(line_json(query, line, zone));
  json.set("lines", std::move(list));
  return json;
}

std::size_t numbers_of_a_line(const query::Query& query) {
  switch (query.view) {
    case query::View::metric: return query.points();
    case query::View::availability: return query.points() * (query::kSpents + 1);
    case query::View::completeness: break;
  }
  return 1;  // the silences are few
}

http::Response answer(const query::Query& query, const std::variant<std::vector<query::Line>, Message>& found,
                      const Kept& kept, const domain::Zone& zone) {
  if (const auto* refused = std::get_if<Message>(&found)) return refusal(400, "query", *refused);
  const auto& lines = std::get<std::vector<query::Line>>(found);
  if (lines.size() * numbers_of_a_line(query) > kAnswered)
    return refusal(400, "query", {"query.many_numbers", {{"most", std::to_string(kAnswered)}}});
  return json_reply(answer_json(query, lines, kept, zone));
}

// In which times are read and told: the contracts', where they have one.
domain::Zone common_zone(const std::vector<domain::ContractPtr>& contracts) {
  if (contracts.empty()) return {};
  const auto& first = contracts.front()->zone;
  const bool same = std::all_of(contracts.begin(), contracts.end(),
                                [&](const domain::ContractPtr& c) { return c->zone.name == first.name; });
  return same ? first : domain::Zone{};
}

// Given back when the last copy goes. Null: all are out.
using Ticket = std::shared_ptr<void>;
Ticket take_ticket(const std::shared_ptr<std::atomic<int>>& out) {
  if (out->fetch_add(1) < kOnTheirWay) return {out.get(), [out](void*) { out->fetch_sub(1); }};
  out->fetch_sub(1);
  return nullptr;
}

struct Question {
  query::Query query;
  Timestamp now;
  MonoTime asked;
  std::vector<domain::ContractPtr> contracts;
  domain::Zone zone;
  std::shared_ptr<HistoryScan> scan;
  Ticket ticket;
};

// On the background thread.
http::Response answered(const Services& services, const Question& q) {
  const auto began = services.clock.mono();
  if (began - q.asked >= kMost) return busy();  // others took that long
  const auto stopping = [&] { return services.stopping && services.stopping(); };
  const auto stop = [&] { return stopping() || services.clock.mono() - began >= kMost; };
  const Message took_long{"query.took_long", {{"most", xj::to_text(kMost)}}};
  const auto found = run_query(q.query, q.now, q.contracts, *q.scan, stop, took_long);
  return stopping() ? busy() : answer(q.query, found, q.scan->kept(), q.zone);
}

http::Handler query_handler(Services& services) {
  const auto out = std::make_shared<std::atomic<int>>(0);
  return over_engine(services, [&services, out](Pipeline& pipeline, const http::Request& request,
                                                Timestamp now, http::Done done) {
    Question q{{}, now, services.clock.mono(), pipeline.contracts(), {}, {}, {}};
    q.zone = common_zone(q.contracts);
    const auto read = query::parse_query(request.query, now, q.zone);
    if (const auto* wrong = std::get_if<Message>(&read)) return done(refusal(400, "query", *wrong));
    q.query = std::get<query::Query>(read);
    q.ticket = take_ticket(out);
    if (q.ticket == nullptr) return done(busy());
    q.scan = pipeline.history().scan(scan_of(q.query, q.contracts));
    const bool posted = services.background([&services, done, q = std::move(q)] {
      try {
        done(answered(services, q));
      } catch (const std::exception& e) {
        log::error("query of {}: {}", q.query.check, e.what());
        done(http::error_response(500, "internal", ""));
      }
    });
    if (!posted) done(busy());
  });
}

}  // namespace

std::vector<http::Route> query_routes(Services& services) {
  return {{http::Access::people, "GET", "/api/v1/query", query_handler(services)}};
}

}  // namespace xj::collector

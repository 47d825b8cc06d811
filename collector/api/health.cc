// How the collector itself does: /healthz for whoever restarts it, /metrics in the Prometheus text format.
#include <fmt/core.h>

#include "collector/api/json_views.h"
#include "collector/api/reply.h"

namespace xj::collector {
namespace {

class MetricsText {
 public:
  template <typename T>
  void add(std::string_view name, std::string_view type, T value) {
    out_ += fmt::format("# TYPE xunjian_{} {}\nxunjian_{} {}\n", name, type, name, value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

http::Response healthz(const EngineHealth& health) {
  Json json;
  const bool good = health.ready && health.fault.empty();
  json.set("ok", good).set("ready", health.ready);
  auto response = json_reply(json, good ? 200 : 503);
  if (!good) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response metrics(Services& services, Pipeline& pipeline) {
  MetricsText text;
  const auto health = services.engine.health();
  text.add("ready", "gauge", health.ready ? 1 : 0);
  text.add("ingest_fault", "gauge", health.fault.empty() ? 0 : 1);
  text.add("writing_fault", "gauge", health.writing_fault.empty() ? 0 : 1);
  text.add("ingest_held_back", "gauge", health.held_back ? 1 : 0);
  text.add("waiting_batches", "gauge", health.waiting_batches);
  text.add("waiting_bytes", "gauge", health.waiting_bytes);
  text.add("waiting_works", "gauge", health.waiting_works);
  text.add("batches_total", "counter", health.batches);
  text.add("results_total", "counter", health.results);
  text.add("values_total", "counter", health.values);
  text.add("repeats_total", "counter", health.repeats);
  text.add("refused_results_total", "counter", health.refused);
  text.add("journal_syncs_total", "counter", health.groups);
  text.add("last_commit_seconds", "gauge", static_cast<double>(health.last_commit.count()) / 1000.0);
  text.add("tick_lag_seconds", "gauge", static_cast<double>(health.tick_lag.count()) / 1000.0);
  const auto figures = pipeline.figures();
  text.add("transitions_total", "counter", figures.transitions);
  text.add("case_events_total", "counter", figures.events);
  text.add("notifications_total", "counter", figures.notifications);
  text.add("refused_future_total", "counter", figures.future);
  text.add("refused_conflict_total", "counter", figures.conflicts);
  text.add("nameless_items_total", "counter", figures.nameless);
  text.add("unapplied_results_total", "counter", figures.unapplied);
  text.add("journal_position", "gauge", figures.journal_position);
  text.add("snapshot_position", "gauge", figures.snapshot_position);
  text.add("journal_bytes", "gauge", figures.journal_bytes);
  const auto history = pipeline.history().figures();
  text.add("history_file_values", "gauge", history.values);
  text.add("history_file_bytes", "gauge", history.file_bytes);
  text.add("history_summary_bytes", "gauge", history.summary_bytes);
  text.add("history_open_bytes", "gauge", history.open_bytes);
  const auto& room = pipeline.history().room();
  text.add("history_room_watched", "gauge", room.watched ? 1 : 0);
  text.add("history_free_bytes", "gauge", room.free);
  text.add("history_wanted_free_bytes", "gauge", room.wanted);
  text.add("history_short_of_room", "gauge", room.began ? 1 : 0);
  text.add("history_removed_days_total", "counter", room.all_days);
  text.add("history_removed_bytes_total", "counter", room.all_bytes);
  text.add("open_cases", "gauge", pipeline.book().size());
  text.add("outbox_waiting", "gauge", pipeline.outbox().waiting());
  text.add("storms", "gauge", pipeline.storms().lasting().size());
  std::size_t silent = 0;
  const auto agents = pipeline.agents();
  for (const auto& agent : agents) silent += agent.silent ? 1 : 0;
  text.add("agents", "gauge", agents.size());
  text.add("agents_silent", "gauge", silent);
  if (services.server_stats) {
    const auto stats = services.server_stats();
    text.add("sessions", "gauge", stats.sessions);
    text.add("sessions_accepted_total", "counter", stats.accepted);
    text.add("requests_total", "counter", stats.requests);
    text.add("requests_refused_total", "counter", stats.refused);
    text.add("tls_failures_total", "counter", stats.tls_failures);
    text.add("timeouts_total", "counter", stats.timeouts);
  }
  if (services.deliveries) {
    const auto counts = services.deliveries();
    text.add("deliveries_total", "counter", counts.delivered);
    text.add("delivery_retries_total", "counter", counts.retried);
    text.add("delivery_refused_total", "counter", counts.refused);
    text.add("delivery_expired_total", "counter", counts.expired);
  }
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = text.take();
  return response;
}

}  // namespace

std::vector<http::Route> health_routes(Services& services) {
  return {
      // Not over the engine: an engine that hangs is what this is asked about.
      {http::Access::open, "GET", "/healthz",
       [&services](http::Request, http::Done done) { done(healthz(services.engine.health())); }},
      {http::Access::people, "GET", "/metrics",
       on_engine(services,
                 [&services](Pipeline& p, const http::Request&, Timestamp) { return metrics(services, p); })},
  };
}

}  // namespace xj::collector

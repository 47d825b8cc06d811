// Backups of the collector's folder while it runs.
#include "collector/api/json_views.h"
#include "collector/api/reply.h"
#include "collector/safety/backup_desk.h"

namespace xj::collector {
namespace {

Json json_of(const BackupReport& report) {
  Json json;
  json.set("state", to_text(report.state));
  if (report.state == BackupReport::State::none) return json;
  json.set("to", report.to).set("asked", to_iso(report.asked));
  if (report.state != BackupReport::State::running) json.set("ended", to_iso(report.ended));
  json.set("done_bytes", report.done).set("total_bytes", report.total);
  if (report.state == BackupReport::State::done) json.set("files", report.files);
  if (!report.error.empty()) json.set("error", report.error).set("hint", report.hint);
  if (!report.why.what.empty())
    json.set("message", message_json(report.why.what)).set("mend", message_json(report.why.mend));
  return json;
}

http::Response begin(BackupDesk& desk, Pipeline& pipeline, const http::Request& request) {
  auto body = read_body(request, {"to"});
  if (auto* refused = std::get_if<http::Response>(&body)) return std::move(*refused);
  const auto to = std::get<Json>(body)["to"].string_or("");
  // Neither what depends on where the collector was started, nor a folder within the one it copies.
  if (!to.starts_with('/') || to.size() > 4'000 || to.find('\0') != std::string::npos)
    return refusal(400, "bad_folder", {"safety.backup.absolute", {}});
  if (is_within(to, desk.dir()))
    return refusal(400, "bad_folder", {"safety.backup.inside", {{"dir", desk.dir()}}});
  if (!desk.start(pipeline.hold(), to)) return refusal(409, "running", {"safety.backup.running", {}});
  return json_reply(json_of(desk.report()), 202);
}

}  // namespace

std::vector<http::Route> backup_routes(Services& services) {
  if (services.backups == nullptr) return {};
  auto& desk = *services.backups;
  return {
      {http::Access::people, "GET", "/api/v1/backups",
       [&desk](const http::Request&, http::Done done) { done(json_reply(json_of(desk.report()))); }},
      {http::Access::local, "POST", "/api/v1/backups",
       on_engine(services, [&desk](Pipeline& pipeline, const http::Request& request,
                                   Timestamp) { return begin(desk, pipeline, request); }),
       64u << 10},
  };
}

}  // namespace xj::collector

#include "cli/context.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <map>

#include "core/width.h"

namespace xj::cli {
namespace {

std::string read_token(const std::string& path) {
  std::ifstream in(path);
  std::string token;
  if (!in || !std::getline(in, token)) throw CommandFailed({"cli.token_file", {{"file", path}}}, {}, kUsage);
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  return token;
}

io::HttpResponse send(Context& context, io::HttpRequest request, bool missing_is_fine = false) {
  if (!context.client) context.client = context.connect(context.server, {context.ca_file, "", "", ""});
  if (!context.token_file.empty())
    request.headers.emplace_back("Authorization", "Bearer " + read_token(context.token_file));
  auto result = context.client->send(request, std::chrono::seconds{60});
  if (auto* error = std::get_if<io::HttpError>(&result)) {
    const bool local = context.server.starts_with("unix:");
    throw CommandFailed(
        {"cli.unreachable", {{"server", context.server}, {"why", render(error->message, context.lang)}}},
        {local ? "cli.unreachable_local" : "cli.unreachable_remote", {}});
  }
  auto& response = std::get<io::HttpResponse>(result);
  if (response.status >= 200 && response.status < 300) return std::move(response);
  if (response.status == 404 && missing_is_fine) return std::move(response);
  const auto parsed = parse_json(response.body);
  const auto* json = std::get_if<Json>(&parsed);
  auto message = json == nullptr ? Message{} : message_of((*json)["error"]["message"]);
  if (message.empty()) message = {"cli.answered", {{"status", std::to_string(response.status)}}};
  Message mend;
  const auto code = json == nullptr ? std::string{} : (*json)["error"]["code"].string_or("");
  if (code == "who")
    mend = {"cli.mend.as", {}};
  else if (code == "socket_only")
    mend = {"cli.mend.socket", {}};
  else if (code == "token_required")
    mend = {"cli.mend.token", {}};
  const bool words = code == "query" && message.id != "query.took_long";
  throw CommandFailed(std::move(message), std::move(mend), words ? kUsage : kFailed);
}

Json json_of(const io::HttpResponse& response) {
  auto parsed = parse_json(response.body, {.depth = 64, .bytes = 256u << 20});
  if (auto* json = std::get_if<Json>(&parsed)) return std::move(*json);
  throw CommandFailed({"cli.not_json", {}});
}

}  // namespace

Json Context::get(const std::string& target) { return json_of(send(*this, {"GET", target, {}, {}})); }

std::string Context::get_raw(const std::string& target) { return send(*this, {"GET", target, {}, {}}).body; }

bool Context::exists(const std::string& target) {
  return send(*this, {"GET", target, {}, {}}, true).status != 404;
}

Json Context::post(const std::string& target, const Json& body) {
  return json_of(send(*this, {"POST", target, {{"Content-Type", "application/json"}}, body.dump()}));
}

std::string url_part(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
        c == '.')
      out += c;
    else
      out += {'%', hex[byte >> 4], hex[byte & 15]};
  }
  return out;
}

std::string query(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (const auto& [name, value] : values)
    if (!value.empty()) out += (out.empty() ? '?' : '&') + name + '=' + url_part(value);
  return out;
}

Message message_of(const Json& json) {
  if (const auto& literal = json["text"]; literal.is_string()) return Message::literal(literal.string_or(""));
  Message message;
  message.id = json["id"].string_or("");
  for (const auto& [name, value] : json["args"].fields())
    message.args.emplace_back(name, value.string_or(""));
  return message.id.empty() ? Message{} : message;
}

std::string words(const Context& context, const Json& message) {
  return printable(context.say(message_of(message)));
}

std::string title_of(const Context& context, const Json& title, std::string_view fallback) {
  return printable(title[context.lang == Lang::zh ? "zh" : "en"].string_or(fallback));
}

Cell state_cell(const Context& context, std::string_view state) {
  Colour colour = Colour::none;
  if (state == "ok" || state == "heard" || state == "valid") colour = Colour::good;
  if (state == "warning" || state == "expired") colour = Colour::notice;
  if (state == "critical" || state == "silent" || state == "revoked") colour = Colour::bad;
  if (state == "unknown") colour = Colour::odd;
  if (state == "missing" || state == "never") colour = Colour::faint;
  const auto id = "cli.state." + std::string(state);
  return {has_text(id) ? context.t(id) : std::string(state), colour};
}

Cell status_cell(const Context& context, std::string_view status) {
  Colour colour = Colour::none;
  if (status == "open") colour = Colour::bad;
  if (status == "acknowledged") colour = Colour::notice;
  if (status == "watching" || status == "recovered") colour = Colour::good;
  if (status == "closed" || status == "false_alarm") colour = Colour::faint;
  const auto id = "cli.case_status." + std::string(status);
  return {has_text(id) ? context.t(id) : std::string(status), colour};
}

void paragraph(const Context& context, std::ostream& to, std::string_view text, std::string_view first,
               std::string_view rest, Colour colour) {
  const auto width = context.width <= 0 ? 0 : std::max(context.width - static_cast<int>(rest.size()), 20);
  bool begun = false;
  for (const auto& line : width == 0 ? std::vector<std::string>{std::string(text)} : wrapped(text, width)) {
    to << (begun ? rest : first) << coloured(line, colour, context.colours) << '\n';
    begun = true;
  }
}

namespace {
bool is_time(const std::string& text) { return text.size() >= 20 && text[10] == 'T' && parse_iso(text); }

// What stands behind the seconds: "Z", "+08:00".
std::string zone_in(const std::string& iso) {
  const auto at = iso.find_first_of("Z+-", 19);
  return at == std::string::npos ? "Z" : iso.substr(at);
}
std::chrono::minutes offset_of(const std::string& zone) {
  if (zone.size() != 6) return std::chrono::minutes{0};
  const auto digit = [&](std::size_t i) { return zone[i] - '0'; };
  const auto minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
  return std::chrono::minutes{zone[0] == '-' ? -minutes : minutes};
}

void collect_times(const Json& json, std::map<std::string, Timestamp>& zones) {
  if (json.is_string()) {
    if (const auto text = json.string_or(""); is_time(text)) zones.emplace(zone_in(text), *parse_iso(text));
    return;
  }
  for (const auto& item : json.items()) collect_times(item, zones);
  for (const auto& [name, value] : json.fields())
    if (name != "args") collect_times(value, zones);  // what a sentence tells is not what columns show
}
}  // namespace

Times::Times(Context& context, const Json& answer) : context_(context) {
  std::map<std::string, Timestamp> zones;
  collect_times(answer, zones);
  if (zones.size() == 1 && zones.contains("Z")) {
    const auto when = zones.begin()->second;
    try {
      const auto contracts = context.get("/api/v1/status")["contracts"];
      if (contracts.size() == 1 && is_time(contracts.at(0)["from"].string_or("")))
        zones.emplace(zone_in(contracts.at(0)["from"].string_or("")), when);
    } catch (const CommandFailed&) {
      // The times are shown all the same.
    }
  }
  if (zones.size() > 1) zones.erase("Z");
  several_ = zones.size() > 1;
  if (zones.empty()) return;
  const auto when = zones.begin()->second;
  const auto machine = context.machine_offset ? context.machine_offset(when) : std::chrono::minutes{0};
  offset_ = zones.contains("Z") ? machine : offset_of(zones.begin()->first);
  foreign_ = !several_ && offset_ != machine;
}

std::string Times::shown(const Json& iso) const {
  auto text = iso.string_or("");
  const auto time = parse_iso(text);
  if (!time) return text;
  if (!several_ || text.ends_with('Z')) text = to_iso(*time, offset_);
  std::string out = text.substr(5, 14);
  out[5] = ' ';
  return several_ ? out + zone_in(text) : out;
}

std::string Times::title(std::string_view id) const {
  auto title = context_.t(id);
  if (!foreign_) return title;
  return context_.say({"cli.zoned", {{"title", title}, {"zone", zone_in(to_iso(Timestamp{}, offset_))}}});
}

namespace {
// The largest unit, and the next below it while that still says something: "3d4h", "12m", "40s".
std::string rough(Duration d) {
  const auto seconds = d.count() / 1000;
  static constexpr std::array<std::pair<std::int64_t, char>, 4> units{
      {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (seconds < units[i].first && i + 1 < units.size()) continue;
    auto out = std::to_string(seconds / units[i].first) + units[i].second;
    if (i < 2)
      if (const auto rest = seconds % units[i].first / units[i + 1].first; rest > 0)
        out += std::to_string(rest) + units[i + 1].second;
    return out;
  }
  return "0s";
}
}  // namespace

std::string ago(const Context& context, const Json& iso) {
  const auto at = parse_iso(iso.string_or(""));
  if (!at) return "-";
  return rough(std::max(Duration{0}, context.clock.now() - *at));
}

std::string left(const Context& context, const Json& iso) {
  const auto at = parse_iso(iso.string_or(""));
  if (!at) return "-";
  const auto now = context.clock.now();
  return *at >= now ? rough(*at - now) : '-' + rough(now - *at);
}

std::string joined(const Context& context, const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : context.t("cli.and")) + one;
  return out;
}

CaseName find_case(Context& context, const std::string& given) {
  if (const auto slash = given.find('/'); slash != std::string::npos)
    return {given.substr(0, slash), given.substr(slash + 1)};
  std::vector<std::string> found;
  const auto status = context.get("/api/v1/status");
  for (const auto& contract : status["contracts"].items()) {
    const CaseName name{contract["id"].string_or(""), given};
    if (context.exists(name.target())) found.push_back(name.contract);
  }
  if (found.empty()) throw CommandFailed({"cli.no_case", {{"number", given}}}, {"cli.mend.case_list", {}});
  if (found.size() > 1) {
    std::string names;
    for (const auto& contract : found) names += (names.empty() ? "" : ", ") + contract + '/' + given;
    throw CommandFailed({"cli.several_cases", {{"number", given}, {"names", names}}}, {}, kUsage);
  }
  return {found.front(), given};
}

std::string actor_of(const Json& record) {
  if (auto name = record["actor_name"].string_or(""); !name.empty()) return name;
  auto actor = record["actor"].string_or("");
  constexpr std::string_view person = "person:";
  return actor.starts_with(person) ? actor.substr(person.size()) : actor;
}

std::pair<std::string, std::string> in_contract(Context& context, const std::string& given) {
  if (const auto slash = given.find('/'); slash != std::string::npos)
    return {given.substr(0, slash), given.substr(slash + 1)};
  const auto contracts = context.get("/api/v1/status")["contracts"];
  if (contracts.size() == 1) return {contracts.at(0)["id"].string_or(""), given};
  std::string names;
  for (const auto& contract : contracts.items())
    names += (names.empty() ? "" : ", ") + contract["id"].string_or("") + '/' + given;
  throw CommandFailed({"cli.which_contract", {{"given", given}, {"names", names}}}, {}, kUsage);
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw CommandFailed({"cli.cannot_write", {{"file", path}}}, {"cli.mend.output", {}});
}

void Bar::at(std::uint64_t done, std::uint64_t total) {
  constexpr int wide = 40;
  const auto now =
      total == 0 ? 100 : static_cast<int>(static_cast<double>(done) / static_cast<double>(total) * 100);
  if (!context_.progress || now == shown_) return;
  shown_ = now;
  const auto full = static_cast<std::size_t>(now * wide / 100);
  context_.err << "\r[" << std::string(full, '#') << std::string(wide - full, ' ') << "] " << now << '%'
               << std::flush;
}

void Bar::end() {
  if (shown_ >= 0) context_.err << '\n';
  shown_ = -1;
}

}  // namespace xj::cli

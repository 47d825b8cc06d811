#include "checks/probe_protocol.h"

#include <cmath>

#include "core/wire.h"

namespace xj::checks {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxMemory = 4096;
constexpr std::size_t kMaxRows = 1000;
constexpr std::size_t kMaxCells = 64;

Json to_json(const Message& msg) {
  if (msg.id.empty()) return Json(msg.args.empty() ? std::string{} : msg.args.front().second);
  Json args{Json::Object{}};
  for (const auto& [name, value] : msg.args) args.set(name, value);
  return Json(Json::Array{Json(msg.id), std::move(args)});
}

bool read(const Json& json, Message& into) {
  if (json.is_null()) return true;
  if (json.is_string()) {
    into = Message::literal(json.string_or(""));
    return into.args.front().second.size() <= wire::kMaxText;
  }
  if (!json.is_array() || json.size() != 2 || !json.at(0).is_string() || !json.at(1).is_object())
    return false;
  into.id = json.at(0).string_or("");
  if (into.id.empty() || into.id.size() > 128 || json.at(1).size() > 32) return false;
  for (const auto& [name, value] : json.at(1).fields()) {
    if (!value.is_string()) return false;
    into.args.emplace_back(name, value.string_or(""));
    if (into.args.back().second.size() > wire::kMaxText) return false;
  }
  return true;
}

Json to_json(const std::vector<Metric>& metrics) {
  Json out{Json::Object{}};
  for (const auto& m : metrics) out.set(m.name, Json::of(m.value));
  return out;
}

bool good_metric_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')) return false;
  return true;
}

bool read(const Json& json, std::vector<Metric>& into) {
  if (json.is_null()) return true;
  if (!json.is_object() || json.size() > wire::kMaxMetrics) return false;
  for (const auto& [name, value] : json.fields()) {
    if (!good_metric_name(name) || !value.is_number()) return false;
    if (value.is_int())
      into.push_back({name, value.int_or(0)});
    else if (const double d = value.number_or(0); std::isfinite(d))
      into.push_back({name, d});
    else
      return false;
  }
  return true;
}

bool read_state(const Json& json, State& into) {
  const auto state = parse_state(json.string_or(""));
  if (state) into = *state;
  return state.has_value();
}

Json to_json(const std::vector<ThresholdMemory::Entry>& memory) {
  Json out{Json::Array{}};
  for (const auto& e : memory)
    out.push(Json(Json::Array{Json(e.item), Json(e.what), Json(std::string_view(to_text(e.state)))}));
  return out;
}

bool read(const Json& json, std::vector<ThresholdMemory::Entry>& into) {
  if (json.is_null()) return true;
  if (!json.is_array() || json.size() > kMaxMemory) return false;
  for (const auto& e : json.items()) {
    ThresholdMemory::Entry entry{e.at(0).string_or(""), e.at(1).string_or(""), State::ok};
    if (e.size() != 3 || !e.at(0).is_string() || !e.at(1).is_string() || !read_state(e.at(2), entry.state))
      return false;
    into.push_back(std::move(entry));
  }
  return true;
}

// The line as a version-1 object, or what is wrong with it.
std::variant<Json, std::string> read_line(std::string_view line) {
  if (line.size() > kMaxProbeLine) return std::string("line is too long");
  auto parsed = parse_json(line, {.depth = 16, .bytes = kMaxProbeLine});
  if (const auto* error = std::get_if<JsonError>(&parsed))
    return "not JSON at byte " + std::to_string(error->offset) + ": " + error->what;
  auto& json = std::get<Json>(parsed);
  if (!json.is_object()) return std::string("not an object");
  if (json["v"].int_or(0) != kVersion) return std::string("v: this speaks version 1");
  return std::move(json);
}

bool read_id(const Json& json, std::uint64_t& into) {
  if (json.is_null()) return true;
  const auto id = json.int_or(0);
  into = id > 0 ? static_cast<std::uint64_t>(id) : 0;
  return id > 0;
}

}  // namespace

Json to_json(const CheckOutcome& outcome) {
  Json out{Json::Object{}};
  out.set("state", Json(std::string_view(to_text(outcome.state))));
  if (!outcome.msg.empty()) out.set("msg", to_json(outcome.msg));
  out.set("metrics", to_json(outcome.metrics));
  if (!outcome.items.empty()) {
    Json items{Json::Array{}};
    for (const auto& item : outcome.items) {
      Json one{Json::Object{}};
      one.set("key", item.key);
      one.set("state", Json(std::string_view(to_text(item.state))));
      if (!item.msg.empty()) one.set("msg", to_json(item.msg));
      one.set("metrics", to_json(item.metrics));
      items.push(std::move(one));
    }
    out.set("items", std::move(items));
  }
  if (!outcome.rows.empty()) {
    Json rows{Json::Array{}};
    for (const auto& row : outcome.rows) {
      Json cells{Json::Array{}};
      for (const auto& cell : row) cells.push(Json(cell));
      rows.push(std::move(cells));
    }
    out.set("rows", std::move(rows));
  }
  return out;
}

std::variant<CheckOutcome, std::string> outcome_from_json(const Json& json) {
  CheckOutcome out;
  if (!json.is_object()) return std::string("outcome: not an object");
  if (!read_state(json["state"], out.state)) return std::string("outcome.state: not a state");
  if (!read(json["msg"], out.msg)) return std::string("outcome.msg: not a message");
  if (!read(json["metrics"], out.metrics)) return std::string("outcome.metrics: not metrics");
  if (json["items"].size() > wire::kMaxItems) return std::string("outcome.items: too many");
  for (const auto& one : json["items"].items()) {
    Item item;
    item.key = one["key"].string_or("");
    if (item.key.empty() || item.key.size() > wire::kMaxText || !read_state(one["state"], item.state) ||
        !read(one["msg"], item.msg) || !read(one["metrics"], item.metrics))
      return "outcome.items[" + std::to_string(out.items.size()) + "]: not an item";
    out.items.push_back(std::move(item));
  }
  if (json["rows"].size() > kMaxRows) return std::string("outcome.rows: too many");
  for (const auto& row : json["rows"].items()) {
    if (row.size() > kMaxCells) return std::string("outcome.rows: too wide");
    auto& cells = out.rows.emplace_back();
    for (const auto& cell : row.items()) cells.push_back(cell.string_or(""));
  }
  return out;
}

std::string encode(const ProbeRequest& request) {
  Json params{Json::Object{}};
  for (const auto& [name, value] : request.params) {
    if (!value.list && value.texts.size() == 1) {
      params.set(name, Json(value.texts.front()));
      continue;
    }
    Json list{Json::Array{}};
    for (const auto& text : value.texts) list.push(Json(text));
    params.set(name, std::move(list));
  }
  Json out{Json::Object{}};
  out.set("v", Json(kVersion));
  if (request.id != 0) out.set("id", Json(static_cast<std::int64_t>(request.id)));
  out.set("kind", request.kind);
  out.set("params", std::move(params));
  out.set("timeout_ms", Json(static_cast<std::int64_t>(request.timeout.count())));
  out.set("memory", to_json(request.memory));
  return out.dump();
}

std::string encode(const ProbeAnswer& answer) {
  Json out{Json::Object{}};
  out.set("v", Json(kVersion));
  if (answer.id != 0) out.set("id", Json(static_cast<std::int64_t>(answer.id)));
  out.set("outcome", to_json(answer.outcome));
  out.set("memory", to_json(answer.memory));
  return out.dump();
}

std::variant<ProbeRequest, std::string> decode_request(std::string_view line) {
  auto parsed = read_line(line);
  if (auto* wrong = std::get_if<std::string>(&parsed)) return std::move(*wrong);
  const auto& json = std::get<Json>(parsed);
  ProbeRequest request;
  if (!read_id(json["id"], request.id)) return std::string("id: not a number above 0");
  request.kind = json["kind"].string_or("");
  if (request.kind.empty()) return std::string("kind: missing");
  const auto& params = json["params"];
  if (!params.is_object() && !params.is_null()) return std::string("params: not an object");
  for (const auto& [name, value] : params.fields()) {
    ParamValue read_value;
    read_value.list = value.is_array();
    if (value.is_string()) {
      read_value.texts.push_back(value.string_or(""));
    } else if (value.is_array()) {
      for (const auto& text : value.items()) {
        if (!text.is_string()) return "params." + name + ": not a list of strings";
        read_value.texts.push_back(text.string_or(""));
      }
    } else {
      return "params." + name + ": neither a string nor a list of strings";
    }
    request.params.emplace(name, std::move(read_value));
  }
  const auto timeout = json["timeout_ms"].int_or(0);
  if (timeout <= 0 || timeout > 86'400'000) return std::string("timeout_ms: not between 1 and a day");
  request.timeout = Duration{timeout};
  if (!read(json["memory"], request.memory)) return std::string("memory: not understood");
  return request;
}

std::variant<ProbeAnswer, std::string> decode_answer(std::string_view line) {
  auto parsed = read_line(line);
  if (auto* wrong = std::get_if<std::string>(&parsed)) return std::move(*wrong);
  const auto& json = std::get<Json>(parsed);
  ProbeAnswer answer;
  if (!read_id(json["id"], answer.id)) return std::string("id: not a number above 0");
  auto outcome = outcome_from_json(json["outcome"]);
  if (auto* wrong = std::get_if<std::string>(&outcome)) return std::move(*wrong);
  answer.outcome = std::move(std::get<CheckOutcome>(outcome));
  if (!read(json["memory"], answer.memory)) return std::string("memory: not understood");
  return answer;
}

}  // namespace xj::checks

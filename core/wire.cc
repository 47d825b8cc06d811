#include "core/wire.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/json.h"
#include "core/wire_limits.h"

namespace xj::wire {
namespace {

// ---- writing

void append(std::string& out, Timestamp t) { append_json_number(out, to_ms(t)); }

void append_msg(std::string& out, const Message& msg) {
  if (msg.id.empty()) return append_json_string(out, msg.args.front().second);
  out += '[';
  append_json_string(out, msg.id);
  if (!msg.args.empty()) {
    out += ",{";
    for (std::size_t i = 0; i < msg.args.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, msg.args[i].first);
      out += ':';
      append_json_string(out, msg.args[i].second);
    }
    out += '}';
  }
  out += ']';
}

void append_seen(std::string& out, State state, const Message& msg, const std::vector<Metric>& metrics) {
  if (state != State::ok) {
    out += R"(,"state":")";
    out += to_text(state);
    out += '"';
  }
  if (!msg.empty()) {
    out += R"(,"msg":)";
    append_msg(out, msg);
  }
  if (metrics.empty()) return;
  out += R"(,"m":{)";
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, metrics[i].name);
    out += ':';
    append_json_number(out, metrics[i].value);
  }
  out += '}';
}

template <typename T, typename One>
void append_list(std::string& out, const std::vector<T>& all, One one) {
  out += '[';
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out += ',';
    one(all[i]);
  }
  out += ']';
}

void append(std::string& out, const Result& r) {
  out += R"({"n":)";
  append_json_number(out, static_cast<std::int64_t>(r.n));
  out += R"(,"check":)";
  append_json_string(out, r.check);
  out += R"(,"slot":)";
  append(out, r.slot);
  if (r.late.count() != 0) out += R"(,"late":)", append_json_number(out, std::int64_t{r.late.count()});
  if (r.took.count() != 0) out += R"(,"took":)", append_json_number(out, std::int64_t{r.took.count()});
  append_seen(out, r.state, r.msg, r.metrics);
  if (!r.items.empty()) {
    out += R"(,"items":)";
    append_list(out, r.items, [&](const Item& item) {
      out += R"({"key":)";
      append_json_string(out, item.key);
      append_seen(out, item.state, item.msg, item.metrics);
      out += '}';
    });
  }
  if (!r.rows.empty()) {
    out += R"(,"rows":)";
    append_list(out, r.rows, [&](const std::vector<std::string>& row) {
      append_list(out, row, [&](const std::string& cell) { append_json_string(out, cell); });
    });
  }
  out += '}';
}

void append_head(std::string& out, const Batch& batch) {
  out += R"({"v":)";
  append_json_number(out, std::int64_t{batch.v});
  out += R"(,"epoch":)";
  append_json_string(out, batch.epoch);
  out += batch.lane == Lane::live ? R"(,"lane":"live")" : R"(,"lane":"replay")";
  out += R"(,"sent":)";
  append(out, batch.sent);
  out += R"(,"config":)";
  append_json_string(out, batch.config);
  out += R"(,"results":)";
}

// ---- reading the two small messages: a tree, then its fields

// The first fault found, with its path; getters go on with harmless values after it.
class Reader {
 public:
  std::optional<Malformed> fault;

  void wrong(const std::string& path, const std::string& expected) {
    if (!fault) fault = Malformed{"field", path + ": " + expected + " is expected"};
  }
  void over(const std::string& path, std::size_t limit) {
    if (!fault) fault = Malformed{"limit", path + ": more than " + std::to_string(limit)};
  }
  std::int64_t integer(const Json& json, const std::string& path, std::int64_t low, std::int64_t high) {
    const std::int64_t i = json.int_or(low);
    if (!json.is_int() || i < low || i > high)
      wrong(path, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
    return i;
  }
  std::uint64_t number(const Json& json, const std::string& path) {
    return static_cast<std::uint64_t>(integer(json, path, 1, std::numeric_limits<std::int64_t>::max()));
  }
  std::string text(const Json& json, const std::string& path, std::size_t max, bool may_be_absent) {
    const bool absent = json.is_null() || json.as_string().empty();
    if ((absent && !may_be_absent) || (!json.is_string() && !json.is_null()) || json.as_string().size() > max)
      wrong(path, "a string of at most " + std::to_string(max) + " bytes");
    return json.string_or("");
  }
  // Calls `one` for each element; an absent list is an empty one.
  void list(const Json& json, const std::string& path, std::size_t max,
            const std::function<void(const Json&, const std::string&)>& one) {
    if (!json.is_array() && !json.is_null()) return wrong(path, "a list");
    if (json.size() > max) return over(path, max);
    for (std::size_t i = 0; i < json.size() && !fault; ++i)
      one(json.at(i), path + "[" + std::to_string(i) + "]");
  }
};

std::variant<Json, Malformed> read_object(std::string_view text) {
  auto read = parse_json(text, {kMaxDepth, kMaxBody});
  if (auto* error = std::get_if<JsonError>(&read))
    return Malformed{text.size() > kMaxBody ? "limit" : "json",
                     error->what + " at byte " + std::to_string(error->offset)};
  auto& json = std::get<Json>(read);
  if (!json.is_object()) return Malformed{"field", "the message: an object is expected"};
  return std::move(json);
}

constexpr std::int64_t kMaxInt = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::string encode(const Result& result) {
  std::string out;
  append(out, result);
  return out;
}

std::string encode(const Batch& batch) {
  std::string out;
  out.reserve(256 + batch.results.size() * 160);
  append_head(out, batch);
  append_list(out, batch.results, [&](const Result& r) { append(out, r); });
  out += '}';
  return out;
}

std::string encode(const Batch& batch, const std::vector<std::string_view>& encoded_results) {
  std::size_t size = 256;
  for (const auto one : encoded_results) size += one.size() + 1;
  std::string out;
  out.reserve(size);
  append_head(out, batch);
  append_list(out, encoded_results, [&](std::string_view one) { out += one; });
  out += '}';
  return out;
}

std::string encode(const Answer& answer) {
  Json accepted = Json::Array{}, refused = Json::Array{}, commands = Json::Array{};
  for (const auto& [first, last] : answer.accepted) accepted.push(Json::Array{Json(first), Json(last)});
  for (const auto& r : answer.refused)
    refused.push(Json().set("n", r.n).set("code", r.code).set("detail", r.detail));
  for (const auto& c : answer.commands) {
    Json args = Json::Array{};
    for (const auto& a : c.args) args.push(a);
    commands.push(Json().set("id", c.id).set("verb", c.verb).set("args", std::move(args)));
  }
  return Json()
      .set("accepted", std::move(accepted))
      .set("refused", std::move(refused))
      .set("have", answer.have)
      .set("now", to_ms(answer.now))
      .set("config", answer.config)
      .set("commands", std::move(commands))
      .dump();
}

std::variant<Answer, Malformed> decode_answer(std::string_view text) {
  auto read = read_object(text);
  if (auto* malformed = std::get_if<Malformed>(&read)) return std::move(*malformed);
  const auto& json = std::get<Json>(read);
  Reader reader;
  Answer answer;
  reader.list(json["accepted"], "accepted", kMaxResults, [&](const Json& range, const std::string& path) {
    if (range.size() != 2) return reader.wrong(path, "[first, last]");
    const auto first = reader.number(range.at(0), path + "[0]");
    const auto last = reader.number(range.at(1), path + "[1]");
    if (last < first || (!answer.accepted.empty() && first <= answer.accepted.back().second))
      return reader.wrong(path, "an ascending range");
    answer.accepted.emplace_back(first, last);
  });
  reader.list(json["refused"], "refused", kMaxResults, [&](const Json& one, const std::string& path) {
    answer.refused.push_back({reader.number(one["n"], path + ".n"),
                              reader.text(one["code"], path + ".code", 64, false),
                              reader.text(one["detail"], path + ".detail", kMaxText, true)});
  });
  answer.have = static_cast<std::uint64_t>(reader.integer(json["have"], "have", 0, kMaxInt));
  answer.now = from_ms(reader.integer(json["now"], "now", 0, to_ms(kMaxTime)));
  answer.config = reader.text(json["config"], "config", kMaxRevision, true);
  reader.list(json["commands"], "commands", kMaxCommands, [&](const Json& one, const std::string& path) {
    Command command{reader.text(one["id"], path + ".id", kMaxText, false),
                    reader.text(one["verb"], path + ".verb", 64, false),
                    {}};
    reader.list(one["args"], path + ".args", kMaxArgs, [&](const Json& arg, const std::string& arg_path) {
      command.args.push_back(reader.text(arg, arg_path, kMaxText, true));
    });
    answer.commands.push_back(std::move(command));
  });
  if (reader.fault) return *std::move(reader.fault);
  return answer;
}

std::string encode(const Assignment& assignment) {
  Json checks = Json::Array{};
  for (const auto& c : assignment.checks) {
    Json params = Json::Object{};
    for (const auto& [name, value] : c.params) {
      Json texts = Json::Array{};
      for (const auto& text : value.texts) texts.push(text);
      // A scalar that is not exactly one text cannot come from a document; it travels as what it holds.
      params.set(name, value.list || value.texts.size() != 1 ? std::move(texts) : Json(value.texts.front()));
    }
    checks.push(Json()
                    .set("id", c.id)
                    .set("kind", c.kind)
                    .set("interval", c.interval.count())
                    .set("retry", c.retry.count())
                    .set("timeout", c.timeout.count())
                    .set("params", std::move(params)));
  }
  return Json().set("revision", assignment.revision).set("checks", std::move(checks)).dump();
}

std::variant<Assignment, Malformed> decode_assignment(std::string_view text) {
  auto read = read_object(text);
  if (auto* malformed = std::get_if<Malformed>(&read)) return std::move(*malformed);
  const auto& json = std::get<Json>(read);
  Reader reader;
  Assignment assignment;
  assignment.revision = reader.text(json["revision"], "revision", kMaxRevision, false);
  if (!json["checks"].is_array()) reader.wrong("checks", "a list");
  reader.list(json["checks"], "checks", kMaxChecks, [&](const Json& one, const std::string& path) {
    AssignedCheck check;
    const auto span = [&](const char* name, std::int64_t low, Duration fallback) {
      const auto& value = one[name];
      if (value.is_null()) return fallback;
      return Duration{reader.integer(value, path + "." + name, low, kMaxSpan.count())};
    };
    check.id = reader.text(one["id"], path + ".id", kMaxCheckId, false);
    if (!printable(check.id, kMaxCheckId)) reader.wrong(path + ".id", "text without control characters");
    check.kind = reader.text(one["kind"], path + ".kind", 64, false);
    check.interval = span("interval", 1, check.interval);
    check.retry = span("retry", 0, check.retry);
    check.timeout = span("timeout", 1, check.timeout);
    const auto& params = one["params"];
    if (!params.is_object() && !params.is_null()) reader.wrong(path + ".params", "an object");
    if (params.size() > kMaxParams) reader.over(path + ".params", kMaxParams);
    for (const auto& [name, value] : params.fields()) {
      if (reader.fault) break;
      const auto where = path + ".params." + name;
      ParamValue param;
      param.list = value.is_array();
      if (param.list)
        reader.list(value, where, kMaxParams, [&](const Json& text_json, const std::string& text_path) {
          if (!text_json.is_string()) reader.wrong(text_path, "a string");
          param.texts.push_back(reader.text(text_json, text_path, kMaxText, true));
        });
      else if (value.is_string())
        param.texts.push_back(reader.text(value, where, kMaxText, true));
      else
        reader.wrong(where, "a string or a list of strings");
      check.params.emplace(name, std::move(param));
    }
    assignment.checks.push_back(std::move(check));
  });
  if (repeated(assignment.checks, [](const AssignedCheck& c) -> const std::string& { return c.id; }) !=
      nullptr)
    reader.wrong("checks", "every id once");
  if (reader.fault) return *std::move(reader.fault);
  return assignment;
}

}  // namespace xj::wire

#include "collector/domain/events.h"

#include <array>
#include <cmath>
#include <limits>

namespace xj::domain {

namespace {

constexpr std::array<std::string_view, kEventKinds> kNames{"detected",
                                                           "joined",
                                                           "problem_changed",
                                                           "problem_cleared",
                                                           "graded",
                                                           "registered",
                                                           "acknowledged",
                                                           "reported",
                                                           "arrived",
                                                           "noted",
                                                           "recovered",
                                                           "reopened",
                                                           "watch_ended",
                                                           "closed",
                                                           "false_alarm",
                                                           "clock_warning",
                                                           "clock_breached",
                                                           "paused",
                                                           "resumed",
                                                           "amended",
                                                           "rebound",
                                                           "calendar_changed",
                                                           "problem_unwatched",
                                                           "problem_watched",
                                                           "opened",
                                                           "close_requested",
                                                           "verified",
                                                           "close_rejected",
                                                           "condition_confirmed",
                                                           "merged",
                                                           "absorbed",
                                                           "split_off",
                                                           "problem_moved",
                                                           "escalation_drafted",
                                                           "escalation_approved",
                                                           "escalation_rejected",
                                                           "dependent_held",
                                                           "dependent_freed",
                                                           "cause_found",
                                                           "told",
                                                           "signed_off"};
constexpr std::array<std::string_view, 3> kHow{"machine", "confirmed", "changed"};

// The fields of each payload, named once for both directions.
template <typename A>
void fields(A& a, Detected& p) {
  a("case_kind", p.case_kind), a("item", p.item), a("state", p.state), a("message", p.message),
      a("evidence", p.evidence);
}
template <typename A>
void fields(A& a, Joined& p) {
  a("item", p.item), a("state", p.state), a("message", p.message), a("evidence", p.evidence);
}
template <typename A>
void fields(A& a, ProblemChanged& p) {
  a("item", p.item), a("from", p.from), a("to", p.to), a("message", p.message), a("evidence", p.evidence);
}
template <typename A>
void fields(A& a, ProblemCleared& p) {
  a("item", p.item), a("message", p.message);
}
template <typename A>
void fields(A& a, Graded& p) {
  a("from", p.from), a("to", p.to), a("how", p.how), a("text", p.text);
}
template <typename A>
void fields(A& a, Registered& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, Acknowledged& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, Reported& p) {
  a("to", p.to), a("text", p.text);
}
template <typename A>
void fields(A& a, Arrived& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, Noted& p) {
  a("text", p.text), a.optional("about", p.about);
}
template <typename A>
void fields(A& a, Recovered& p) {
  a("text", p.text), a("watch", p.watch);
}
template <typename A>
void fields(A& a, Reopened& p) {
  a("run", p.run), a("text", p.text);
}
template <typename A>
void fields(A& a, WatchEnded& p) {
  a("watch", p.watch);
}
template <typename A>
void fields(A& a, Closed& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, FalseAlarm& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, ClockWarning& p) {
  a("clock", p.clock), a("run", p.run), a("point", p.point), a("instant", p.instant), a("due", p.due);
}
template <typename A>
void fields(A& a, ClockBreached& p) {
  a("clock", p.clock), a("run", p.run), a("due", p.due);
}
template <typename A>
void fields(A& a, Paused& p) {
  a("reason", p.reason), a("text", p.text);
}
template <typename A>
void fields(A& a, Resumed& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, Amended& p) {
  a("n", p.n), a("field", p.field), a("old", p.old_value), a("new", p.new_value), a("why", p.why);
}
template <typename A>
void fields(A& a, Rebound& p) {
  a("from", p.from), a("to", p.to), a("why", p.why);
}
template <typename A>
void fields(A& a, CalendarChanged& p) {
  a("from", p.from), a("to", p.to), a("why", p.why);
}

template <typename A>
void fields(A& a, ProblemUnwatched& p) {
  a("item", p.item);
}
template <typename A>
void fields(A& a, ProblemWatched& p) {
  a("item", p.item);
}

template <typename A>
void fields(A& a, Opened& p) {
  a("case_kind", p.case_kind), a("system", p.system), a("text", p.text);
}

template <typename A>
void fields(A& a, CloseRequested& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, Verified& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, CloseRejected& p) {
  a("text", p.text);
}
template <typename A>
void fields(A& a, ConditionConfirmed& p) {
  a("condition", p.condition), a("text", p.text);
}

template <typename A>
void fields(A& a, Merged& p) {
  a("into", p.into), a("text", p.text);
}
template <typename A>
void fields(A& a, Absorbed& p) {
  a("from", p.from), a("text", p.text);
}
template <typename A>
void fields(A& a, SplitOff& p) {
  a("case_kind", p.case_kind), a("system", p.system), a("from", p.from), a("text", p.text);
}
template <typename A>
void fields(A& a, ProblemMoved& p) {
  a("item", p.item), a("to", p.to), a("text", p.text);
}

template <typename A>
void fields(A& a, EscalationDrafted& p) {
  a("step", p.step), a("clock", p.clock), a("run", p.run), a("due", p.due), a("grade", p.grade),
      a("to", p.to), a("approve", p.approve), a("text", p.text);
}
template <typename A>
void fields(A& a, EscalationApproved& p) {
  a("step", p.step), a("to", p.to), a("text", p.text);
}
template <typename A>
void fields(A& a, EscalationRejected& p) {
  a("step", p.step), a("text", p.text);
}
template <typename A>
void fields(A& a, DependentHeld& p) {
  a("item", p.item), a("state", p.state), a("cause", p.cause);
}
template <typename A>
void fields(A& a, DependentFreed& p) {
  a("item", p.item), a("to", p.to);
}
template <typename A>
void fields(A& a, CauseFound& p) {
  a("item", p.item), a("cause", p.cause), a("number", p.number);
}
template <typename A>
void fields(A& a, Told& p) {
  a("rule", p.rule), a("turn", p.turn), a("to", p.to), a("how", p.how), a("person", p.person),
      a("channel", p.channel), a("text", p.text);
}

template <typename A>
void fields(A& a, SignedOff& p) {
  a("role", p.role), a("text", p.text);
}

template <typename A>
void fields(A& a, ItemRef& p) {
  a("system", p.system), a("check", p.check), a("host", p.host), a("item", p.item);
}
template <typename A>
void fields(A& a, Evidence& p) {
  a("since", p.since), a("attempts", p.attempts), a("metrics", p.metrics);
}

class Writer {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    out.emplace_back(key, json(value));
  }
  void optional(const char* key, const std::string& value) {
    if (!value.empty()) (*this)(key, value);
  }
  Json::Object out;

 private:
  static Json json(const std::string& v) { return Json(v); }
  static Json json(int v) { return Json(v); }
  static Json json(std::uint32_t v) { return Json(static_cast<std::int64_t>(v)); }
  static Json json(State v) { return Json(to_text(v)); }
  static Json json(GradeHow v) { return Json(to_text(v)); }
  static Json json(Timestamp v) { return Json(to_iso(v)); }
  static Json json(Duration v) { return Json(to_text(v)); }
  static Json json(const Message& m) {
    if (m.empty()) return {};
    if (m.id.empty()) return Json(m.args.front().second);
    Json args{Json::Object{}};
    for (const auto& [name, value] : m.args) args.set(name, Json(value));
    return Json(Json::Array{Json(m.id), std::move(args)});
  }
  static Json json(const std::vector<std::string>& texts) {
    Json out{Json::Array{}};
    for (const auto& t : texts) out.push(Json(t));
    return out;
  }
  static Json json(const std::vector<Metric>& metrics) {
    Json out{Json::Object{}};
    for (const auto& m : metrics)
      if (std::isfinite(as_double(m.value))) out.set(m.name, Json::of(m.value));
    return out;
  }
  template <typename T>
    requires std::is_class_v<T>
  static Json json(const T& nested) {
    Writer w;
    fields(w, const_cast<T&>(nested));  // only read; one list of fields serves both directions
    return Json(std::move(w.out));
  }
};

class Reader {
 public:
  Reader(const Json& in, std::string path) : in_(&in), path_(std::move(path)) {
    if (!in.is_object()) fail("", "an object");
  }
  template <typename T>
  void operator()(const char* key, T& value) {
    if (error_.empty()) read(key, (*in_)[key], value);
  }
  void optional(const char* key, std::string& value) {
    if (const auto& j = (*in_)[key]; error_.empty() && !j.is_null()) read(key, j, value);
  }
  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }

 private:
  void fail(std::string_view key, std::string_view expected) {
    if (!error_.empty()) return;
    error_ = path_;
    if (!key.empty()) error_ += (path_.empty() ? "" : ".") + std::string(key);
    error_ += error_.empty() ? "expected " : ": expected ";
    error_ += expected;
  }
  std::optional<std::string> text(const char* key, const Json& j) {
    if (j.is_string()) return j.string_or("");
    fail(key, "a text");
    return std::nullopt;
  }
  void read(const char* key, const Json& j, std::string& v) {
    if (auto t = text(key, j)) v = std::move(*t);
  }
  template <typename I>
  void integer(const char* key, const Json& j, I& v) {
    const auto i = j.int_or(-1);
    if (!j.is_int() || i < 0 || i > static_cast<std::int64_t>(std::numeric_limits<I>::max()))
      return fail(key, "a whole number from 0");
    v = static_cast<I>(i);
  }
  void read(const char* key, const Json& j, int& v) { integer(key, j, v); }
  void read(const char* key, const Json& j, std::uint32_t& v) { integer(key, j, v); }
  void read(const char* key, const Json& j, State& v) {
    const auto s = parse_state(j.string_or(""));
    if (!s) return fail(key, "ok, warning, critical or unknown");
    v = *s;
  }
  void read(const char* key, const Json& j, GradeHow& v) {
    const auto t = j.string_or("");
    for (std::size_t i = 0; i < kHow.size(); ++i)
      if (kHow[i] == t) return void(v = static_cast<GradeHow>(i));
    fail(key, "machine, confirmed or changed");
  }
  void read(const char* key, const Json& j, Timestamp& v) {
    const auto t = parse_iso(j.string_or(""));
    if (!t) return fail(key, "an ISO 8601 time with an offset");
    v = *t;
  }
  void read(const char* key, const Json& j, Duration& v) {
    const auto d = parse_duration(j.string_or(""));
    if (!d) return fail(key, "a duration");
    v = *d;
  }
  void read(const char* key, const Json& j, Message& v) {
    if (j.is_null()) return void(v = {});
    if (j.is_string()) return void(v = Message::literal(j.string_or("")));
    if (!j.is_array() || j.size() != 2 || !j.at(0).is_string() || j.at(0).string_or("").empty() ||
        !j.at(1).is_object())
      return fail(key, "null, a text or [id, {arguments}]");
    Message m{j.at(0).string_or(""), {}};
    for (const auto& [name, value] : j.at(1).fields()) {
      if (!value.is_string()) return fail(key, "text arguments");
      m.args.emplace_back(name, value.string_or(""));
    }
    v = std::move(m);
  }
  void read(const char* key, const Json& j, std::vector<std::string>& v) {
    if (!j.is_array()) return fail(key, "a list of texts");
    v.clear();
    for (const auto& one : j.items()) {
      if (!one.is_string()) return fail(key, "a list of texts");
      v.push_back(one.string_or(""));
    }
  }
  void read(const char* key, const Json& j, std::vector<Metric>& v) {
    if (!j.is_object()) return fail(key, "an object of numbers");
    v.clear();
    for (const auto& [name, value] : j.fields()) {
      if (value.is_int())
        v.push_back({name, Number(value.int_or(0))});
      else if (value.is_number())
        v.push_back({name, Number(value.number_or(0))});
      else
        return fail(key, "an object of numbers");
    }
  }
  template <typename T>
    requires std::is_class_v<T>
  void read(const char* key, const Json& j, T& nested) {
    Reader inner(j, path_.empty() ? key : path_ + '.' + key);
    fields(inner, nested);
    if (!inner.ok()) error_ = inner.error();
  }

  const Json* in_;
  std::string path_;
  std::string error_;
};

template <typename A>
void envelope(A& a, Event& e) {
  a("contract", e.contract), a("case", e.number), a("n", e.n), a("at", e.at), a("known", e.known);
  a("actor", e.actor), a("via", e.via), a("reason", e.reason), a("revision", e.revision),
      a("calendar", e.calendar);
}

template <std::size_t I = 0>
std::optional<std::string> read_payload(std::size_t index, const Json& json, int version, Payload& out) {
  if constexpr (I < kEventKinds) {
    if (index != I) return read_payload<I + 1>(index, json, version, out);
    using P = std::variant_alternative_t<I, PayloadVariant>;
    if (version < 1 || version > P::kVersion)
      return "v: this program reads up to version " + std::to_string(P::kVersion);
    P payload;
    Reader reader(json, "payload");
    fields(reader, payload);
    if (!reader.ok()) return reader.error();
    out = std::move(payload);
  }
  return std::nullopt;
}

}  // namespace

bool begins(EventKind kind) {
  return kind == EventKind::detected || kind == EventKind::opened || kind == EventKind::split_off;
}

std::string_view to_text(EventKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<EventKind> parse_event_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<EventKind>(i);
  return std::nullopt;
}

std::span<const std::string_view> event_kind_names() { return kNames; }

std::string_view to_text(GradeHow how) { return kHow[static_cast<std::size_t>(how)]; }

std::string actor_person(std::string_view id) { return "person:" + std::string(id); }

std::string_view person_of(std::string_view actor) {
  constexpr std::string_view prefix = "person:";
  return actor.starts_with(prefix) ? actor.substr(prefix.size()) : std::string_view{};
}

Json to_json(const Event& event) {
  Writer w;
  envelope(w, const_cast<Event&>(event));  // only read
  std::visit(
      [&](const auto& p) {
        using P = std::decay_t<decltype(p)>;
        Writer inner;
        fields(inner, const_cast<P&>(p));  // only read
        w.out.emplace_back("kind", Json(to_text(event.kind())));
        w.out.emplace_back("v", Json(P::kVersion));
        w.out.emplace_back("payload", Json(std::move(inner.out)));
      },
      event.payload);
  return Json(std::move(w.out));
}

std::string encode(const Event& event) { return to_json(event).dump(); }

std::variant<Event, BadEvent> event_from_json(const Json& json) {
  Event event;
  Reader reader(json, "");
  envelope(reader, event);
  int version = 0;
  reader("v", version);
  if (!reader.ok()) return BadEvent{reader.error()};
  if (event.contract.empty() || event.number.empty() || event.n == 0)
    return BadEvent{"contract, case and n are required"};
  const auto kind = parse_event_kind(json["kind"].string_or(""));
  if (!kind) return BadEvent{"kind: unknown"};
  if (auto wrong = read_payload(static_cast<std::size_t>(*kind), json["payload"], version, event.payload))
    return BadEvent{*wrong};
  return event;
}

std::variant<Event, BadEvent> decode_event(std::string_view json) {
  auto parsed = parse_json(json, {16, 1u << 20});
  if (const auto* error = std::get_if<JsonError>(&parsed))
    return BadEvent{"json at byte " + std::to_string(error->offset) + ": " + error->what};
  return event_from_json(std::get<Json>(parsed));
}

}  // namespace xj::domain

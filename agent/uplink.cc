#include "agent/uplink.h"

#include <algorithm>
#include <charconv>

#include "core/json.h"
#include "core/wire_epochs.h"

namespace xj::agent {
namespace {

using io::HttpRequest;
using io::HttpResponse;

std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// Seconds only: no collector of ours sends a date. Bounded, for a wrong header must not silence a host.
std::optional<Duration> retry_after(const HttpResponse& response) {
  const auto text = response.header("retry-after");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds{std::clamp<std::int64_t>(seconds, 1, 3600)};
}

Duration doubled(int times, Duration most) {
  return std::min<Duration>(most, std::chrono::seconds{1} * (std::int64_t{1} << std::clamp(times, 0, 6)));
}

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '-' || u == '_' ||
        u == '.')
      out += c;
    else
      out += '%', out += kHex[u >> 4], out += kHex[u & 15];
  }
  return out;
}

}  // namespace

Message refusal_of(const HttpResponse& response) {
  std::string detail;
  const auto parsed = parse_json(response.body, {.depth = 8, .bytes = 64u << 10});
  if (const auto* json = std::get_if<Json>(&parsed)) {
    const auto& error = (*json)["error"];
    detail = error["detail"].string_or("");
    if (detail.empty()) detail = error["code"].string_or("");
  }
  if (detail.empty()) detail = "-";
  return {"agent.uplink.refused", {{"status", std::to_string(response.status)}, {"detail", detail}}};
}

Uplink::Uplink(Spool& spool, Transport& transport, UplinkOptions options)
    : spool_(spool), transport_(transport), options_(std::move(options)) {
  for (const char c : options_.agent) random_ = random_ * 131 + static_cast<unsigned char>(c);
}

void Uplink::appended(MonoTime mono, bool urgent) {
  if (!oldest_live_) oldest_live_ = mono;
  urgent_ = urgent_ || urgent;
}

void Uplink::step(Timestamp now, MonoTime mono) {
  // Bounded: each turn settles one request; a transport that fails at once must not spin.
  for (int turns = 0; turns < 4; ++turns) {
    if (asking_ != Asking::nothing) {
      transport_.on_ready(mono);
      if (!transport_.finished()) return;
      answered(transport_.take(), now, mono);
    }
    const auto what = due(now, mono);
    if (what == Asking::nothing) return;
    ask(what, now, mono);
  }
}

Uplink::Asking Uplink::due(Timestamp now, MonoTime mono) {
  if (mono < retry_at_) return Asking::nothing;
  if (!csr_.empty() && mono >= renewal_at_) return Asking::renewal;
  if ((!wanted_ || *wanted_ != revision_) && mono >= assignment_at_) return Asking::assignment;
  if (oldest_live_ && (urgent_ || !last_sent_ || mono - *oldest_live_ >= options_.every)) {
    if (spool_.has(wire::Lane::live, now)) {
      lane_ = wire::Lane::live;
      return Asking::results;
    }
    // Either the next sync makes it ready, or it was sent already, or it has aged into the backlog.
    if (!spool_.unsynced()) oldest_live_.reset(), urgent_ = false;
  }
  if (mono >= replay_at_ && spool_.has(wire::Lane::replay, now)) {
    lane_ = wire::Lane::replay;
    return Asking::results;
  }
  // Nothing to tell: an empty batch says that we live and asks what is new.
  if (last_sent_ && mono - *last_sent_ >= kHeartbeat) {
    lane_ = wire::Lane::live;
    return Asking::results;
  }
  return Asking::nothing;
}

MonoTime Uplink::next(MonoTime mono) const {
  if (asking_ != Asking::nothing) return transport_.want().until;
  if (retry_at_ > mono) return retry_at_;
  // Only what lies ahead: what is due already waits for a sync of the spool, after which step() is called
  // anyway.
  MonoTime out = mono + kHeartbeat;
  const auto at = [&](MonoTime t) {
    if (t > mono) out = std::min(out, t);
  };
  at(replay_at_);
  if (last_sent_) at(*last_sent_ + kHeartbeat);
  if (!csr_.empty()) at(renewal_at_);
  if (!wanted_ || *wanted_ != revision_) at(assignment_at_);
  if (oldest_live_) at(*oldest_live_ + options_.every);
  return out;
}

void Uplink::ask(Asking what, Timestamp now, MonoTime mono) {
  HttpRequest request;
  request.repeatable = true;  // results are known by number, the rest changes nothing
  switch (what) {
    case Asking::nothing: return;
    case Asking::results: {
      piece_ = spool_.peek(lane_, max_results_, now);
      if (piece_.epoch.empty()) piece_.epoch = wire::kNoEpoch;
      wire::Batch batch;
      batch.epoch = piece_.epoch;
      batch.lane = piece_.lane;
      batch.sent = now;
      batch.config = revision_;
      const std::vector<std::string_view> encoded(piece_.encoded.begin(), piece_.encoded.end());
      request.method = "POST";
      request.target = "/v1/results";
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = wire::encode(batch, encoded);
      if (request.body.size() > wire::kCompressAbove) {
        request.body = wire::deflate(request.body);
        request.headers.emplace_back("Content-Encoding", "zstd");
      }
      piece_.encoded = {};
      // What comes while this is under way waits for the next one.
      if (piece_.lane == wire::Lane::live) {
        // What is appended and not yet synced is not in it and goes on waiting.
        const bool more = spool_.unsynced();
        oldest_live_ = more ? std::optional(mono) : std::nullopt;
        urgent_ = urgent_ && more;
      }
      if (piece_.lane == wire::Lane::replay)
        replay_at_ = mono + Duration{static_cast<std::int64_t>(piece_.numbers.size()) * 1000 /
                                     std::max(1, options_.replay_rate)};
      last_sent_ = mono;
      break;
    }
    case Asking::assignment:
      request.target = "/v1/assignment?have=" + escaped(revision_);
      assignment_at_ = mono + kAskAgain;
      break;
    case Asking::renewal: {
      Json body;
      body.set("csr", csr_);
      request.method = "POST";
      request.target = "/v1/renew";
      request.headers.emplace_back("Content-Type", "application/json");
      request.body = body.dump();
      renewal_at_ = mono + std::chrono::minutes{10};
      break;
    }
  }
  asking_ = what;
  asked_at_ = now;
  ++status_.requests;
  transport_.start(std::move(request), mono, mono + options_.timeout);
}

void Uplink::answered(io::HttpResult result, Timestamp now, MonoTime mono) {
  const auto what = std::exchange(asking_, Asking::nothing);
  if (auto* error = std::get_if<io::HttpError>(&result)) {
    if (what == Asking::assignment) assignment_at_ = mono;
    if (what == Asking::renewal) renewal_at_ = mono;
    return failed(std::move(error->message), now, mono);
  }
  const auto& response = std::get<HttpResponse>(result);
  // These stand before any meaning: the collector is busy, or we may not speak at all.
  if (response.status == 429 || response.status == 503) {
    if (what == Asking::assignment) assignment_at_ = mono;
    // Only the backlog has no room: what is new has its own.
    if (response.status == 429 && what == Asking::results && piece_.lane == wire::Lane::replay)
      return put_off_replay(mono, retry_after(response));
    return failed(refusal_of(response), now, mono, retry_after(response));
  }
  if (response.status == 401 || response.status == 403)
    return failed(refusal_of(response), now, mono, kMaxBackOff / 2 + back_off() / 2);
  switch (what) {
    case Asking::nothing: return;
    case Asking::results: return answered_results(response, now, mono);
    case Asking::assignment: return answered_assignment(response, now, mono);
    case Asking::renewal: return answered_renewal(response, now, mono);
  }
}

void Uplink::answered_results(const HttpResponse& response, Timestamp now, MonoTime mono) {
  if (response.status == 400 || response.status == 413 || response.status == 422)
    return refused_batch(response.status == 413 ? "too_large" : "malformed", refusal_of(response), now, mono);
  if (response.status != 200) return failed(refusal_of(response), now, mono);
  const auto decoded = wire::decode_answer(response.body);
  if (const auto* wrong = std::get_if<wire::Malformed>(&decoded))
    return failed({"agent.uplink.answer", {{"detail", wrong->code + ": " + wrong->detail}}}, now, mono);
  const auto& answer = std::get<wire::Answer>(decoded);
  status_.offset = answer.now - (asked_at_ + (now - asked_at_) / 2);
  // News is fetched at once; only a revision that was asked for and not served waits its turn.
  if (heard_ != answer.config) heard_ = answer.config, assignment_at_ = mono;
  wanted_ = answer.config;
  commands_.insert(commands_.end(), answer.commands.begin(), answer.commands.end());
  if (!spool_.acknowledge(piece_, answer) && !piece_.empty())
    return failed({"agent.uplink.nothing_settled", {}}, now, mono);
  given_up_in_a_row_ = 0;
  if (piece_.lane == wire::Lane::replay) replays_put_off_ = 0;
  max_results_ = std::min(kMaxResults, max_results_ * 2);
  // What did not fit into this one goes at once.
  if (piece_.lane == wire::Lane::live && spool_.has(wire::Lane::live, now) &&
      piece_.numbers.size() >= max_results_ / 2)
    appended(mono, true);
  succeeded();
}

// The batch as a whole was refused: halve until the culprit is alone, and give that one up.
void Uplink::refused_batch(const std::string& code, const Message& why, Timestamp now, MonoTime mono) {
  if (piece_.numbers.size() > 1) {
    max_results_ = std::max<std::size_t>(1, piece_.numbers.size() / 2);
    appended(mono, true);
    return;
  }
  if (piece_.numbers.size() == 1) {
    wire::Answer answer;
    answer.refused.push_back({piece_.numbers.front(), code, render(why, Lang::en)});
    spool_.acknowledge(piece_, answer);
    // One bad result is a bug of ours; many in a row are a bug there, or something else that answers in its
    // place. That must not empty the spool at the speed of the network.
    if (++given_up_in_a_row_ > kGiveUpAtOnce) return failed(why, now, mono);
    appended(mono, true);
    return;
  }
  failed(why, now, mono);
}

void Uplink::answered_assignment(const HttpResponse& response, Timestamp now, MonoTime mono) {
  if (response.status == 304) {
    wanted_ = revision_;
    return succeeded();
  }
  // A collector without an assignment for us is no reason to hold results back.
  if (response.status == 404) {
    if (!wanted_) wanted_ = revision_;
    return succeeded();
  }
  if (response.status != 200) return failed(refusal_of(response), now, mono);
  auto decoded = wire::decode_assignment(response.body);
  if (const auto* wrong = std::get_if<wire::Malformed>(&decoded))
    return failed({"agent.uplink.answer", {{"detail", wrong->code + ": " + wrong->detail}}}, now, mono);
  assignment_ = std::move(std::get<wire::Assignment>(decoded));
  revision_ = assignment_->revision;
  wanted_ = revision_;
  succeeded();
}

void Uplink::answered_renewal(const HttpResponse& response, Timestamp now, MonoTime mono) {
  if (response.status != 200) return failed(refusal_of(response), now, mono);
  const auto parsed = parse_json(response.body, {.depth = 8, .bytes = 256u << 10});
  const auto* json = std::get_if<Json>(&parsed);
  const auto certificate = json != nullptr ? (*json)["certificate"].string_or("") : "";
  if (certificate.empty()) return failed({"agent.uplink.answer", {{"detail", "no certificate"}}}, now, mono);
  certificate_ = certificate;
  csr_.clear();
  succeeded();
}

Duration Uplink::random_up_to(Duration most) {
  return Duration{
      static_cast<std::int64_t>(next_random(random_) % static_cast<std::uint64_t>(most.count() + 1))};
}

Duration Uplink::back_off() {
  const auto whole = doubled(failures_in_a_row_, kMaxBackOff);
  return whole / 2 + random_up_to(whole / 2);
}

// Many were told the same moment: each comes a while after it, the longer the more often it was told.
Duration Uplink::spread(Duration told, int times) { return told + random_up_to(doubled(times, kMaxSpread)); }

void Uplink::put_off_replay(MonoTime mono, std::optional<Duration> wait) {
  replay_at_ = mono + spread(wait.value_or(std::chrono::seconds{1}), replays_put_off_++);
}

void Uplink::failed(Message why, Timestamp now, MonoTime mono, std::optional<Duration> wait) {
  retry_at_ = mono + (wait ? spread(*wait, failures_in_a_row_) : back_off());
  ++failures_in_a_row_;
  ++status_.failures;
  status_.connected = false;
  if (!status_.since) status_.since = now;
  // What stands in the arguments may change each time (a time, a port); the kind of trouble is news.
  if (why.id != status_.trouble.id) lines_.push_back("uplink: " + render(why, Lang::en));
  status_.trouble = std::move(why);
  // What was on its way is to be sent again: without new company, once the wait is over.
  if (piece_.lane == wire::Lane::live) appended(mono, true);
}

void Uplink::succeeded() {
  if (!status_.trouble.empty())
    lines_.push_back("uplink: the collector answers again");
  else if (!status_.connected)
    lines_.push_back("uplink: connected");
  failures_in_a_row_ = 0;
  status_.connected = true;
  status_.trouble = {};
  status_.since.reset();
}

std::optional<wire::Assignment> Uplink::take_assignment() { return std::exchange(assignment_, std::nullopt); }
std::vector<wire::Command> Uplink::take_commands() { return std::exchange(commands_, {}); }
std::optional<std::string> Uplink::take_certificate() { return std::exchange(certificate_, std::nullopt); }
std::vector<std::string> Uplink::take_log() { return std::exchange(lines_, {}); }

}  // namespace xj::agent

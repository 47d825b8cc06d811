#include "collector/api/money_request.h"

#include <algorithm>

namespace xj::collector {
namespace {

BadAct bad_value(std::string name, std::string accepts) {
  return {"query", {"collector.api.bad_query", {{"name", std::move(name)}, {"accepts", std::move(accepts)}}}};
}

std::optional<Timestamp> time_of(const std::string& text, const domain::Zone& zone, Timestamp now) {
  if (text.size() != 10) return read_time(text, zone, now);
  const auto wall = parse_wall(text + " 23:59:59", text);
  if (!wall) return std::nullopt;
  const auto end = zone.to_utc(std::chrono::local_time<Duration>{wall->time_since_epoch()});
  // Today is not over yet; a day to come is refused as what lies ahead.
  return end - now < std::chrono::hours{24} ? std::min(end, now) : end;
}

// "12.5", in yuan; digits only, so that no money passes through floating point.
std::optional<std::int64_t> cents_of(std::string_view text) {
  constexpr std::int64_t most = 100'000'000'000'000;
  std::int64_t out = 0;
  int after = -1, digits = 0;
  for (const char c : text) {
    if (c == '.' && after < 0 && digits > 0) {
      after = 0;
      continue;
    }
    if (c < '0' || c > '9' || (after >= 0 && ++after > 2) || ++digits > 15) return std::nullopt;
    out = out * 10 + (c - '0');
  }
  if (digits == 0 || after == 0) return std::nullopt;
  for (int i = std::max(after, 0); i < 2; ++i) out *= 10;
  return out <= most ? std::optional(out) : std::nullopt;
}

}  // namespace

std::span<const std::string_view> money_members() {
  static constexpr std::string_view members[] = {
      "verb", "name", "case", "of", "system", "price", "count", "sum", "at", "until", "ground", "as", "why"};
  return members;
}

std::variant<domain::MoneyRecord, BadAct> read_money_record(const Json& json,
                                                            const domain::Contract& contract, Timestamp now) {
  domain::MoneyRecord draft;
  const auto verb = json["verb"].string_or("");
  if (verb == "record")
    draft.kind = domain::MoneyRecordKind::recorded;
  else if (verb == "waive")
    draft.kind = domain::MoneyRecordKind::waived;
  else if (verb == "withdraw")
    draft.kind = domain::MoneyRecordKind::withdrawn;
  else
    return BadAct{"verb", {"collector.api.verb", {{"verb", verb}, {"known", "record, waive, withdraw"}}}};
  draft.about = json["name"].string_or(""), draft.number = json["case"].string_or("");
  draft.system = json["system"].string_or(""), draft.price = json["price"].string_or("");
  draft.why = json["why"].string_or(""), draft.at = now;
  if (const auto text = json["at"].string_or(""); !text.empty()) {
    const auto at = time_of(text, contract.zone, now);
    if (!at) return bad_value("at", "2026-09-30, 2026-09-30T16:30:00+08:00");
    draft.at = *at;
  }
  if (const auto text = json["until"].string_or(""); !text.empty()) {
    draft.until = time_of(text, contract.zone, now);
    if (!draft.until) return bad_value("until", "2026-09-30, 2026-09-30T16:30:00+08:00");
  }
  const auto count = json["count"].is_null() ? 0 : json["count"].int_or(-1);
  if (count < 0 || count > 10'000) return bad_value("count", "1-10000");
  draft.count = static_cast<int>(count);
  if (const auto& sum = json["sum"]; !sum.is_null()) {
    draft.sum_cents = cents_of(sum.is_int() ? std::to_string(sum.int_or(0)) : sum.string_or(""));
    if (!draft.sum_cents) return bad_value("sum", "3982000, 1200.50");
  }
  const auto of = json["of"].int_or(0);
  if (of < 0 || of > 1'000'000'000) return bad_value("of", "1-1000000000");
  draft.of = static_cast<std::uint32_t>(of);
  const auto ground = json["ground"].string_or("client");
  if (ground != "client" && ground != "force_majeure") return bad_value("ground", "client, force_majeure");
  draft.ground = ground == "client" ? domain::WaiverGround::client : domain::WaiverGround::force_majeure;
  return draft;
}

}  // namespace xj::collector

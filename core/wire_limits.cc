#include "core/wire_limits.h"

#include <cmath>
#include <set>

#include "core/json.h"
#include "core/wire.h"

namespace xj::wire {
namespace {

// Mended before it is cut, as writing would: a byte that is no character grows to three.
bool fit(std::string& text) {
  if (auto mended = mend_utf8(text); mended != text) text = std::move(mended);
  const auto kept = cut_text(text).size();
  if (kept == text.size()) return false;
  text.resize(kept);
  return true;
}

bool fit(Message& msg) {
  bool lost = false;
  if (msg.args.size() > kMaxArgs) msg.args.resize(kMaxArgs), lost = true;
  for (auto& arg : msg.args) lost |= fit(arg.second);
  return lost;
}

bool fit(std::vector<Metric>& metrics) {
  const auto before = metrics.size();
  std::set<std::string_view> names;  // views into `metrics`: marked first, erased after
  std::vector<bool> keep(before);
  for (std::size_t i = 0; i < before; ++i) {
    const auto& m = metrics[i];
    const auto* d = std::get_if<double>(&m.value);
    keep[i] = names.size() < kMaxMetrics && valid_metric_name(m.name) &&
              (d == nullptr || std::isfinite(*d)) && names.insert(m.name).second;
  }
  if (names.size() == before) return false;
  std::vector<Metric> kept;
  kept.reserve(names.size());
  for (std::size_t i = 0; i < before; ++i)
    if (keep[i]) kept.push_back(metrics[i]);
  metrics = std::move(kept);
  return true;
}

}  // namespace

bool printable(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u < 0x20 || u == 0x7F;
  });
}

bool valid_message_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxMessageId && all_name_chars(id);
}

bool valid_metric_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxMetricName && all_name_chars(name);
}

bool valid_epoch(std::string_view epoch) {
  return !epoch.empty() && epoch.size() <= 40 && std::all_of(epoch.begin(), epoch.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string_view cut_text(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t end = max;
  // At most three steps back: beyond that it is no UTF-8 and may be cut anywhere.
  for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back)
    --end;
  if ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) end = max;
  return text.substr(0, end);
}

bool fit(Result& result) {
  bool lost = fit(result.msg);
  lost |= fit(result.metrics);
  std::vector<Item> items;
  std::set<std::string> keys;
  for (auto& item : result.items) {
    item.key = mend_utf8(item.key);
    if (items.size() == kMaxItems || !printable(item.key, kMaxItemKey) || !keys.insert(item.key).second) {
      lost = true;
      continue;
    }
    lost |= fit(item.msg);
    lost |= fit(item.metrics);
    items.push_back(std::move(item));
  }
  result.items = std::move(items);
  if (result.rows.size() > kMaxRows) result.rows.resize(kMaxRows), lost = true;
  for (auto& row : result.rows) {
    if (row.size() > kMaxColumns) row.resize(kMaxColumns), lost = true;
    for (auto& cell : row) lost |= fit(cell);
  }
  const auto clamp = [&](Duration& d, Duration low) {
    const auto inside = std::clamp(d, low, kMaxSpan);
    lost |= inside != d;
    d = inside;
  };
  clamp(result.late, -kMaxSpan);
  clamp(result.took, Duration{0});
  return lost;
}

}  // namespace xj::wire

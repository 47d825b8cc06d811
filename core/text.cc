#include "core/text.h"

#include <cstdlib>
#include <map>
#include <optional>

#include "core/time.h"

namespace xj {

// One line an area; each is a file in core/texts/.
#define XJ_TEXT_AREAS(X) \
  X(core)                \
  X(io)                  \
  X(config)              \
  X(checks)              \
  X(agent)               \
  X(domain)              \
  X(collector)           \
  X(reports)             \
  X(cli) X(calendar) X(notify) X(duty) X(round) X(knowledge) X(simulate) X(money) X(query) X(safety)

#define XJ_DECLARE(area) std::span<const TextEntry> area##_texts();
namespace texts {
XJ_TEXT_AREAS(XJ_DECLARE)
}
#undef XJ_DECLARE

std::span<const std::span<const TextEntry>> all_texts() {
#define XJ_CALL(area) texts::area##_texts(),
  static const std::span<const TextEntry> areas[] = {XJ_TEXT_AREAS(XJ_CALL)};
#undef XJ_CALL
  return areas;
}

namespace {

const TextEntry* find(std::string_view id) {
  static const auto index = [] {
    std::map<std::string_view, const TextEntry*> m;
    for (const auto area : all_texts())
      for (const auto& entry : area) m.emplace(entry.id, &entry);
    return m;
  }();
  const auto it = index.find(id);
  return it == index.end() ? nullptr : it->second;
}

std::string bare(const Message& message) {
  std::string out = message.id;
  for (const auto& [name, value] : message.args) out += ' ' + name + '=' + value;
  return out;
}

// The language asked for of "@[zh|en]"; nothing when it is not of that form.
std::optional<std::string_view> pick_language(std::string_view value, Lang lang) {
  if (!value.starts_with("@[") || !value.ends_with(']')) return std::nullopt;
  const auto bar = value.find('|');
  if (bar == std::string_view::npos) return std::nullopt;
  return lang == Lang::zh ? value.substr(2, bar - 2) : value.substr(bar + 1, value.size() - bar - 2);
}

// "1h59m57s" as people say it: "1 小时 59 分 57 秒", "1 h 59 min 57 s". What is no duration stays as it is:
// one place may hold a percentage once and a time another time.
std::string duration_in_words(const std::string& value, Lang lang) {
  struct Unit {
    std::string_view name;
    std::int64_t ms;
    std::string_view en_one, en, zh, zh_alone;
  };
  static constexpr Unit units[] = {{"d", 86'400'000, "day", "days", "天", "天"},
                                   {"h", 3'600'000, "h", "h", "小时", "小时"},
                                   {"m", 60'000, "min", "min", "分", "分钟"},
                                   {"s", 1'000, "s", "s", "秒", "秒"},
                                   {"ms", 1, "ms", "ms", "毫秒", "毫秒"}};
  const auto duration = parse_duration(value);
  if (!duration) {  // measured ones have decimals: "0.13ms"
    const auto digits = value.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string::npos) return value;
    for (const auto& unit : units)
      if (value.substr(digits) == unit.name)
        return value.substr(0, digits) + ' ' + std::string(lang == Lang::zh ? unit.zh_alone : unit.en);
    return value;
  }
  if (duration->count() == 0) {
    // Zero keeps its unit: a connection took 0 milliseconds, not 0 seconds.
    const bool ms = value.ends_with("ms");
    return std::string("0 ") + (lang == Lang::zh ? (ms ? "毫秒" : "秒") : (ms ? "ms" : "s"));
  }
  std::string out;
  auto left = duration->count();
  for (const auto& unit : units) {
    const auto count = left / unit.ms;
    if (count == 0) continue;
    left %= unit.ms;
    const bool alone = out.empty() && left == 0;
    out += (out.empty() ? "" : " ") + std::to_string(count) + ' ';
    if (lang == Lang::zh)
      out += alone ? unit.zh_alone : unit.zh;
    else
      out += count == 1 ? unit.en_one : unit.en;
  }
  return out;
}

// An argument as it stands in a sentence of that language.
std::string shown(const std::string& value, Lang lang) {
  if (const auto picked = pick_language(value, lang)) return std::string(*picked);
  // "@some.id" is a word that has a language of its own.
  if (value.starts_with('@') && has_text(std::string_view(value).substr(1)))
    return text(std::string_view(value).substr(1), lang);
  return value;
}

}  // namespace

std::string render(const Message& message, Lang lang) {
  if (message.id.empty()) return message.args.empty() ? std::string{} : message.args.front().second;
  const auto* entry = find(message.id);
  if (entry == nullptr) return bare(message);
  const std::string_view pattern = lang == Lang::zh ? entry->zh : entry->en;
  std::string out;
  for (std::size_t i = 0; i < pattern.size();) {
    if (pattern[i] == '{') {
      const auto close = pattern.find('}', i);
      if (close != std::string_view::npos) {
        auto name = pattern.substr(i + 1, close - i - 1);
        const bool duration = name.ends_with(":duration");
        if (duration) name.remove_suffix(std::string_view(":duration").size());
        bool found = false;
        for (const auto& [key, value] : message.args)
          if (key == name) {
            out += duration && !value.starts_with('@') ? duration_in_words(value, lang) : shown(value, lang);
            found = true;
            break;
          }
        if (!found) out.append(pattern.substr(i, close - i + 1));
        i = close + 1;
        continue;
      }
    }
    out += pattern[i++];
  }
  return out;
}

std::string text(std::string_view id, Lang lang) { return render(Message{std::string(id), {}}, lang); }

std::string bilingual(std::string_view zh, std::string_view en) {
  if (zh == en) return std::string(zh);
  std::string out = "@[";
  for (const char c : zh) out += c == '|' ? '/' : c;
  out += '|';
  out += en;
  return out += ']';
}

bool has_text(std::string_view id) { return find(id) != nullptr; }

Lang lang_from_environment() {
  for (const char* name : {"XUNJIAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view v{value};
    if (v.starts_with("zh")) return Lang::zh;
    // "C" and "POSIX" name no language: a bare machine, where the product's own default holds.
    if (v == "C" || v == "POSIX" || v.starts_with("C.")) continue;
    return Lang::en;
  }
  return Lang::zh;
}

}  // namespace xj

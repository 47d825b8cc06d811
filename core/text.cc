#include "core/text.h"

#include <cstdlib>
#include <map>
#include <optional>

namespace xj {

// One line an area; each is a file in core/texts/.
#define XJ_TEXT_AREAS(X) X(core) X(io) X(config) X(checks) X(agent) X(domain) X(collector) X(reports) X(cli)

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
        const auto name = pattern.substr(i + 1, close - i - 1);
        bool found = false;
        for (const auto& [key, value] : message.args)
          if (key == name) {
            // "@some.id" is a word that has a language of its own.
            if (const auto picked = pick_language(value, lang))
              out += *picked;
            else
              out += value.starts_with('@') && has_text(std::string_view(value).substr(1))
                         ? text(std::string_view(value).substr(1), lang)
                         : value;
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

#pragma once
// Everything users read, in Chinese and English, by message id. No locale of the system is asked:
// one report may need both languages in one process.
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xj {

enum class Lang { zh, en };

// A sentence before it has a language: what is stored, sent and compared. An empty id is text that somebody
// else wrote (a plugin's output, a person's note): its one argument "text" is shown as it is.
// An argument "@core.state.ok" stands for that text in the language of the whole; "@[磁盘|disk]" brings both
// of its languages along, as a title from a contract does (bilingual() makes one).
struct Message {
  using Args = std::vector<std::pair<std::string, std::string>>;
  std::string id;
  Args args;

  static Message literal(std::string text) { return {"", {{"text", std::move(text)}}}; }
  bool empty() const { return id.empty() && args.empty(); }
  bool operator==(const Message&) const = default;
};

// A row of core/texts/: `{name}` stands for that argument, `{name:duration}` for one such as "14d" in words.
struct TextEntry {
  std::string_view id;
  std::string_view en;
  std::string_view zh;
};

// The areas, one file each in core/texts/; text.cc lists them. Ids start with the area: "area.thing.word".
std::span<const std::span<const TextEntry>> all_texts();

// An id without an entry renders as the id and its arguments, so that nothing is ever silent.
std::string render(const Message& message, Lang lang);
// A label or heading: an entry without arguments.
std::string text(std::string_view id, Lang lang);
bool has_text(std::string_view id);
// An argument in two languages; just the text where both are the same.
std::string bilingual(std::string_view zh, std::string_view en);

// XUNJIAN_LANG, LC_ALL, LC_MESSAGES, LANG in that order; Chinese unless one of them names another language.
Lang lang_from_environment();

}  // namespace xj

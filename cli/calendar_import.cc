// `xunjian calendar import`: next year's notice becomes the data of this machine, when it is sound.
#include <filesystem>
#include <set>

#include "cli/calendars.h"
#include "core/io/file.h"

namespace xj::cli {
namespace {

std::string word_of(const domain::HolidayTable& table, domain::Date date) {
  const auto it = table.working.find(date);
  if (it == table.working.end()) return "plain";
  return it->second ? "workday" : "holiday";
}
std::string name_in(const domain::HolidayTable& table, domain::Date date) {
  const auto it = table.names.find(date);
  return it == table.names.end() ? std::string{} : it->second;
}

struct Change {
  domain::Date date;
  std::string from, to, name;
};
std::vector<Change> changes(const domain::HolidayTable& before, const domain::HolidayTable& after) {
  std::set<domain::Date> dates;
  for (const auto& [date, unused] : before.working) dates.insert(date);
  for (const auto& [date, unused] : after.working) dates.insert(date);
  std::vector<Change> out;
  for (const auto date : dates) {
    Change change{date, word_of(before, date), word_of(after, date), name_in(after, date)};
    if (change.name.empty()) change.name = name_in(before, date);
    if (change.from != change.to || name_in(before, date) != name_in(after, date))
      out.push_back(std::move(change));
  }
  return out;
}

}  // namespace

int run_calendar_import(Context& c, const Arguments& a) {
  const auto target = a.has("--to") ? a.get("--to") : c.holidays_file;
  if (target.empty()) throw CommandFailed({"calendar.option_missing", {{"option", "--to FILE"}}}, {}, kUsage);
  Problems problems;
  const auto news = collector::load_holidays(a.words.at(0), problems);
  if (has_errors(problems)) {
    auto lines = render(problems, c.json ? Lang::en : c.lang);
    while (lines.ends_with('\n')) lines.pop_back();
    throw CommandFailed(Message::literal(std::move(lines)), {"calendar.import.untouched", {{"file", target}}},
                        kUsage);
  }
  if (!c.json) c.err << render(problems, c.lang);
  std::error_code error;
  const bool replaces = std::filesystem::exists(target, error);
  // Where nothing was imported yet, the data that came with the program are what is brought up to date.
  const auto before = replaces ? read_holidays_file(c, target).table : find_holidays(c, Arguments{}).table;
  const auto after = collector::updated_holidays(before, news);
  if (!after)
    throw CommandFailed({"calendar.import.gap",
                         {{"from", collector::to_text(before.covers_from)},
                          {"to", collector::to_text(before.covers_to)},
                          {"new_from", collector::to_text(news.covers_from)},
                          {"new_to", collector::to_text(news.covers_to)}}},
                        {"calendar.import.untouched", {{"file", target}}});
  const auto changed = changes(before, *after);
  const bool same =
      changed.empty() && before.covers_from == after->covers_from && before.covers_to == after->covers_to;
  // Cases are bound to editions: one name cannot stand for two states of the data.
  if (!same && before.edition == after->edition)
    throw CommandFailed({"calendar.import.same_edition", {{"edition", after->edition}}},
                        {"calendar.import.untouched", {{"file", target}}}, kUsage);
  const bool write = !a.has("--dry-run") && (!same || !replaces || before.edition != after->edition);
  if (write) {
    io::PosixFileSystem files;
    io::write_whole(files, target, collector::write_holidays(*after));
    // Nothing in it is secret, and the collector runs under an account of its own.
    namespace fs = std::filesystem;
    fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                                fs::perms::others_read);
  }
  if (c.json) {
    Json list{Json::Array{}};
    for (const auto& change : changed) {
      Json one;
      one.set("date", collector::to_text(change.date))
          .set("from", change.from)
          .set("to", change.to)
          .set("name", change.name);
      list.push(std::move(one));
    }
    Json json;
    json.set("file", target)
        .set("written", write)
        .set("edition", after->edition)
        .set("edition_before", before.edition);
    json.set("covers", Json(Json::Object{{"from", Json(collector::to_text(after->covers_from))},
                                         {"to", Json(collector::to_text(after->covers_to))}}));
    json.set("changes", std::move(list));
    c.print(json);
    return kOk;
  }
  if (!changed.empty()) {
    Table table({{c.t("calendar.col.date")},
                 {c.t("calendar.col.was")},
                 {c.t("calendar.col.is")},
                 {c.t("calendar.col.name")}});
    for (const auto& change : changed)
      table.add({collector::to_text(change.date), c.t("calendar.is." + change.from),
                 c.t("calendar.is." + change.to), change.name});
    c.print(table);
  }
  c.out << c.say({"calendar.import.summary",
                  {{"before", before.edition},
                   {"after", after->edition},
                   {"from", collector::to_text(after->covers_from)},
                   {"to", collector::to_text(after->covers_to)},
                   {"count", std::to_string(changed.size())}}})
        << '\n';
  c.out << c.say({write ? "calendar.import.written" : "calendar.import.not_written", {{"file", target}}})
        << '\n';
  return kOk;
}

}  // namespace xj::cli

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/commands.h"
#include "core/width.h"
#include "tests/fakes/places.h"

namespace xj::cli {
namespace {

std::string everything(Lang lang) {
  std::string out = help_text("", lang);
  std::set<std::string> groups;
  for (const auto& command : commands()) {
    if (const auto space = command.path.find(' '); space != std::string_view::npos)
      groups.insert(std::string(command.path.substr(0, space)));
  }
  for (const auto& group : groups) out += "\n==== " + group + "\n" + help_text(group, lang);
  for (const auto& command : commands())
    out += "\n==== " + std::string(command.path) + "\n" + help_text(command.path, lang);
  return out;
}

// With XJ_UPDATE_GOLDEN set the file is written instead, for a person to look at in the diff.
void expect_golden(const std::string& name, const std::string& text) {
  const auto path = source_dir() + "/tests/golden/cli/" + name;
  if (std::getenv("XJ_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream in(path);
  std::stringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(kept.str(), text) << name << " differs; look at it, then run with XJ_UPDATE_GOLDEN=1";
}

TEST(Help, IsAsItWas) {
  expect_golden("help.zh.txt", everything(Lang::zh));
  expect_golden("help.en.txt", everything(Lang::en));
}

TEST(Help, EveryWordExistsAndTheLinesFitATerminal) {
  for (const auto& command : commands()) {
    EXPECT_TRUE(has_text(command.help)) << command.path;
    for (const auto& argument : command.arguments) EXPECT_TRUE(has_text(argument.help)) << command.path;
    for (const auto& option : command.options)
      EXPECT_TRUE(has_text(option.help)) << command.path << option.name;
    EXPECT_NE(command.run, nullptr);
  }
  for (const auto lang : {Lang::zh, Lang::en}) {
    std::istringstream lines(everything(lang));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80) << line;
  }
}

std::string error_of(const std::vector<std::string>& words) {
  return render(parse_command_line(words).error, Lang::en);
}

TEST(CommandLine, FindsCommandArgumentsAndOptionsAnywhere) {
  const auto p = parse_command_line({"--json", "case", "--lang", "en", "ack", "INC-1", "--as=p1", "on it"});
  ASSERT_TRUE(p.error.empty());
  EXPECT_EQ(p.command->path, "case ack");
  EXPECT_EQ(p.arguments.words, (std::vector<std::string>{"INC-1", "on it"}));
  EXPECT_TRUE(p.arguments.has("--json"));
  EXPECT_EQ(p.arguments.get("--as"), "p1");
  EXPECT_EQ(parse_command_line({"case", "note", "N", "--", "--text"}).arguments.words.at(1), "--text");
  EXPECT_EQ(parse_command_line({"report", "render", "1", "-o", "-"}).arguments.get("--output"), "-");
  EXPECT_EQ(parse_command_line({"config", "check", "a", "b", "c"}).arguments.words.size(), 3U);
  EXPECT_EQ(parse_command_line({"--version"}).command->path, "version");
  EXPECT_TRUE(parse_command_line({"case", "-h"}).help);
}

TEST(CommandLine, SaysWhatIsWrong) {
  EXPECT_EQ(error_of({"statsu"}), "unknown command \"statsu\"; did you mean \"status\"?");
  EXPECT_EQ(error_of({"case", "zzzzzz"}),
            "unknown command \"zzzzzz\"; known: list, show, open, ack, register, report, told, arrive, note, "
            "grade, pause, resume, recover, reopen, false-alarm, merge, split, escalate, approve, "
            "request-close, confirm, "
            "verify, close, sign, amend, recompute");
  EXPECT_NE(error_of({"case"}), "");
  EXPECT_NE(error_of({}), "");
  EXPECT_EQ(error_of({"results", "host"}), "CHECK is missing");
  EXPECT_EQ(error_of({"hosts", "x"}), "\"x\" is one word too many; put texts with spaces in quotes");
  EXPECT_EQ(error_of({"status", "--jsn"}), "unknown option --jsn; did you mean --json?");
  EXPECT_EQ(error_of({"status", "--server"}), "--server needs a value: --server URL");
  EXPECT_EQ(error_of({"status", "--json=yes"}), "--json takes no value");
  EXPECT_NE(error_of({"hosts", "--problems"}), "") << "an option of another command";
}

}  // namespace
}  // namespace xj::cli

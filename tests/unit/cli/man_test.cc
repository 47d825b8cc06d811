// Man pages and completion say what the tables say, all of it.
#include "cli/man.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/commands.h"

namespace xj::cli {
namespace {

// As a reader sees it: no requests, no escapes.
std::string read(const std::string& page) {
  std::string out;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(".") || line.starts_with("'")) continue;
    for (const auto* escape : {"\\:", "\\&", "\\fB", "\\fI", "\\fR"})
      for (auto at = line.find(escape); at != std::string::npos; at = line.find(escape))
        line.erase(at, std::string_view(escape).size());
    for (auto at = line.find("\\-"); at != std::string::npos; at = line.find("\\-")) line.erase(at, 1);
    out += line + '\n';
  }
  return out;
}

std::string said(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot be started";
  std::string out;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
  const int status = ::pclose(pipe);
  return status == 0 ? out : out + "exit " + std::to_string(status);
}

TEST(Man, NamesEveryCommandOptionAndHelp) {
  for (const auto lang : {Lang::zh, Lang::en}) {
    const auto page = read(man_page(lang, "2026-11-21"));
    const auto has = [&](const std::string& words) {
      EXPECT_NE(page.find(words + '\n'), std::string::npos) << words;
    };
    for (const auto& command : commands()) {
      EXPECT_NE(page.find("xunjian " + std::string(command.path)), std::string::npos) << command.path;
      has(text(command.help, lang));
      for (const auto& argument : command.arguments) has(text(argument.help, lang));
      for (const auto& option : command.options) {
        has(std::string(option.name) + (option.value.empty() ? "" : ' ' + std::string(option.value)));
        has(text(option.help, lang));
      }
    }
    for (const auto& option : global_options()) has(text(option.help, lang));
  }
}

TEST(Man, TroffFindsNothingToComplainAbout) {
  const auto path = std::filesystem::temp_directory_path() / ("xj-man-" + std::to_string(::getpid()));
  for (const auto lang : {Lang::zh, Lang::en})
    for (const auto& page :
         {man_page(lang, "2026-11-21"), man_page_of("agent", {"usage: x\n"}, lang, "2026-11-21"),
          man_page_of("collector", {"usage: x\n", "y\n"}, lang, "2026-11-21")}) {
      std::ofstream(path) << page;
      EXPECT_EQ(said("groff -ww -K utf8 -man -Tutf8 -rLL=78n -z " + path.string() + " 2>&1"), "");
    }
  std::filesystem::remove(path);
}

TEST(Man, WhatAProgramPrintsCannotBecomeARequest) {
  const auto page =
      man_page_of("agent", {"usage: a\n.so /etc/passwd\n'x\n  back\\slash -v\n"}, Lang::en, "2026-11-21");
  EXPECT_NE(page.find("\n.nf\nusage: a\n\\&.so /etc/passwd\n\\&'x\n  back\\(rsslash \\-v\n.fi\n"),
            std::string::npos)
      << page;
  EXPECT_NE(page.find("XUNJIAN\\-AGENT 8 2026-11-21"), std::string::npos);
}

TEST(Man, ChineseLinesMayEndBetweenCharactersButNotBeforeAComma) {
  const auto page = man_page_of("collector", {"x"}, Lang::zh, "2026-11-21");
  EXPECT_NE(page.find("接\\:收\\:检\\:查"), std::string::npos);
  EXPECT_EQ(page.find("\\:，"), std::string::npos);
  EXPECT_EQ(page.find("（\\:"), std::string::npos);
}

std::string completed(const std::string& words) {
  const auto path = std::filesystem::temp_directory_path() / ("xj-completion-" + std::to_string(::getpid()));
  std::ofstream(path) << bash_completion() << "COMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_xunjian\necho \"${COMPREPLY[*]}\"\n";
  auto out = said("bash " + path.string() + " 2>&1");
  std::filesystem::remove(path);
  return out;
}

TEST(Completion, OffersWhatTheTableHas) {
  EXPECT_EQ(completed("xunjian sta"), "status\n");
  EXPECT_EQ(completed("xunjian case re"), "recompute recover register reopen report request-close resume\n");
  EXPECT_EQ(completed("xunjian --lang zh case ac"), "ack\n") << "an option's value is no command";
  EXPECT_EQ(completed("xunjian case report --t"), "--to --token-file\n");
  EXPECT_EQ(completed("xunjian --lang e"), "en\n");
  EXPECT_EQ(completed("xunjian case ack INC-1 --as ''"), "\n") << "nobody's names are known here";
  std::string all;
  for (const auto& command : commands()) {
    const std::string path(command.path);
    const auto last = path.rfind(' ');
    const auto offered =
        completed("xunjian " + (last == std::string::npos ? "" : path.substr(0, last)) + " ''");
    EXPECT_NE((' ' + offered).find(' ' + path.substr(last == std::string::npos ? 0 : last + 1)),
              std::string::npos)
        << path << ": " << offered;
  }
}

}  // namespace
}  // namespace xj::cli

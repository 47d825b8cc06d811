#include "cli/man.h"

#include <algorithm>
#include <set>

#include "cli/commands.h"
#include "core/width.h"

namespace xj::cli {
namespace {

// The bytes of the character that begins at `at`.
std::size_t length_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - at);
}
bool one_of(std::string_view character, std::string_view set) {
  for (std::size_t at = 0; at < set.size(); at += length_at(set, at))
    if (set.substr(at, length_at(set, at)) == character) return true;
  return false;
}

// troff knows no Chinese line breaking: where a line may end is said to it.
std::string escaped(std::string_view text, bool literal = false) {
  std::string out;
  std::string_view before;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = text.substr(at, length_at(text, at));
    at += character.size();
    if (!literal && !before.empty() && character.size() > 1 && before != " " &&
        !one_of(character, "，。、；：！？）”’》–…") && !one_of(before, "（“‘《("))
      out += "\\:";
    if (character == "\\")
      out += "\\(rs";
    else if (character == "-")
      out += "\\-";
    else if ((character == "." || character == "'") && (before.empty() || before == "\n"))
      out += "\\&" + std::string(character);
    else
      out += character;
    before = character;
  }
  return out;
}
std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

class Page {
 public:
  Page(std::string_view name, std::string_view section, Lang lang, std::string_view date) : lang_(lang) {
    std::string upper(name);
    for (auto& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    out_ = "'\\\" -*- coding: UTF-8 -*-\n.TH " + escaped(upper) + ' ' + std::string(section) + ' ' +
           std::string(date) + " \"xunjian " XJ_VERSION "\" " + (lang == Lang::zh ? "巡检" : "Xunjian") +
           "\n.nh\n.ad l\n";
  }
  std::string t(std::string_view id) const { return text(id, lang_); }
  void heading(std::string_view id) { out_ += ".SH " + escaped(t(id)) + '\n'; }
  void raw(const std::string& line) { out_ += line + '\n'; }
  // Paragraphs where the text has lines.
  void words(std::string_view id) {
    const auto whole = t(id);
    for (std::size_t at = 0; at < whole.size();) {
      const auto end = std::min(whole.find('\n', at), whole.size());
      if (at > 0) out_ += ".PP\n";
      out_ += escaped(whole.substr(at, end - at)) + '\n';
      at = end + 1;
    }
  }
  void term(const std::string& head, std::string_view id) {
    out_ += ".TP\n" + head + '\n' + escaped(t(id)) + '\n';
  }
  void option(const OptionSpec& option) {
    std::string head;
    if (option.name == "--output") head = bold("-o") + ", ";
    if (option.name == "--help") head = bold("-h") + ", ";
    head += bold(option.name);
    if (!option.value.empty()) head += ' ' + italic(option.value);
    term(head, option.help);
  }
  void see_also(std::initializer_list<std::pair<std::string_view, std::string_view>> pages) {
    heading("cli.man.see_also");
    std::string line;
    for (const auto& [name, section] : pages)
      line += (line.empty() ? "" : ", ") + bold(name) + '(' + std::string(section) + ')';
    raw(line);
  }
  std::string take() { return std::move(out_); }

 private:
  Lang lang_;
  std::string out_;
};

std::string shown_usage(const Command& command) {
  std::string out = bold("xunjian " + std::string(command.path));
  for (const auto& argument : command.arguments) {
    auto word = italic(argument.name);
    if (argument.many) word += "...";
    out += argument.required ? ' ' + word : " [" + word + ']';
  }
  return out;
}

}  // namespace

std::string man_page(Lang lang, std::string_view date) {
  Page page("xunjian", "1", lang, date);
  page.heading("cli.man.name");
  page.raw("xunjian \\- " + escaped(page.t("cli.man.cli.short")));
  page.heading("cli.man.synopsis");
  page.raw(bold("xunjian") + ' ' + italic(page.t("cli.man.command")) + " [" +
           italic(page.t("cli.usage.options")) + ']');
  page.heading("cli.man.description");
  page.words("cli.help.top");
  page.raw(".PP");
  page.words("cli.man.cli.about");
  page.heading("cli.man.commands");
  for (const auto& command : commands()) {
    page.term(shown_usage(command), command.help);
    if (command.arguments.empty() && command.options.empty()) continue;
    page.raw(".RS");
    for (const auto& argument : command.arguments) page.term(italic(argument.name), argument.help);
    for (const auto& option : command.options) page.option(option);
    page.raw(".RE");
  }
  page.heading("cli.man.options");
  for (const auto& option : global_options()) page.option(option);
  page.heading("cli.man.environment");
  page.term(bold("XUNJIAN_SERVER") + ", " + bold("XUNJIAN_CA") + ", " + bold("XUNJIAN_TOKEN_FILE"),
            "cli.man.env.server");
  page.term(bold("XUNJIAN_LANG") + ", " + bold("LC_ALL") + ", " + bold("LC_MESSAGES") + ", " + bold("LANG"),
            "cli.man.env.lang");
  page.term(bold("NO_COLOR"), "cli.opt.no_color");
  page.term(bold("COLUMNS"), "cli.man.env.columns");
  page.heading("cli.man.files");
  page.term(italic("/run/xunjian/collector.sock"), "cli.man.file.socket");
  page.heading("cli.man.exit");
  page.words("cli.man.cli.exit");
  page.see_also({{"xunjian-agent", "8"}, {"xunjian-collector", "8"}});
  return page.take();
}

std::string man_page_of(std::string_view program, const std::vector<std::string>& helps, Lang lang,
                        std::string_view date) {
  const std::string name = "xunjian-" + std::string(program), of = "cli.man." + std::string(program) + '.';
  Page page(name, "8", lang, date);
  page.heading("cli.man.name");
  page.raw(escaped(name + " - " + page.t(of + "short")));
  page.heading("cli.man.synopsis");
  bool first = true;
  for (const auto& help : helps) {
    if (!first) page.raw(".PP");
    first = false;
    auto body = help;
    while (body.ends_with('\n')) body.pop_back();
    page.raw(".nf\n" + escaped(body, true) + "\n.fi");
  }
  page.heading("cli.man.description");
  page.words(of + "about");
  page.heading("cli.man.files");
  page.term(italic("/etc/xunjian/" + std::string(program) + ".yaml"), of + "config");
  page.term(italic("/var/lib/" + name), of + "state");
  page.heading("cli.man.signals");
  page.words(of + "signals");
  page.heading("cli.man.exit");
  page.words(of + "exit");
  if (program == "agent")
    page.see_also({{"xunjian", "1"}, {"xunjian-collector", "8"}});
  else
    page.see_also({{"xunjian", "1"}, {"xunjian-agent", "8"}});
  return page.take();
}

std::string bash_completion() {
  // A word for each command and group: what may follow it.
  std::set<std::string> paths{""};
  for (const auto& command : commands()) {
    const std::string path(command.path);
    if (const auto space = path.find(' '); space != std::string::npos) paths.insert(path.substr(0, space));
    paths.insert(path);
  }
  const auto names = [](std::span<const OptionSpec> options) {
    std::string out;
    for (const auto& option : options) out += ' ' + std::string(option.name);
    return out;
  };
  std::string with_value = "-o";
  std::set<std::string> valued;
  const auto collect = [&](std::span<const OptionSpec> options) {
    for (const auto& option : options)
      if (!option.value.empty()) valued.insert(std::string(option.name));
  };
  collect(global_options());
  for (const auto& command : commands()) collect(command.options);
  for (const auto& name : valued) with_value += '|' + name;

  std::string cases;
  for (const auto& path : paths) {
    std::set<std::string> next;
    std::string options;
    for (const auto& command : commands()) {
      if (command.path == path) options = names(command.options);
      auto rest = std::string(command.path);
      if (!path.empty()) {
        if (!rest.starts_with(path + ' ')) continue;
        rest.erase(0, path.size() + 1);
      }
      next.insert(rest.substr(0, rest.find(' ')));
    }
    cases += "    '" + path + "') words='";
    bool first = true;
    for (const auto& word : next) cases += (first ? "" : " ") + word, first = false;
    cases += "' options='" + (options.empty() ? "" : options.substr(1)) + "' ;;\n";
  }
  return "# bash completion for xunjian, made from its table of commands\n"
         "_xunjian() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path='' words='' "
         "options='' i\n"
         "  case $before in\n"
         "    -o|--output|--ca|--token-file|--facts|--form-dir) compopt -o default; return ;;\n"
         "    --lang|--form-lang) COMPREPLY=($(compgen -W 'zh en' -- \"$word\")); return ;;\n"
         "    --format) COMPREPLY=($(compgen -W 'pdf html facts' -- \"$word\")); return ;;\n"
         "    " +
         with_value +
         ") return ;;\n"
         "  esac\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      " +
         with_value +
         ") i=$((i + 1)) ;;\n"
         "      -*) ;;\n"
         "      *) path+=\"${path:+ }${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case $path in\n" +
         cases +
         "    'config check '*) compopt -o default; return ;;\n"
         "  esac\n"
         "  if [[ $path == 'config check' && $word != -* ]]; then compopt -o default; return; fi\n"
         "  if [[ $word == -* ]]; then words=\"$options" +
         names(global_options()) +
         "\"; fi\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "}\n"
         "complete -F _xunjian xunjian\n";
}

}  // namespace xj::cli

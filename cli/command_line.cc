// Words to a command, and the table to --help.
#include <algorithm>

#include "cli/commands.h"
#include "core/fault.h"
#include "core/width.h"

namespace xj::cli {
namespace {

const OptionSpec* find_option(std::span<const OptionSpec> options, std::string_view name) {
  const auto it =
      std::find_if(options.begin(), options.end(), [&](const OptionSpec& o) { return o.name == name; });
  return it == options.end() ? nullptr : &*it;
}

bool is_group(std::string_view path) {
  return std::any_of(commands().begin(), commands().end(), [&](const Command& c) {
    return c.path.size() > path.size() && c.path.starts_with(path) && c.path[path.size()] == ' ';
  });
}
const Command* find_command(std::string_view path) {
  const auto it =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.path == path; });
  return it == commands().end() ? nullptr : &*it;
}

// The words that may come next after `path`.
std::vector<std::string> next_words(std::string_view path) {
  std::vector<std::string> out;
  for (const auto& command : commands()) {
    auto rest = command.path;
    if (!path.empty()) {
      if (!rest.starts_with(path) || rest.size() <= path.size() || rest[path.size()] != ' ') continue;
      rest.remove_prefix(path.size() + 1);
    }
    std::string word(rest.substr(0, rest.find(' ')));
    if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(std::move(word));
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Message unknown(std::string_view id, std::string_view near_id, const std::string& word,
                const std::vector<std::string>& known) {
  if (const auto near = did_you_mean(word, known); !near.empty())
    return {std::string(near_id), {{"word", word}, {"near", near}}};
  return {std::string(id), {{"word", word}, {"known", joined(known)}}};
}

constexpr int kHelpWidth = 80;

// A row each, the second column aligned and wrapped.
void two_columns(std::string& out, const std::vector<std::pair<std::string, std::string>>& rows) {
  int left = 0;
  for (const auto& [name, help] : rows) left = std::max(left, display_width(name));
  left = std::min(left, 28);
  for (const auto& [name, help] : rows) {
    out += "  " + name;
    int at = display_width(name);
    if (at > left) out += '\n', at = -2;
    for (const auto& line : wrapped(help, kHelpWidth - left - 4)) {
      out += std::string(static_cast<std::size_t>(left - at + 2), ' ') + line + '\n';
      at = -2;
    }
  }
}

std::string usage_words(const Command& command, Lang lang) {
  std::string out(command.path);
  for (const auto& argument : command.arguments) {
    std::string word(argument.name);
    if (argument.many) word += "...";
    out += argument.required ? ' ' + word : " [" + word + ']';
  }
  return out + " [" + text("cli.usage.options", lang) + ']';
}

std::vector<std::pair<std::string, std::string>> option_rows(std::span<const OptionSpec> options, Lang lang) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& option : options) {
    std::string name(option.name);
    if (name == "--output") name = "-o, " + name;
    if (name == "--help") name = "-h, " + name;
    if (!option.value.empty()) name += ' ' + std::string(option.value);
    rows.emplace_back(std::move(name), text(option.help, lang));
  }
  return rows;
}

}  // namespace

std::string help_text(std::string_view path, Lang lang) {
  std::string out = text("cli.usage", lang) + "xunjian ";
  if (const auto* command = find_command(path)) {
    out += usage_words(*command, lang) + "\n\n" + text(command->help, lang) + '\n';
    if (!command->arguments.empty()) {
      std::vector<std::pair<std::string, std::string>> rows;
      for (const auto& argument : command->arguments)
        rows.emplace_back(argument.name, text(argument.help, lang));
      out += '\n';
      two_columns(out, rows);
    }
    if (!command->options.empty()) {
      out += '\n' + text("cli.usage.options_title", lang) + '\n';
      two_columns(out, option_rows(command->options, lang));
    }
  } else {
    out += (path.empty() ? "" : std::string(path) + ' ') + text("cli.usage.command", lang) + "\n\n";
    if (path.empty()) {
      for (const auto& line : wrapped(text("cli.help.top", lang), kHelpWidth)) out += line + '\n';
      out += '\n';
    }
    out += text("cli.usage.commands_title", lang) + '\n';
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& each : commands())
      if (path.empty() ||
          (each.path.starts_with(path) && each.path.size() > path.size() && each.path[path.size()] == ' '))
        rows.emplace_back(each.path, text(each.help, lang));
    two_columns(out, rows);
  }
  out += '\n' + text("cli.usage.global_title", lang) + '\n';
  two_columns(out, option_rows(global_options(), lang));
  if (path.empty()) out += '\n' + text("cli.help.environment", lang) + '\n';
  return out;
}

Parsed parse_command_line(const std::vector<std::string>& words) {
  Parsed parsed;
  bool options_over = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (!options_over && word == "--") {
      options_over = true;
      continue;
    }
    if (!options_over && word.size() > 1 && word.front() == '-') {
      const auto equals = word.find('=');
      auto name = word.substr(0, equals);
      if (name == "-h") name = "--help";
      if (name == "-o") name = "--output";
      if (name == "--version" && parsed.path.empty()) {
        parsed.path = "version";
        parsed.command = find_command("version");
        continue;
      }
      const auto* option = find_option(global_options(), name);
      if (option == nullptr && parsed.command != nullptr) option = find_option(parsed.command->options, name);
      if (option == nullptr) {
        std::vector<std::string> known;
        if (parsed.command != nullptr)
          for (const auto& o : parsed.command->options) known.emplace_back(o.name);
        for (const auto& o : global_options()) known.emplace_back(o.name);
        parsed.error = unknown("cli.error.option", "cli.error.option_near", name, known);
        return parsed;
      }
      std::string value = "true";
      if (!option->value.empty()) {
        if (equals != std::string::npos)
          value = word.substr(equals + 1);
        else if (i + 1 < words.size())
          value = words[++i];
        else {
          parsed.error = {"cli.error.value", {{"option", name}, {"value", std::string(option->value)}}};
          return parsed;
        }
      } else if (equals != std::string::npos) {
        parsed.error = {"cli.error.no_value", {{"option", name}}};
        return parsed;
      }
      if (name == "--help")
        parsed.help = true;
      else
        parsed.arguments.given.emplace_back(name, value),
            parsed.arguments.options.insert_or_assign(name, std::move(value));
      continue;
    }
    if (parsed.command != nullptr) {
      // "obligations" lists, "obligations done" is a command of its own.
      const auto* longer =
          parsed.arguments.words.empty() && !options_over ? find_command(parsed.path + ' ' + word) : nullptr;
      if (longer != nullptr) {
        parsed.command = longer;
        parsed.path = std::string(longer->path);
      } else {
        parsed.arguments.words.push_back(word);
      }
      continue;
    }
    const auto path = parsed.path.empty() ? word : parsed.path + ' ' + word;
    if ((parsed.command = find_command(path)) == nullptr && !is_group(path)) {
      parsed.error = unknown("cli.error.command", "cli.error.command_near", word, next_words(parsed.path));
      return parsed;
    }
    parsed.path = path;
  }
  if (parsed.help) return parsed;
  if (parsed.command == nullptr) {
    parsed.error = {"cli.error.incomplete", {{"known", joined(next_words(parsed.path))}}};
    return parsed;
  }
  const auto& specs = parsed.command->arguments;
  for (std::size_t i = 0; i < specs.size(); ++i)
    if (specs[i].required && parsed.arguments.words.size() <= i) {
      parsed.error = {"cli.error.missing", {{"name", std::string(specs[i].name)}}};
      return parsed;
    }
  if (parsed.arguments.words.size() > specs.size() && (specs.empty() || !specs.back().many))
    parsed.error = {"cli.error.too_many", {{"word", parsed.arguments.words[specs.size()]}}};
  return parsed;
}

}  // namespace xj::cli

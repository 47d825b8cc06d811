#include "agent/check_command.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ostream>
#include <thread>
#include <variant>

#include "checks/nonblocking.h"
#include "checks/probe_client.h"
#include "checks/probe_protocol.h"
#include "checks/registry.h"
#include "core/width.h"

namespace xj::agent {
namespace {

constexpr Duration kLongestTimeout{3'600'000};

struct Words {
  std::string kind;
  ParamMap params;
  bool json = false, list = false, help = false;
  Duration timeout{10'000};
};

// The words of the command line; a message when one is none of them.
std::variant<Words, Message> read_words(std::span<const std::string> args) {
  Words words;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& word = args[i];
    if (word == "--json") {
      words.json = true;
    } else if (word == "--list") {
      words.list = true;
    } else if (word == "--help" || word == "-h") {
      words.help = true;
    } else if (word == "--timeout" || word.starts_with("--timeout=")) {
      const auto value =
          word == "--timeout" ? (i + 1 < args.size() ? args[++i] : std::string{}) : word.substr(10);
      const auto timeout = parse_duration(value);
      if (!timeout || *timeout <= Duration{0} || *timeout > kLongestTimeout)
        return Message{"checks.cli.bad_timeout", {{"value", value}}};
      words.timeout = *timeout;
    } else if (word == "--") {
      // The program of a command check as it would be typed: no commas are split, no equal signs meant.
      ParamValue argv;
      argv.list = true;
      argv.texts.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      words.params["argv"] = std::move(argv);
      break;
    } else if (const auto equal = word.find('=');
               equal != std::string::npos && equal > 0 && !word.starts_with('-')) {
      auto& value = words.params[word.substr(0, equal)];
      value.texts.push_back(word.substr(equal + 1));
      value.list = value.texts.size() > 1;  // the same name again: a list, none of it split at commas
    } else if (words.kind.empty() && !word.starts_with('-')) {
      words.kind = word;
    } else {
      return Message{"checks.cli.bad_word", {{"word", word}}};
    }
  }
  return words;
}

std::string_view type_word(ParamType type) {
  switch (type) {
    case ParamType::text: return "text";
    case ParamType::integer: return "integer";
    case ParamType::number: return "number";
    case ParamType::percent: return "percent";
    case ParamType::duration: return "duration";
    case ParamType::bytes: return "bytes";
    case ParamType::flag: return "true|false";
    case ParamType::text_list: return "text,...";
    case ParamType::integer_list: return "integer,...";
  }
  return {};
}

void pad(std::ostream& out, std::string_view text, int width) {
  out << text;
  for (auto n = display_width(text); n < width; ++n) out << ' ';
}

void print_kinds(std::ostream& out, Lang lang) {
  for (const auto& type : checks::builtin().all()) {
    pad(out, type.name, 14);
    out << text(type.help_id, lang) << '\n';
  }
}

void print_help(std::ostream& out, const checks::CheckType& type, Lang lang) {
  out << type.name << ": " << text(type.help_id, lang) << "\n\n";
  int width = 0;
  const auto left = [](const ParamSpec& p) {
    return std::string(p.name) + "=" +
           (p.fallback.empty() ? "<" + std::string(type_word(p.type)) + ">" : std::string(p.fallback));
  };
  for (const auto& p : type.params) width = std::max(width, std::min(display_width(left(p)), 32));
  for (const auto& p : type.params) {
    const auto name = left(p);
    out << "  ";
    pad(out, name, width);
    if (display_width(name) > width) {
      out << "\n  ";
      pad(out, "", width);
    }
    out << "  " << text(p.help_id, lang);
    if (p.required) out << " (" << text("checks.cli.required", lang) << ')';
    out << '\n';
  }
}

std::string shown(const Number& n) {
  std::string out;
  if (const auto* i = std::get_if<std::int64_t>(&n))
    append_json_number(out, *i);
  else
    append_json_number(out, std::get<double>(n));
  return out;
}

void print_metrics(std::ostream& out, const std::vector<Metric>& metrics) {
  const char* between = "";
  for (const auto& m : metrics) {
    out << between << m.name << '=' << shown(m.value);
    between = " ";
  }
}

void print_outcome(std::ostream& out, const checks::CheckOutcome& o, Lang lang) {
  out << text("core.state." + std::string(to_text(o.state)), lang) << " - " << printable(render(o.msg, lang));
  if (!o.metrics.empty()) {
    out << " | ";
    print_metrics(out, o.metrics);
  }
  out << '\n';
  for (const auto& item : o.items) {
    out << "  " << text("core.state." + std::string(to_text(item.state)), lang) << "  "
        << printable(item.key);
    if (!item.msg.empty()) out << ": " << printable(render(item.msg, lang));
    if (!item.metrics.empty()) {
      out << " | ";
      print_metrics(out, item.metrics);
    }
    out << '\n';
  }
  if (o.rows.empty()) return;
  std::vector<int> widths;
  for (const auto& row : o.rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], std::min(display_width(row[i]), 60));
    }
  for (const auto& row : o.rows) {
    out << "  ";
    for (std::size_t i = 0; i < row.size(); ++i)
      if (i + 1 < row.size())
        pad(out, printable(row[i]), widths[i] + 2);
      else
        out << printable(row[i]);
    out << '\n';
  }
}

checks::CheckOutcome run_resident(const checks::CheckType& type, const Params& params, const Words& words,
                                  const CheckCommand& command) {
  const auto check = type.make(params, command.environment);
  const auto deadline = command.clock.mono() + words.timeout;
  while (true) {
    auto outcome = check->run({command.clock.now(), command.clock.mono(), words.timeout});
    if (!outcome.again) return outcome;
    if (command.clock.mono() + *outcome.again > deadline) {
      outcome.again.reset();
      const auto limit = to_text(words.timeout);
      return checks::unknown({"checks.timed_out", {{"value", limit}, {"limit", limit}}});
    }
    std::this_thread::sleep_for(*outcome.again);
  }
}

checks::CheckOutcome run_once(const checks::CheckType& type, const Params& params, const Words& words,
                              const CheckCommand& command) {
  switch (checks::where_of(type, params)) {
    case checks::Where::resident: return run_resident(type, params, words, command);
    case checks::Where::nonblocking: {
      const auto check = type.make_nonblocking(params, command.environment);
      return checks::run_to_end(*check, command.clock, words.timeout);
    }
    case checks::Where::probe: {
      checks::ProbeRequest request;
      request.kind = words.kind;
      request.params = words.params;
      request.timeout = words.timeout;
      return checks::call_probe(command.environment.probe_program, request, command.clock).outcome;
    }
  }
  return {};
}

int usage(const CheckCommand& command, const Message& what) {
  command.err << render(what, command.lang) << '\n' << text("checks.cli.usage", command.lang) << '\n';
  return kCheckUsage;
}

}  // namespace

int check_command(std::span<const std::string> args, const CheckCommand& command) {
  const auto read = read_words(args);
  if (const auto* wrong = std::get_if<Message>(&read)) return usage(command, *wrong);
  const auto& words = std::get<Words>(read);
  if (words.list) {
    print_kinds(command.out, command.lang);
    return 0;
  }
  const auto& registry = checks::builtin();
  if (words.kind.empty()) {
    if (!words.help) return usage(command, {"checks.cli.no_kind", {}});
    command.out << text("checks.cli.usage", command.lang) << "\n\n";
    print_kinds(command.out, command.lang);
    return 0;
  }
  const auto* type = registry.find(words.kind);
  if (words.help && type != nullptr) {
    print_help(command.out, *type, command.lang);
    return 0;
  }
  Problems problems;
  const auto params = registry.read(words.kind, words.params, {}, problems);
  if (!params) {
    command.err << render(problems, command.lang);
    return kCheckUsage;
  }
  const auto outcome = run_once(*type, *params, words, command);
  if (words.json)
    command.out << checks::to_json(outcome).pretty() << '\n';
  else
    print_outcome(command.out, outcome, command.lang);
  return static_cast<int>(outcome.state);
}

std::string find_probe_program() {
  char self[PATH_MAX];
  const auto n = ::readlink("/proc/self/exe", self, sizeof self);
  if (n <= 0 || n == static_cast<ssize_t>(sizeof self)) return {};
  std::string path(self, static_cast<std::size_t>(n));
  path.resize(path.rfind('/') + 1);
  path += "xunjian-agent-probe";
  return ::access(path.c_str(), X_OK) == 0 ? path : std::string{};
}

}  // namespace xj::agent

#include "cli/run.h"

#include <filesystem>

#include "cli/commands.h"

namespace xj::cli {
namespace {

void complain(Context& context, const Message& what, const Message& mend) {
  if (context.json) {
    // A program that reads --json gets its answer there, in the same form as the API's refusals.
    Json args{Json::Object{}};
    for (const auto& [name, value] : what.args) args.set(name, value);
    Json error;
    error.set("message", Json(Json::Object{{"id", Json(what.id)}, {"args", std::move(args)}}));
    error.set("detail", render(what, Lang::en));
    context.print(Json(Json::Object{{"error", std::move(error)}}));
    return;
  }
  paragraph(context, context.err, "xunjian: " + context.say(what), "", "  ");
  if (!mend.empty()) paragraph(context, context.err, context.say(mend), "  ", "  ");
}

}  // namespace

int run(const std::vector<std::string>& words, Context& context) {
  auto parsed = parse_command_line(words);
  const auto& options = parsed.arguments.options;
  if (const auto lang = parsed.arguments.get("--lang"); !lang.empty()) {
    if (lang == "zh" || lang == "en")
      context.lang = lang == "zh" ? Lang::zh : Lang::en;
    else if (parsed.error.empty())
      parsed.error = {"cli.error.lang", {{"value", lang}}};
  }
  context.json = options.contains("--json");
  if (options.contains("--no-color")) context.colours = false;
  if (options.contains("--server")) context.server = parsed.arguments.get("--server");
  // The socket's path may be one from here, as any other file's.
  if (context.server.starts_with("unix:") && context.server.size() > 5 && context.server[5] != '/')
    context.server = "unix:" + std::filesystem::absolute(context.server.substr(5)).string();
  if (options.contains("--ca")) context.ca_file = parsed.arguments.get("--ca");
  if (options.contains("--token-file")) context.token_file = parsed.arguments.get("--token-file");

  if (parsed.error.empty() && parsed.help) {
    context.out << help_text(parsed.path, context.lang);
    return kOk;
  }
  if (!parsed.error.empty()) {
    complain(context, parsed.error,
             {"cli.mend.help", {{"command", parsed.path.empty() ? "xunjian" : "xunjian " + parsed.path}}});
    return kUsage;
  }
  try {
    return parsed.command->run(context, parsed.arguments);
  } catch (const CommandFailed& failed) {
    complain(context, failed.message, failed.mend);
    return failed.exit_code;
  } catch (const Fault& fault) {
    complain(context, Message::literal(fault.what()),
             fault.hint().empty() ? Message{} : Message::literal(fault.hint()));
    return kFailed;
  } catch (const std::exception& e) {
    complain(context, Message::literal(e.what()), {});
    return kFailed;
  }
}

}  // namespace xj::cli

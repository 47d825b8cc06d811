#include "cli/commands.h"
#include "cli/config_check.h"
#include "cli/context.h"

namespace xj::cli {

int run_config_check(Context& c, const Arguments& a) {
  const auto checked = check_config_paths(a.words);
  const bool wrong = has_errors(checked.problems);
  if (c.json) {
    Json files{Json::Array{}}, problems{Json::Array{}};
    for (const auto& file : checked.files) files.push(file);
    for (const auto& problem : checked.problems) {
      Json args{Json::Object{}};
      for (const auto& [name, value] : problem.what.args) args.set(name, value);
      Json one;
      one.set("file", problem.place.file).set("line", problem.place.line).set("column", problem.place.column);
      one.set("warning", problem.warning).set("id", problem.what.id).set("args", std::move(args));
      one.set("detail", render(problem.what, Lang::en));
      problems.push(std::move(one));
    }
    Json json;
    json.set("ok", !wrong).set("files", std::move(files)).set("problems", std::move(problems));
    c.print(json);
    return wrong ? kUsage : kOk;
  }
  c.out << render(checked.problems, c.lang);
  const auto count = [&](bool warning) {
    std::size_t n = 0;
    for (const auto& problem : checked.problems) n += problem.warning == warning ? 1 : 0;
    return std::to_string(n);
  };
  c.err << c.say({"cli.config.summary",
                  {{"files", std::to_string(checked.files.size())},
                   {"errors", count(false)},
                   {"warnings", count(true)}}})
        << '\n';
  return wrong ? kUsage : kOk;
}

int run_version(Context& c, const Arguments&) {
  if (c.json)
    c.print(Json(Json::Object{{"version", Json(XJ_VERSION)}}));
  else
    c.out << "xunjian " XJ_VERSION "\n";
  return kOk;
}

}  // namespace xj::cli

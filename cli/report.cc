#include <fstream>
#include <sstream>

#include "cli/commands.h"
#include "cli/context.h"
#include "reports/render.h"

namespace xj::cli {
namespace {

// By --format, else by what the file is called.
std::string format_of(const Arguments& a) {
  auto format = a.get("--format");
  if (format.empty()) {
    const auto output = a.get("--output");
    const auto dot = output.rfind('.');
    format = dot == std::string::npos ? "pdf" : output.substr(dot + 1);
    if (format == "json") format = "facts";
    if (format == "htm") format = "html";
  }
  if (format != "pdf" && format != "html" && format != "facts")
    throw CommandFailed({"cli.error.format", {{"value", format}}}, {}, kUsage);
  return format;
}

void deliver(Context& c, const std::string& output, const std::string& bytes) {
  if (output == "-") {
    c.out << bytes;
    return;
  }
  write_file(output, bytes);
  if (c.json)
    c.print(
        Json(Json::Object{{"file", Json(output)}, {"bytes", Json(static_cast<std::int64_t>(bytes.size()))}}));
  else
    c.out << output << '\n';
}

Json read_facts(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) throw CommandFailed({"cli.cannot_read", {{"file", path}}}, {}, kUsage);
  auto parsed = parse_json(text.str(), {.depth = 64, .bytes = 256u << 20});
  if (const auto* error = std::get_if<JsonError>(&parsed))
    throw CommandFailed({"cli.facts_not_json",
                         {{"file", path}, {"offset", std::to_string(error->offset)}, {"what", error->what}}},
                        {}, kUsage);
  return std::move(std::get<Json>(parsed));
}

int offline(Context& c, const Arguments& a) {
  const auto form_name = a.get("--form");
  const auto format = format_of(a);
  const auto output = a.get("--output");
  if (form_name.empty())
    throw CommandFailed({"cli.error.missing_option", {{"option", "--form"}}}, {}, kUsage);
  if (output.empty()) throw CommandFailed({"cli.error.missing_option", {{"option", "--output"}}}, {}, kUsage);
  if (!a.words.empty()) throw CommandFailed({"cli.error.number_and_facts", {}}, {}, kUsage);
  const auto facts = read_facts(a.get("--facts"));
  std::vector<std::filesystem::path> dirs;
  if (const auto dir = a.get("--form-dir"); !dir.empty()) dirs.emplace_back(dir);
  Problems problems;
  const auto form = reports::load_form(form_name, dirs, problems);
  if (form != nullptr) {
    auto wrong = reports::facts_problems(reports::manifest_of(*form), facts, a.get("--facts"));
    problems.insert(problems.end(), wrong.begin(), wrong.end());
  }
  if (has_errors(problems)) {
    c.err << render(problems, c.lang);
    return kUsage;
  }
  if (form == nullptr) {
    std::string known;
    for (const auto& name : reports::built_in_forms()) known += (known.empty() ? "" : ", ") + name;
    throw CommandFailed({"cli.no_form", {{"form", form_name}, {"known", known}}}, {}, kUsage);
  }
  if (format == "facts") throw CommandFailed({"cli.error.format", {{"value", format}}}, {}, kUsage);
  deliver(c, output,
          format == "pdf" ? reports::render_pdf(*form, facts) : reports::render_html(*form, facts));
  return kOk;
}

}  // namespace

int run_report_list(Context& c, const Arguments& a) {
  const auto json =
      c.get("/api/v1/documents" + query({{"contract", a.get("--contract")}, {"limit", a.get("--limit")}}));
  if (c.json) return c.print(json), kOk;
  if (json["documents"].size() == 0) return c.out << c.t("cli.documents.none") << '\n', kOk;
  const Times times(c, json);
  Table table({{c.t("cli.col.number")},
               {c.t("cli.col.contract")},
               {c.t("cli.col.form"), Fit::drop},
               {c.t("cli.col.about"), Fit::drop},
               {c.t("cli.col.status")},
               {times.title("cli.col.made")}});
  for (const auto& row : json["documents"].items())
    table.add({row["number"].string_or(""), row["contract"].string_or(""), row["form"].string_or(""),
               row["about"].string_or(""),
               row["state"].string_or("") == "draft" ? c.t("cli.draft") : row["state"].string_or(""),
               times.shown(row["created"])});
  c.print(table);
  return kOk;
}

int run_report_case(Context& c, const Arguments& a) {
  const auto which = find_case(c, a.words[0]);
  const auto output = a.get("--output");
  if (!output.empty() && !output.ends_with(".pdf") && !output.ends_with(".html"))
    throw CommandFailed({"cli.error.output", {{"file", output}}}, {}, kUsage);
  Json body{Json::Object{}};
  if (const auto form = a.get("--form"); !form.empty()) body.set("form", form);
  if (const auto lang = a.get("--form-lang"); !lang.empty()) body.set("lang", lang);
  auto json = c.post(which.target() + "/documents", body);
  const auto number = json["number"].string_or("");
  if (!output.empty()) {
    const auto* format = output.ends_with(".pdf") ? "pdf" : "html";
    write_file(output, c.get_raw("/api/v1/documents/" + url_part(which.contract) + '/' + url_part(number) +
                                 "?format=" + format));
    json.set("file", output);
  }
  if (c.json) return c.print(json), kOk;
  c.out << c.say({"cli.paper.made",
                  {{"contract", which.contract}, {"number", number}, {"form", json["form"].string_or("")}}})
        << '\n';
  if (!output.empty())
    c.out << output << '\n';
  else
    c.out << c.say({"cli.round.next", {{"contract", which.contract}, {"number", number}}}) << '\n';
  return kOk;
}

int run_report_render(Context& c, const Arguments& a) {
  if (a.has("--facts")) return offline(c, a);
  if (a.words.empty())
    throw CommandFailed({"cli.error.missing", {{"name", "NUMBER"}}}, {"cli.mend.render", {}}, kUsage);
  const auto format = format_of(a);
  const auto [contract, number] = in_contract(c, a.words[0]);
  const auto bytes =
      c.get_raw("/api/v1/documents/" + url_part(contract) + '/' + url_part(number) + "?format=" + format);
  auto output = a.get("--output");
  if (output.empty()) {
    // A number is a name of a file here, and nothing else.
    output = number + (format == "facts" ? ".json" : '.' + format);
    for (auto& letter : output)
      if (letter == '/') letter = '-';
  }
  deliver(c, output, bytes);
  return kOk;
}

}  // namespace xj::cli

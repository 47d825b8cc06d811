#include "cli/query_ask.h"

#include <algorithm>
#include <set>

#include "core/glob.h"
#include "core/width.h"

namespace xj::cli {
namespace {

constexpr std::size_t kNamed = 8;  // of what there is

std::string view_option(const std::string& view) { return "--" + view; }

// What the API calls a parameter is an option here.
Message of_options(Message message) {
  for (auto& [name, value] : message.args) {
    if (name == "name") value = value == "what" ? "WHAT" : "--" + value;
    if (name == "with" && value.starts_with("view=")) value = view_option(value.substr(5));
  }
  return message;
}

using Names = std::set<std::string>;

std::string listed(const Context& c, const Names& names) {
  std::vector<std::string> first;
  for (const auto& name : names) {
    if (first.size() == kNamed) {
      first.emplace_back("…");
      break;
    }
    first.push_back(printable(name));
  }
  return joined(c, first);
}

// As history holds it against ids: without a slash, against the last part.
bool fits_check(const std::string& pattern, std::string id) {
  if (pattern.find('/') == std::string::npos) id.erase(0, id.rfind('/') + 1);
  return glob_match(pattern, id);
}

std::vector<Json> rows_of(const Json& checks, const std::string& pattern) {
  std::vector<Json> rows;
  for (const auto& row : checks.items())
    if (fits_check(pattern, row["check"].string_or(""))) rows.push_back(row);
  return rows;
}

Names names_of(const std::vector<Json>& rows, const char* field) {
  Names names;
  for (const auto& row : rows) names.insert(row[field].string_or(""));
  return names;
}

bool any_fits(const std::string& pattern, const Names& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return glob_match(pattern, name); });
}

// "cpu" of "cpu.used_percent", where that is a check and a metric.
void refuse_metric(const Json& answer, const Json& checks, const std::string& what) {
  const auto slash = what.rfind('/');
  const auto dot = what.find('.', slash == std::string::npos ? 0 : slash + 1);
  if (answer["view"].string_or("") == "metric" || dot == std::string::npos) return;
  const auto check = what.substr(0, dot);
  if (!rows_of(checks, what).empty() || rows_of(checks, check).empty()) return;
  throw CommandFailed(
      {"query.check_alone",
       {{"what", what}, {"with", view_option(answer["view"].string_or(""))}, {"check", check}}},
      {}, kUsage);
}

// Nothing, when all of them are there.
Message of_items(const Context& c, const Json& answer, const std::vector<Json>& rows) {
  const auto metric = answer["metric"].string_or(""), item = answer["item"].string_or("");
  Names items, metrics;
  const auto add = [&](const std::string& key, const Json& values) {
    items.insert(key);
    if (!glob_match(item, key)) return;
    for (const auto& [name, value] : values.fields()) metrics.insert(name);
  };
  for (const auto& row : rows) {
    add("", row["metrics"]);
    for (const auto& one : row["items"].items()) add(one["key"].string_or(""), one["metrics"]);
  }
  if (!any_fits(item, items)) {
    items.erase("");
    return {items.empty() ? "query.no_items" : "query.no_item",
            {{"item", item}, {"known", listed(c, items)}}};
  }
  if (metric.empty() || metrics.empty() || metrics.contains(metric)) return {};
  return {"query.no_metric", {{"metric", metric}, {"known", listed(c, metrics)}}};
}

}  // namespace

Json ask_query(Context& c, const Arguments& a) {
  const bool availability = a.has("--availability"), completeness = a.has("--completeness");
  if (availability && completeness)
    throw CommandFailed({"query.one_of", {{"these", "--availability, --completeness"}}}, {}, kUsage);
  if (c.json + a.has("--csv") + a.has("--sparkline") > 1)
    throw CommandFailed({"query.one_of", {{"these", "--json, --csv, --sparkline"}}}, {}, kUsage);
  if (a.has("--sparkline") && (availability || completeness))
    throw CommandFailed({"query.no_curve", {}}, {}, kUsage);
  std::vector<std::pair<std::string, std::string>> words{{"what", a.words[0]}};
  if (availability || completeness)
    words.emplace_back("view", availability ? "availability" : "completeness");
  for (const auto* name : {"host", "item", "from", "to", "step", "over", "across", "by", "top"})
    words.emplace_back(name, a.get(std::string("--") + name));
  try {
    return c.get("/api/v1/query" + query(words));
  } catch (const CommandFailed& failed) {
    // --json prints the API's own refusal.
    if (c.json || !failed.message.id.starts_with("query.")) throw;
    throw CommandFailed(of_options(failed.message), failed.mend, failed.exit_code);
  }
}

Message why_nothing(Context& c, const Json& answer, const std::string& what) {
  Json checks;
  try {
    checks = c.get("/api/v1/checks")["checks"];
  } catch (const CommandFailed&) {
    return {"query.nothing", {{"what", what}}};
  }
  refuse_metric(answer, checks, what);
  const auto check = answer["check"].string_or(""), host = answer["host"].string_or("");
  auto rows = rows_of(checks, check);
  if (rows.empty()) {
    const auto all = names_of(checks.items(), "check");
    if (all.empty()) return {"query.nothing", {{"what", what}}};
    return {"query.no_check", {{"check", check}, {"known", listed(c, all)}}};
  }
  const auto hosts = names_of(rows, "host");
  std::erase_if(rows, [&](const Json& row) { return !glob_match(host, row["host"].string_or("")); });
  if (rows.empty()) return {"query.no_host", {{"host", host}, {"check", check}, {"known", listed(c, hosts)}}};
  auto found = of_items(c, answer, rows);
  return found.empty() ? Message{"query.nothing_then", {{"what", what}}} : found;
}

}  // namespace xj::cli

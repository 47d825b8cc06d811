#include "collector/history/manifest.h"

#include <algorithm>

#include "core/io/record_log.h"
#include "core/json.h"

namespace xj::collector {

namespace {

Json plain(const std::vector<HistorySummary>& summaries) {
  Json list{Json::Array{}};
  for (const auto& summary : summaries) {
    Json entry;
    entry.set("name", summary.name)
        .set("of", summary.of)
        .set("day", summary.day)
        .set("bytes", summary.figures.bytes)
        .set("series", summary.figures.series)
        .set("metrics", summary.figures.metrics)
        .set("hours", summary.figures.hours);
    list.push(std::move(entry));
  }
  return list;
}

Json plain(const Manifest& manifest) {
  Json files{Json::Array{}};
  for (const auto& file : manifest.files) {
    Json entry;
    entry.set("name", file.name)
        .set("day", file.day)
        .set("sealed", file.sealed)
        .set("made", to_ms(file.made))
        .set("bytes", file.figures.bytes)
        .set("rows", file.figures.rows)
        .set("values", file.figures.values)
        .set("series", file.figures.series);
    files.push(std::move(entry));
  }
  Json whole;
  whole.set("v", 1)
      .set("position", manifest.position)
      .set("next", manifest.next)
      .set("files", std::move(files));
  // Left out where there are none: then it is what a program that knew none wrote.
  if (!manifest.summaries.empty()) whole.set("summaries", plain(manifest.summaries));
  return whole;
}

std::uint64_t count(const Json& json, std::int64_t without = 0) {
  const auto n = json.int_or(without);
  if (n < 0) throw Fault("damaged history manifest: a number below zero");
  return static_cast<std::uint64_t>(n);
}

std::string name_of(const Json& entry) {
  auto name = entry["name"].string_or("");
  if (name.empty() || name.find('/') != std::string::npos)
    throw Fault("damaged history manifest: a file without a name");
  return name;
}

HistorySummary read_summary(const Json& entry) {
  HistorySummary summary;
  summary.name = name_of(entry);
  summary.of = entry["of"].string_or("");
  summary.day = entry["day"].int_or(0);
  summary.figures.bytes = count(entry["bytes"]);
  summary.figures.series = count(entry["series"]);
  summary.figures.metrics = count(entry["metrics"]);
  summary.figures.hours = count(entry["hours"]);
  return summary;
}

}  // namespace

const HistorySummary* summary_of(const Manifest& manifest, std::int64_t day) {
  const auto it = std::find_if(manifest.summaries.begin(), manifest.summaries.end(),
                               [&](const HistorySummary& s) { return s.day == day; });
  return it == manifest.summaries.end() ? nullptr : &*it;
}

std::set<std::string> sample_names(const Manifest& manifest) {
  std::set<std::string> names;
  for (const auto& file : manifest.files) names.insert(file.name);
  return names;
}

std::set<std::string> names_of(const Manifest& manifest) {
  auto names = sample_names(manifest);
  for (const auto& summary : manifest.summaries) names.insert(summary.name);
  return names;
}

Manifest without(Manifest manifest, const std::set<std::string>& names) {
  std::erase_if(manifest.files, [&](const HistoryFile& file) { return names.count(file.name) > 0; });
  std::erase_if(manifest.summaries,
                [&](const HistorySummary& summary) { return names.count(summary.name) > 0; });
  return manifest;
}

std::string encode(const Manifest& manifest) {
  auto whole = plain(manifest);
  const auto crc = io::crc32c(whole.dump());
  return whole.set("crc", static_cast<std::int64_t>(crc)).dump() + '\n';
}

bool is_exact(const Manifest& manifest, std::string_view bytes) {
  return bytes == encode(manifest) || bytes == plain(manifest).dump() + '\n';
}

Manifest decode_manifest(std::string_view json) {
  auto parsed = parse_json(json, {.depth = 8, .bytes = 64u << 20});
  if (const auto* bad = std::get_if<JsonError>(&parsed))
    throw Fault("damaged history manifest at byte " + std::to_string(bad->offset) + ": " + bad->what);
  const auto& whole = std::get<Json>(parsed);
  if (whole["v"].int_or(0) != 1)
    throw Fault("the history manifest is of a version this program does not know");
  Manifest manifest;
  manifest.position = count(whole["position"]);
  manifest.next = count(whole["next"], 1);
  for (const auto& entry : whole["files"].items()) {
    HistoryFile file;
    file.name = name_of(entry);
    file.day = entry["day"].int_or(0);
    file.sealed = entry["sealed"].bool_or(false);
    file.made = from_ms(entry["made"].int_or(0));
    file.figures.bytes = count(entry["bytes"]);
    file.figures.rows = count(entry["rows"]);
    file.figures.values = count(entry["values"]);
    file.figures.series = count(entry["series"]);
    manifest.files.push_back(std::move(file));
  }
  for (const auto& entry : whole["summaries"].items()) manifest.summaries.push_back(read_summary(entry));
  const auto crc = whole["crc"];
  if (!crc.is_null() && crc.int_or(-1) != static_cast<std::int64_t>(io::crc32c(plain(manifest).dump())))
    throw Fault("damaged history manifest: the checksum is wrong");
  return manifest;
}

}  // namespace xj::collector

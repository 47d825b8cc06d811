#include "reports/facts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fakes/places.h"

namespace xj::reports {
namespace {

Json json(std::string_view text) {
  auto parsed = parse_json(text);
  if (const auto* error = std::get_if<JsonError>(&parsed)) throw std::runtime_error(error->what);
  return std::get<Json>(parsed);
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

constexpr std::string_view kManifest = R"({
  "form": "f", "title": "表",
  "choices": {"state": {"ok": {"title": {"zh": "正常", "en": "OK"}, "mark": "√"}, "bad": {"title": "坏"}}},
  "facts": {"number": "text", "count": "integer", "day": "date", "seen?": "time", "why?": "message",
            "list": [{"state": "state", "share?": "number", "on?": "flag"}]}
})";

Manifest manifest() {
  Problems problems;
  auto out = parse_manifest(kManifest, "manifest.json", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  return out;
}

std::string wrong(const std::string& facts) {
  return render(facts_problems(manifest(), json(facts), "facts.json"), Lang::en);
}

const std::string kHead = R"({"lang":"zh","made":"2026-09-30T16:35:12+08:00",)";

TEST(Facts, FittingFactsHaveNoProblems) {
  EXPECT_EQ(wrong(kHead +
                  R"("number":"1","count":3,"day":"2026-09-30","list":[{"state":"ok","share":1.5,"on":true}],
                    "why":["checks.x",{"a":"b"}],"seen":"2026-09-30T16:35:12Z"})"),
            "");
}

TEST(Facts, EveryMissingUndeclaredAndWrongValueIsNamedByItsPath) {
  const auto text =
      wrong(kHead + R"("numbr":"1","count":"3","day":"2026-02-30","list":[{"state":"ok"},{"state":"wo"}]})");
  EXPECT_NE(text.find("number is missing"), std::string::npos) << text;
  EXPECT_NE(text.find("numbr is not declared in the form's manifest; did you mean \"number\"?"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("count must be a whole number"), std::string::npos) << text;
  EXPECT_NE(text.find("day must be a date"), std::string::npos) << text;
  EXPECT_NE(text.find("list[1].state: \"wo\" is not accepted; one of ok, bad"), std::string::npos) << text;
}

TEST(Facts, LanguageIsOneOfTwoAndRequired) {
  const std::string rest =
      R"("made":"2026-09-30T16:35:12Z","number":"1","count":3,"day":"2026-09-30","list":[]})";
  EXPECT_NE(wrong("{\"lang\":\"fr\"," + rest), "");
  EXPECT_NE(wrong("{" + rest), "");
  EXPECT_EQ(wrong("{\"lang\":\"en\"," + rest), "");
}

TEST(Facts, ManifestFaultsHavePathsAndPositions) {
  Problems problems;
  parse_manifest("{\"form\": \"f\",\n  \"title\": }", "m.json", problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].place.file, "m.json");
  EXPECT_EQ(problems[0].place.line, 2);
  problems.clear();
  parse_manifest(R"({"form":"f","title":"t","extra":1,"facts":{"a":"txt","1b":"text"}})", "m.json", problems);
  const auto text = render(problems, Lang::en);
  EXPECT_NE(text.find("extra is not known"), std::string::npos) << text;
  EXPECT_NE(text.find("facts.a is no type"), std::string::npos) << text;
  EXPECT_NE(text.find("facts.1b is not a usable name"), std::string::npos) << text;
}

TEST(Facts, HashIsOverTheCanonicalForm) {
  EXPECT_EQ(facts_hash(json(R"({"b":1,"a":"x"})")), facts_hash(json(R"({ "a" : "x", "b" : 1 })")));
  EXPECT_NE(facts_hash(json(R"({"a":"x","b":1})")), facts_hash(json(R"({"a":"x","b":2})")));
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Facts, MessagesKeepTheirIdAndArguments) {
  const Message m{"core.param_missing", {{"name", "x"}}};
  EXPECT_EQ(fact_message(message_fact(m)), m);
  EXPECT_EQ(fact_message(message_fact(Message::literal("盘满"))), Message::literal("盘满"));
  EXPECT_EQ(message_fact(m).dump(), R"(["core.param_missing",{"name":"x"}])");
}

TEST(Facts, EveryFixtureFitsTheInspectionSheet) {
  Problems problems;
  const std::string root = source_dir();
  const auto m = parse_manifest(read(root + "/reports/forms/software-inspection/manifest.json"),
                                "manifest.json", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/tests/fixtures/facts")) {
    if (!entry.path().filename().string().starts_with("software-inspection-")) continue;
    ++seen;
    EXPECT_EQ(render(facts_problems(m, json(read(entry.path())), entry.path().filename()), Lang::en), "");
  }
  EXPECT_GE(seen, 5);
}

}  // namespace
}  // namespace xj::reports

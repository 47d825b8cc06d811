#include "collector/domain/events.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/fakes/event_samples.h"
#include "tests/fakes/places.h"

namespace xj::domain {
namespace {

using samples::event;

std::string why(const std::variant<Event, BadEvent>& decoded) {
  const auto* bad = std::get_if<BadEvent>(&decoded);
  return bad == nullptr ? "" : bad->detail;
}

TEST(Events, EveryKindReadsBackAsItWas) {
  std::size_t kinds = 0;
  samples::walk([&](const Payload& p) {
    const auto e = event(p);
    EXPECT_EQ(static_cast<std::size_t>(e.kind()), kinds++);
    const auto back = decode_event(encode(e));
    ASSERT_EQ(why(back), "") << encode(e);
    EXPECT_EQ(std::get<Event>(back), e) << encode(e);
    EXPECT_EQ(parse_event_kind(to_text(e.kind())), e.kind());
  });
  EXPECT_EQ(kinds, kEventKinds);
}

TEST(Events, EveryFieldIsNeededAndTyped) {
  samples::walk([&](const Payload& p) {
    const Json whole = to_json(event(p));
    const auto with = [&](const std::string& key, std::optional<Json> value, bool inside) {
      Json::Object fields;
      for (const auto& [k, v] : (inside ? whole["payload"] : whole).fields()) {
        if (k != key)
          fields.emplace_back(k, v);
        else if (value)
          fields.emplace_back(k, *value);
      }
      if (!inside) return Json(fields);
      Json out = whole;
      out.set("payload", Json(fields));
      return out;
    };
    for (const bool inside : {false, true})
      for (const auto& [key, value] : (inside ? whole["payload"] : whole).fields()) {
        const bool may_be_null = key == "message" || key == "reason";
        const auto missing = event_from_json(with(key, std::nullopt, inside));
        if (key != "about" && (!may_be_null || (key == "reason" && inside))) {
          EXPECT_NE(why(missing), "") << to_text(kind_of(p)) << " without " << key;
        }
        const auto wrong = event_from_json(with(key, Json(true), inside));
        EXPECT_NE(why(wrong), "") << to_text(kind_of(p)) << " with a wrong " << key;
      }
  });
}

TEST(Events, WhatCannotBeReadIsToldWithItsPath) {
  Json e = to_json(event(samples::sample(static_cast<Detected*>(nullptr))));
  Json payload = e["payload"];
  payload.set("state", Json("bad"));
  Json wrong = e;
  wrong.set("payload", payload);
  EXPECT_EQ(why(event_from_json(wrong)), "payload.state: expected ok, warning, critical or unknown");
  Json newer = e;
  newer.set("v", Json(2));
  EXPECT_EQ(why(event_from_json(newer)), "v: this program reads up to version 1");
  Json stranger = e;
  stranger.set("kind", Json("exploded"));
  EXPECT_EQ(why(event_from_json(stranger)), "kind: unknown");
  Json zero = e;
  zero.set("n", Json(0));
  EXPECT_NE(why(event_from_json(zero)), "");
  Json timeless = e;
  timeless.set("at", Json("2026-11-20T09:00:00"));
  EXPECT_EQ(why(event_from_json(timeless)), "at: expected an ISO 8601 time with an offset");
  EXPECT_NE(why(decode_event("{\"contract\":")), "");
  EXPECT_NE(why(decode_event("[]")), "");
}

TEST(Events, UnknownFieldsAreIgnored) {
  const auto e = event(samples::sample(static_cast<Noted*>(nullptr)));
  Json j = to_json(e);
  j.set("later", Json(1));
  Json payload = j["payload"];
  payload.set("mood", Json("calm"));
  j.set("payload", payload);
  EXPECT_EQ(std::get<Event>(event_from_json(j)), e);
}

TEST(Events, ANoteAboutNothingIsWrittenAndReadWithoutSayingSo) {
  const auto e = event(Noted{"x", ""});
  const auto text = encode(e);
  EXPECT_EQ(text.find("about"), std::string::npos);
  EXPECT_EQ(std::get<Event>(decode_event(text)), e);
}

TEST(Events, ActorsAreTold) {
  EXPECT_EQ(actor_person("zhang"), "person:zhang");
  EXPECT_EQ(person_of("person:zhang"), "zhang");
  EXPECT_EQ(person_of("system:clock"), "");
}

// Fields by heading: "envelope", then the kinds.
std::map<std::string, std::set<std::string>> documented() {
  std::ifstream in(source_dir() + "/docs/events.md");
  std::map<std::string, std::set<std::string>> out;
  std::string line, heading;
  while (std::getline(in, line)) {
    if (line.starts_with("# ")) heading.clear();  // a sheet has events of its own (sheet_test.cc)
    if (line == "## Envelope") heading = "envelope";
    if (line.starts_with("### `")) heading = line.substr(5, line.size() - 6), out[heading];
    if (line.starts_with("| `") && !heading.empty())
      out[heading].insert(line.substr(3, line.find('`', 3) - 3));
  }
  return out;
}

TEST(Events, TheDocumentListsEveryFieldAndNoOther) {
  std::map<std::string, std::set<std::string>> coded;
  samples::walk([&](const Payload& p) {
    const auto json = to_json(event(p));
    for (const auto& [key, value] : json.fields()) coded["envelope"].insert(key);
    auto& fields = coded[std::string(to_text(kind_of(p)))];
    for (const auto& [key, value] : json["payload"].fields()) fields.insert(key);
  });
  EXPECT_EQ(documented(), coded);
}

}  // namespace
}  // namespace xj::domain

// docs/wire.md is written for people who build against it, so its examples are read by the shipped code.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/json.h"
#include "core/wire.h"
#include "tests/fakes/places.h"

namespace xj::wire {
namespace {

std::string read_doc(const std::string& name) {
  std::ifstream in(source_dir() + "/docs/" + name);
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

// "batch" -> the blocks fenced as ```json batch
std::multimap<std::string, std::string> json_blocks(const std::string& text) {
  std::multimap<std::string, std::string> out;
  std::istringstream lines(text);
  std::string line, kind, block;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (!inside && line.starts_with("```json")) {
      inside = true;
      kind = line.size() > 8 ? line.substr(8) : "";
      block.clear();
    } else if (inside && line == "```") {
      inside = false;
      out.emplace(kind, block);
    } else if (inside) {
      block += line + "\n";
    }
  }
  return out;
}

template <typename T>
const T& expect_good(const std::variant<T, Malformed>& read) {
  if (const auto* m = std::get_if<Malformed>(&read)) throw std::runtime_error(m->code + ": " + m->detail);
  return std::get<T>(read);
}

TEST(WireDoc, EveryExampleIsReadByTheShippedDecoder) {
  std::set<std::string> seen;
  for (const auto& [kind, block] : json_blocks(read_doc("wire.md"))) {
    SCOPED_TRACE(kind + ": " + block);
    seen.insert(kind);
    const auto parsed = parse_json(block);
    ASSERT_TRUE(std::holds_alternative<Json>(parsed)) << std::get<JsonError>(parsed).what;
    const auto& json = std::get<Json>(parsed);
    if (kind == "batch") {
      const auto read = decode_batch(block);
      const auto& decoded = expect_good(read);
      EXPECT_TRUE(decoded.refused.empty()) << decoded.refused[0].detail;
      ASSERT_EQ(decoded.batch.results.size(), 3U);
      EXPECT_EQ(decoded.batch.results[1].items.at(1).msg.args.at(0).second, "97.1%");
      EXPECT_EQ(decoded.batch.results[0].metrics.at(2).value, Number(1.0));
      for (const auto& r : decoded.batch.results) {
        State worst = r.items.empty() ? r.state : State::ok;
        for (const auto& item : r.items) worst = worse(worst, item.state);
        EXPECT_EQ(r.state, worst) << "the example obeys its own rule";
      }
    } else if (kind == "answer") {
      EXPECT_EQ(expect_good(decode_answer(block)).commands.size(), 1U);
    } else if (kind == "assignment") {
      const auto read = decode_assignment(block);
      EXPECT_EQ(expect_good(read).checks.at(0).params.at("mounts").texts.size(), 2U);
      EXPECT_TRUE(expect_good(read).checks[0].params.at("mounts").list);
    } else if (kind == "error") {
      EXPECT_FALSE(json["error"]["code"].as_string().empty());
      EXPECT_FALSE(json["error"]["message"]["id"].as_string().empty());
    } else if (kind == "enrol") {
      EXPECT_TRUE(json["token"].as_string().starts_with("xj1."));
      EXPECT_FALSE(json["csr"].as_string().empty());
    } else {
      EXPECT_EQ(kind, "issued") << "a kind of example nobody reads";
      EXPECT_FALSE(json["certificate"].as_string().empty());
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"batch", "answer", "assignment", "error", "enrol", "issued"}));
}

TEST(WireDoc, TheLimitsSaidAreTheLimitsHeld) {
  const auto doc = read_doc("wire.md");
  for (const auto& [value, words] : std::map<std::size_t, std::string>{{kMaxBody, "8,388,608 bytes"},
                                                                       {kMaxResults, "at most 10,000, `n`"},
                                                                       {kMaxItems, "at most 4,096 things"},
                                                                       {kMaxMetrics, "metrics: at most 256"},
                                                                       {kMaxText, "at most 8,192 bytes"},
                                                                       {kMaxItemKey, "1 to 1,024 bytes"},
                                                                       {kMaxDepth, "up to 32 arrays"}}) {
    EXPECT_NE(doc.find(words), std::string::npos) << words;
    std::string digits;
    for (const char c : words)
      if (c >= '0' && c <= '9') digits += c;
    EXPECT_TRUE(digits.ends_with(std::to_string(value))) << words << " is not " << value;
  }
}

}  // namespace
}  // namespace xj::wire

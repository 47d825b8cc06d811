#include "core/wire.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/fakes/sample_batch.h"

namespace xj::wire {
namespace {

using fakes::random_batch;

const DecodedBatch* good(const std::variant<DecodedBatch, Malformed>& read) {
  const auto* decoded = std::get_if<DecodedBatch>(&read);
  if (decoded == nullptr) {
    const auto& m = std::get<Malformed>(read);
    ADD_FAILURE() << m.code << ": " << m.detail;
  }
  return decoded;
}

// "code: detail" of what is no message, "" of what is one.
std::string malformed(std::string_view json) {
  const auto read = decode_batch(json);
  const auto* m = std::get_if<Malformed>(&read);
  return m == nullptr ? "" : m->code + ": " + m->detail;
}

std::string with_results(const std::string& results) {
  return R"({"v":1,"epoch":"e1","sent":1000,"results":[)" + results + "]}";
}
// A result with number 7 beside a good one, which must survive whatever is wrong with the other.
std::string refusal(const std::string& fields) {
  const auto text = with_results(R"({"n":7,)" + fields + R"(},{"n":8,"check":"local/good","slot":5})");
  const auto read = decode_batch(text);
  const auto* decoded = good(read);
  if (decoded == nullptr) return "malformed";
  EXPECT_EQ(decoded->batch.results.size() + decoded->refused.size(), 2U) << text;
  if (decoded->batch.results.empty() || decoded->batch.results.back().check != "local/good") {
    ADD_FAILURE() << "the good one is lost: " << text;
    return "";
  }
  if (decoded->refused.empty()) return "";
  EXPECT_EQ(decoded->refused[0].n, 7U);
  EXPECT_EQ(decoded->refused[0].code, "malformed");
  return decoded->refused[0].detail;
}
const std::string kBase = R"("check":"a/b/c","slot":1000)";

TEST(WireBatch, RoundTripsWhateverFits) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    const auto batch = random_batch(seed, seed % 20);
    const auto read = decode_batch(encode(batch));
    const auto* decoded = good(read);
    ASSERT_NE(decoded, nullptr) << encode(batch);
    EXPECT_TRUE(decoded->refused.empty()) << decoded->refused[0].detail;
    ASSERT_EQ(decoded->batch, batch) << encode(batch) << "\n" << encode(decoded->batch);
  }
}

TEST(WireBatch, EncodedOneByOneIsTheSame) {
  const auto batch = random_batch(5, 12);
  std::vector<std::string> each;
  for (const auto& r : batch.results) each.push_back(encode(r));
  EXPECT_EQ(encode(batch, {each.begin(), each.end()}), encode(batch));
  for (std::size_t i = 0; i < each.size(); ++i) {
    const auto read = decode_result(each[i]);
    ASSERT_TRUE(std::holds_alternative<Result>(read)) << std::get<Malformed>(read).detail;
    EXPECT_EQ(std::get<Result>(read), batch.results[i]);
  }
}

TEST(WireBatch, IsSmallWhereNothingIsToBeSaid) {
  Batch batch;
  batch.epoch = "e";
  batch.sent = from_ms(2);
  Result r;
  r.n = 1, r.check = "c", r.slot = from_ms(1), r.metrics = {{"a", 1.0}, {"b", std::int64_t{2}}};
  batch.results = {r};
  EXPECT_EQ(encode(batch), R"({"v":1,"epoch":"e","lane":"live","sent":2,"config":"","results":[)"
                           R"({"n":1,"check":"c","slot":1,"m":{"a":1.0,"b":2}}]})");
}

TEST(WireBatch, NumbersAreExact) {
  const auto read = decode_batch(with_results(
      R"({"n":9223372036854775807,"check":"c","slot":1,"m":{"a":9007199254740993,"b":-9223372036854775808,)"
      R"("c":0.1,"d":7.2057594037927933e16,"e":1.7976931348623157e308,"f":3.0}})"));
  const auto* decoded = good(read);
  ASSERT_NE(decoded, nullptr);
  const auto& m = decoded->batch.results.at(0).metrics;
  EXPECT_EQ(m[0].value, Number(std::int64_t{9007199254740993}));
  EXPECT_EQ(m[1].value, Number(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(m[2].value, Number(0.1));
  EXPECT_EQ(m[3].value, Number(7.2057594037927933e16));
  EXPECT_EQ(m[4].value, Number(std::numeric_limits<double>::max()));
  EXPECT_EQ(m[5].value, Number(3.0));
}

TEST(WireBatch, UnknownFieldsOfAnyShapeAreIgnored) {
  const auto read = decode_batch(
      R"({"x":{"v":9,"results":[1]},"v":1,"epoch":"e","y":[[{}]],"sent":1,"z":null,"results":[)"
      R"({"q":{"n":3},"n":1,"check":"c","p":[{"slot":2}],"slot":4,"items":[{"w":{"key":1},"key":"k","u":[1,"a"]}]}],"t":1e999})");
  const auto* decoded = good(read);
  ASSERT_NE(decoded, nullptr);
  ASSERT_EQ(decoded->batch.results.size(), 1U);
  EXPECT_EQ(decoded->batch.results[0].n, 1U);
  EXPECT_EQ(decoded->batch.results[0].slot, from_ms(4));
  EXPECT_EQ(decoded->batch.results[0].items[0].key, "k");
}

TEST(WireBatch, FieldsMayComeInAnyOrderAndNullIsAbsent) {
  const auto read = decode_batch(
      R"({"results":[{"m":{"a":1},"state":"critical","msg":null,"slot":2,"rows":null,"check":"c","n":4}],)"
      R"("sent":1,"lane":"replay","config":null,"epoch":"e","v":1})");
  const auto* decoded = good(read);
  ASSERT_NE(decoded, nullptr);
  EXPECT_EQ(decoded->batch.lane, Lane::replay);
  EXPECT_EQ(decoded->batch.results.at(0).state, State::critical);
  EXPECT_EQ(decoded->batch.results.at(0).n, 4U);
}

TEST(WireBatch, WhatIsNoMessageIsSaidWithItsPath) {
  EXPECT_EQ(malformed("5"), "field: the message: an object is expected");
  EXPECT_EQ(malformed("[]"), "field: the message: an object is expected");
  EXPECT_EQ(malformed("null"), "field: the message: an object is expected");
  EXPECT_EQ(malformed("{}"), "field: v: missing");
  EXPECT_EQ(malformed(R"({"v":1,"sent":1,"results":[]})"), "field: epoch: missing");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","results":[]})"), "field: sent: missing");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":null,"results":[]})"), "field: sent: missing");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":1})"), "field: results: missing");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"E","sent":1,"results":[]})"),
            "field: epoch: 1 to 40 of a-z 0-9 - are expected");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":-1,"results":[]})"), "field: sent: out of range");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":1.0,"results":[]})"),
            "field: sent: an integer is expected");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","lane":"x","sent":1,"results":[]})"),
            "field: lane: live or replay is expected");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":1,"results":{}})"),
            "field: results: not of the right type");
  EXPECT_EQ(malformed(R"({"v":1,"epoch":"e","sent":1,"sent":2,"results":[]})"), "field: sent: stands twice");
  EXPECT_EQ(malformed(with_results("1")), "field: results[0]: an object with a number is expected");
  EXPECT_EQ(malformed(with_results("[]")), "field: results[0]: an object with a number is expected");
  EXPECT_EQ(malformed(with_results(R"({"n":1,"check":"c","slot":1},{"check":"c","slot":1})")),
            "field: results[1].n: missing");
  EXPECT_EQ(malformed(with_results(R"({"n":null,"check":"c","slot":1})")), "field: results[0].n: missing");
  for (const char* n : {"0", "-1", "1.5", "\"1\"", "true", "[1]", "{}", "9223372036854775808", "1e3"})
    EXPECT_TRUE(
        malformed(with_results(std::string(R"({"n":)") + n + "}")).starts_with("field: results[0].n: "))
        << n;
  // Also when the result was wrong before its number came.
  EXPECT_TRUE(malformed(with_results(R"({"slot":"x","n":[1]})")).starts_with("field: results[0].n: "));
  EXPECT_TRUE(malformed(with_results(R"({"slot":"x"})")).starts_with("field: results[0].n: missing"));
  EXPECT_TRUE(malformed(with_results(R"({"n":2,"check":"c","slot":1},{"n":2,"check":"c","slot":1})"))
                  .starts_with("field: results[1].n: numbers must ascend"));
  EXPECT_TRUE(malformed("{\"v\":1,").starts_with("json: "));
  EXPECT_TRUE(malformed(with_results("") + "x").starts_with("json: "));
  EXPECT_TRUE(malformed(std::string(40, '[') + std::string(40, ']')).starts_with("json: "));
}

TEST(WireBatch, AnotherVersionIsSaidBeforeAllElse) {
  EXPECT_EQ(malformed(R"({"v":2})"), "version: v is 2, this program speaks 1");
  EXPECT_EQ(malformed(R"({"epoch":7,"x":{"v":1},"results":{"v":3},"v":2})"),
            "version: v is 2, this program speaks 1");
  EXPECT_EQ(malformed(R"({"v":99999999999,"epoch":"e","sent":1,"results":[]})").substr(0, 8), "version:");
  EXPECT_EQ(malformed(R"({"v":"1","epoch":"e","sent":1,"results":[]})"), "field: v: not of the right type");
}

TEST(WireBatch, AWrongResultIsRefusedByNumberAndTheRestGoesOn) {
  EXPECT_EQ(refusal(kBase), "");
  EXPECT_EQ(refusal(R"("slot":1)"), "results[0].check: missing");
  EXPECT_EQ(refusal(R"("check":"c")"), "results[0].slot: missing");
  EXPECT_EQ(refusal(R"("check":"c","slot":null)"), "results[0].slot: missing");
  EXPECT_EQ(refusal(R"("check":"c","slot":-1)"), "results[0].slot: out of range");
  EXPECT_EQ(refusal(R"("check":"c","slot":253402300800000)"), "results[0].slot: out of range");
  EXPECT_EQ(refusal(R"("check":"c","slot":"soon")"), "results[0].slot: not of the right type");
  EXPECT_EQ(refusal(R"("check":"c","slot":1e3)"), "results[0].slot: an integer is expected");
  EXPECT_EQ(refusal(R"("check":"c","slot":[1])"), "results[0].slot: not of the right type");
  EXPECT_EQ(refusal(R"("check":"","slot":1)"),
            "results[0].check: 1 to 256 bytes without control characters are expected");
  EXPECT_NE(refusal(R"("check":"a\u0000b","slot":1)"), "");
  EXPECT_EQ(refusal(kBase + R"(,"state":"bad")"),
            "results[0].state: ok, warning, critical or unknown is expected");
  EXPECT_EQ(refusal(kBase + R"(,"took":-1)"), "results[0].took: out of range");
  EXPECT_EQ(refusal(kBase + R"(,"late":-1)"), "");
  EXPECT_EQ(refusal(kBase + R"(,"late":true)"), "results[0].late: not of the right type");
  EXPECT_EQ(refusal(kBase + R"(,"slot":2)"), "results[0].slot: stands twice");
  EXPECT_EQ(refusal(kBase + R"(,"m":[])"), "results[0].m: not of the right type");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"used":"1"})"), "results[0].m.used: a number is expected");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"used":null})"), "results[0].m.used: a number is expected");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"used":{"x":1}})"), "results[0].m.used: a number is expected");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"used":1e999})"),
            "results[0].m.used: neither int64 nor a finite double");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"used":18446744073709551615})"),
            "results[0].m.used: neither int64 nor a finite double");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"Used":1})"),
            "results[0].m.Used: a metric's name is 1 to 64 of a-z 0-9 _ .");
  EXPECT_NE(refusal(kBase + R"(,"m":{"":1})"), "");
  EXPECT_EQ(refusal(kBase + R"(,"m":{"a":1,"b":2,"a":1})"), "results[0].m: the metric a stands twice");
  EXPECT_EQ(refusal(kBase + R"(,"items":{})"), "results[0].items: not of the right type");
  EXPECT_EQ(refusal(kBase + R"(,"items":[{"key":"a"},{"state":"ok"}])"), "results[0].items[1].key: missing");
  EXPECT_EQ(refusal(kBase + R"(,"items":[{"key":"a"},3])"), "results[0].items[1]: an object is expected");
  EXPECT_EQ(refusal(kBase + R"(,"items":[{"key":"a","m":{"x":[]}}])"),
            "results[0].items[0].m.x: a number is expected");
  EXPECT_EQ(refusal(kBase + R"(,"items":[{"key":"a","state":"up"},{"key":5,"m":[[]]}])"),
            "results[0].items[0].state: ok, warning, critical or unknown is expected");
  EXPECT_EQ(refusal(kBase + R"(,"items":[{"key":"a"},{"key":"a"}])"), "results[0].items: a key stands twice");
  EXPECT_EQ(refusal(kBase + R"(,"msg":7)"), "results[0].msg: not of the right type");
  for (const char* msg : {"[]", "[1]", "[\"a\",1]", "[\"a\",{\"b\":1}]", "[\"a\",{\"b\":{}}]",
                          "[\"a\",{},{}]", "[{}]", "[\"A\"]", "[\"\"]", "[null]", "{}", "[\"a\",\"b\"]"})
    EXPECT_TRUE(refusal(kBase + R"(,"msg":)" + msg).starts_with("results[0].msg")) << msg;
  for (const char* rows : {"[1]", "[[1]]", "[[[]]]", "[null]", "{}", "[[null]]", "\"x\""})
    EXPECT_TRUE(refusal(kBase + R"(,"rows":)" + rows).starts_with("results[0].rows")) << rows;
}

TEST(WireBatch, LimitsHoldAtTheEdge) {
  const auto many = [](std::size_t count, const std::function<std::string(std::size_t)>& one) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? "," : "") + one(i);
    return out;
  };
  const auto metric = [](std::size_t i) { return "\"m" + std::to_string(i) + "\":1"; };
  EXPECT_EQ(refusal(kBase + R"(,"m":{)" + many(kMaxMetrics, metric) + "}"), "");
  EXPECT_NE(refusal(kBase + R"(,"m":{)" + many(kMaxMetrics + 1, metric) + "}"), "");
  const auto item = [](std::size_t i) { return R"({"key":")" + std::to_string(i) + "\"}"; };
  EXPECT_EQ(refusal(kBase + R"(,"items":[)" + many(kMaxItems, item) + "]"), "");
  EXPECT_NE(refusal(kBase + R"(,"items":[)" + many(kMaxItems + 1, item) + "]"), "");
  const auto row = [](std::size_t) { return std::string("[]"); };
  EXPECT_EQ(refusal(kBase + R"(,"rows":[)" + many(kMaxRows, row) + "]"), "");
  EXPECT_NE(refusal(kBase + R"(,"rows":[)" + many(kMaxRows + 1, row) + "]"), "");
  const auto cell = [](std::size_t) { return std::string("\"\""); };
  EXPECT_EQ(refusal(kBase + R"(,"rows":[[)" + many(kMaxColumns, cell) + "]]"), "");
  EXPECT_NE(refusal(kBase + R"(,"rows":[[)" + many(kMaxColumns + 1, cell) + "]]"), "");
  const auto arg = [](std::size_t i) { return "\"" + std::to_string(i) + "\":\"\""; };
  EXPECT_EQ(refusal(kBase + R"(,"msg":["a",{)" + many(kMaxArgs, arg) + "}]"), "");
  EXPECT_NE(refusal(kBase + R"(,"msg":["a",{)" + many(kMaxArgs + 1, arg) + "}]"), "");
  EXPECT_EQ(refusal(kBase + R"(,"msg":")" + std::string(kMaxText, 'x') + "\""), "");
  EXPECT_NE(refusal(kBase + R"(,"msg":")" + std::string(kMaxText + 1, 'x') + "\""), "");
  EXPECT_NE(refusal(kBase + R"(,"msg":")" + std::string(kMaxText, 'x') + "\\n\""), "") << "in several pieces";
  EXPECT_EQ(refusal(kBase + R"(,"other":")" + std::string(100'000, 'x') + "\""), "") << "nobody reads it";
  EXPECT_EQ(refusal(kBase + R"(,"m":{")" + std::string(kMaxMetricName, 'x') + "\":1}"), "");
  EXPECT_NE(refusal(kBase + R"(,"m":{")" + std::string(kMaxMetricName + 1, 'x') + "\":1}"), "");
  EXPECT_EQ(refusal(R"("slot":1,"check":")" + std::string(kMaxCheckId, 'x') + "\""), "");
  EXPECT_NE(refusal(R"("slot":1,"check":")" + std::string(kMaxCheckId + 1, 'x') + "\""), "");

  const auto result = [](std::size_t i) {
    return "{\"n\":" + std::to_string(i + 1) + R"(,"check":"c","slot":1})";
  };
  EXPECT_EQ(malformed(with_results(many(kMaxResults, result))), "");
  EXPECT_EQ(malformed(with_results(many(kMaxResults + 1, result))), "limit: more than 10000 results");
  EXPECT_TRUE(malformed(std::string(kMaxBody + 1, ' ')).starts_with("limit: "));
}

TEST(WireBatch, EveryPrefixAndEveryChangedByteIsSurvived) {
  const auto batch = random_batch(11, 2);
  const auto text = encode(batch);
  for (std::size_t n = 0; n < text.size(); ++n)
    ASSERT_TRUE(std::holds_alternative<Malformed>(decode_batch(text.substr(0, n)))) << n;
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char c : {'\0', '"', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '\\', '\xFF'}) {
      auto other = text;
      other[i] = c;
      const auto read = decode_batch(other);
      if (const auto* decoded = std::get_if<DecodedBatch>(&read)) {
        ASSERT_EQ(decoded->batch.results.size() + decoded->refused.size(), batch.results.size()) << other;
        // What was taken can be written and taken again.
        const auto again = decode_batch(encode(decoded->batch));
        ASSERT_TRUE(std::holds_alternative<DecodedBatch>(again)) << other;
        ASSERT_EQ(std::get<DecodedBatch>(again).batch, decoded->batch);
      }
    }
}

TEST(WireResult, AloneItsFaultIsAFault) {
  const auto read = decode_result(R"({"n":1,"check":"c","slot":1,"m":{"a":"x"}})");
  ASSERT_TRUE(std::holds_alternative<Malformed>(read));
  EXPECT_EQ(std::get<Malformed>(read).detail, "m.a: a number is expected");
  for (const char* text : {"", "[]", "1", "{}", R"({"n":1})", R"({"n":1,"check":"c","slot":1}x)", "null"})
    EXPECT_TRUE(std::holds_alternative<Malformed>(decode_result(text))) << text;
}

TEST(WireFit, WhateverACheckProducedIsTakenAfterwards) {
  Result r;
  r.n = 1, r.check = "local/x", r.slot = from_ms(5);
  EXPECT_FALSE(fit(r));
  r.took = Duration{-3};
  r.msg = Message::literal(std::string(kMaxText - 1, 'a') + "\xFF\xFF" + "巡检");
  r.metrics = {{"ok", 1.5},       {"nan", std::nan("")}, {"ok", 2.5},
               {"Bad Name", 1.0}, {"inf", INFINITY},     {"", 1.0}};
  for (std::size_t i = 0; i < 400; ++i) r.metrics.push_back({"m" + std::to_string(i), std::int64_t{1}});
  for (std::size_t i = 0; i < kMaxItems + 5; ++i)
    r.items.push_back({"/k" + std::to_string(i),
                       State::warning,
                       Message::literal(std::string(i < 100 ? 4000 : 1, '\xE4')),
                       {}});
  r.items.push_back({"a\nb", State::ok, {}, {}});
  r.items.push_back({"", State::ok, {}, {}});
  r.rows.assign(kMaxRows + 1, std::vector<std::string>(kMaxColumns + 1, std::string(3, '\xFF')));
  EXPECT_TRUE(fit(r));
  EXPECT_EQ(r.metrics.size(), kMaxMetrics);
  EXPECT_EQ(r.metrics[0].value, Number(1.5));
  EXPECT_EQ(r.items.size(), kMaxItems);
  r.items.resize(500);  // so that the whole stays below kMaxBody
  const auto read = decode_result(encode(r));
  ASSERT_TRUE(std::holds_alternative<Result>(read)) << std::get<Malformed>(read).detail;
  EXPECT_EQ(std::get<Result>(read), r);
  EXPECT_FALSE(fit(r)) << "once is enough";
}

TEST(WireFit, TextIsCutAtACharacter) {
  EXPECT_EQ(cut_text("巡检", 6), "巡检");
  EXPECT_EQ(cut_text("巡检", 5), "巡");
  EXPECT_EQ(cut_text("巡检", 4), "巡");
  EXPECT_EQ(cut_text("巡检", 3), "巡");
  EXPECT_EQ(cut_text("巡检", 2), "");
  EXPECT_EQ(cut_text("😀", 3), "");
  EXPECT_EQ(cut_text("\x80\x80\x80\x80\x80\x80", 5).size(), 5U);
  EXPECT_EQ(cut_text("", 0), "");
  EXPECT_EQ(cut_text("abc", 0), "");
}

TEST(WireFit, NonFiniteIsNeverWritten) {
  Result r;
  r.n = 1, r.check = "c", r.metrics = {{"x", std::nan("")}};
  EXPECT_THROW(encode(r), std::domain_error);
}

}  // namespace
}  // namespace xj::wire

#include "core/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace xj {
namespace {

Json good(std::string_view text, JsonLimits limits = {}) {
  auto read = parse_json(text, limits);
  if (const auto* error = std::get_if<JsonError>(&read)) {
    ADD_FAILURE() << text << ": " << error->what << " at " << error->offset;
    return {};
  }
  return std::get<Json>(std::move(read));
}

std::string why_not(std::string_view text, JsonLimits limits = {}) {
  auto read = parse_json(text, limits);
  const auto* error = std::get_if<JsonError>(&read);
  return error == nullptr ? "" : error->what;
}

TEST(Json, ReadsAndWritesEveryKind) {
  const std::string text = R"({"a":[1,-2.5,true,false,null,"x\"\\\n\u0001"],"b":{},"c":[],"d":"巡检"})";
  EXPECT_EQ(good(text).dump(), text);
  EXPECT_EQ(good(" [ 1 , 2 ] \n").dump(), "[1,2]");
  EXPECT_EQ(good(R"("\u5de1\ud83d\ude00\/")").string_or(""), "巡😀/");
  EXPECT_EQ(good(R"("a\u0000b")").string_or(""), std::string("a\0b", 3));
}

TEST(Json, IntegersOfSixtyFourBitsStayExact) {
  for (const char* text : {"0", "9223372036854775807", "-9223372036854775808", "9007199254740993"}) {
    const auto j = good(text);
    EXPECT_TRUE(j.is_int()) << text;
    EXPECT_EQ(j.dump(), text);
  }
  EXPECT_EQ(good("-0"), Json(0));
  EXPECT_NE(why_not("9223372036854775808"), "");
  EXPECT_NE(why_not("-9223372036854775809"), "");
  EXPECT_NE(why_not("[18446744073709551616]"), "");
}

TEST(Json, DoublesAreTheNearestAndStayDoubles) {
  // The reference is strtod, which glibc rounds correctly.
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const double d = std::bit_cast<double>(random());
    if (!std::isfinite(d) || std::fpclassify(d) == FP_SUBNORMAL) continue;
    char text[64];
    std::snprintf(text, sizeof text, "%.16e", d);
    const auto read = good(text);
    ASSERT_FALSE(read.is_int());
    ASSERT_EQ(std::bit_cast<std::uint64_t>(read.number_or(0)),
              std::bit_cast<std::uint64_t>(std::strtod(text, nullptr)))
        << text;
    ASSERT_EQ(good(read.dump()), read) << text;
  }
  EXPECT_EQ(Json(2.0).dump(), "2.0");
  EXPECT_EQ(Json(-0.0).dump(), "-0.0");
  EXPECT_EQ(Json(1e300).dump(), "1e+300");
  EXPECT_EQ(Json(0.1).dump(), "0.1");
  EXPECT_NE(why_not("1e400"), "");
  EXPECT_THROW(Json(std::numeric_limits<double>::quiet_NaN()).dump(), std::domain_error);
  EXPECT_THROW(Json(std::numeric_limits<double>::infinity()).canonical(), std::domain_error);
}

TEST(Json, UnsignedBeyondInt64IsAProgrammingError) {
  EXPECT_EQ(Json(std::uint64_t{5}), Json(5));
  EXPECT_EQ(Json(5LL), Json(5));
  EXPECT_THROW(static_cast<void>(Json(std::numeric_limits<std::uint64_t>::max())), std::out_of_range);
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",       " ",       "{",           "[1,]",        "{\"a\":1,}", "{a:1}", "'a'",      "01",    "+1",
        "1.",     ".5",      "1e",          "nul",         "tru",        "NaN",   "Infinity", "[1 2]", "1 2",
        "\"\t\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "// c\n1",    "[1]x",  "-",        "--1"})
    EXPECT_NE(why_not(text), "") << text;
  EXPECT_NE(why_not(std::string_view("1\0", 2)), "");
  EXPECT_NE(why_not("\xEF\xBB\xBF{}"), "") << "byte order mark";
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char* bytes : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE4\xB8", "\x80"})
    EXPECT_NE(why_not(std::string("\"") + bytes + "\""), "") << bytes;
}

TEST(Json, WritingMendsInvalidUtf8) {
  std::string out;
  append_json_string(out,
                     "a\xFF"
                     "b\xE4\xB8");
  EXPECT_EQ(good(out).string_or(""),
            "a\uFFFD"
            "b\uFFFD\uFFFD");
  // Whatever the bytes, what is written reads back and is written the same again.
  std::mt19937 random(3);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes;
    for (unsigned n = random() % 12; n > 0; --n) bytes += static_cast<char>(random());
    const auto once = Json(bytes).dump();
    ASSERT_EQ(good(once).dump(), once);
  }
}

TEST(Json, RepeatedKeysAreRefusedAtAnyDepth) {
  EXPECT_NE(why_not(R"({"a":1,"a":2})").find("\"a\""), std::string::npos);
  EXPECT_NE(why_not(R"([{"x":{"k":1,"b":2,"\u006b":3}}])"), "");
  EXPECT_EQ(why_not(R"([{"a":1},{"a":2}])"), "");
}

TEST(Json, LimitsHold) {
  const std::string deep(32, '['), deep_end(32, ']');
  EXPECT_EQ(why_not(deep + deep_end), "");
  EXPECT_NE(why_not("[" + deep + deep_end + "]"), "");
  EXPECT_NE(why_not(std::string(1'000'000, '[')), "");
  EXPECT_EQ(why_not("[1,2]", {32, 5}), "");
  EXPECT_NE(why_not("[1,2] ", {32, 5}), "");
}

TEST(Json, ErrorsTellWhere) {
  const auto read = parse_json("{\"a\": tru}");
  ASSERT_TRUE(std::holds_alternative<JsonError>(read));
  EXPECT_GE(std::get<JsonError>(read).offset, 6U);
  EXPECT_LE(std::get<JsonError>(read).offset, 9U);
}

TEST(Json, EveryPrefixIsAnErrorAndNoCrash) {
  const std::string text = R"({"a":[1,-2.5e3,true,null,"巡\n\u5de1"],"b":{"c":{}}})";
  for (std::size_t n = 0; n < text.size(); ++n) EXPECT_NE(why_not(text.substr(0, n)), "") << n;
}

TEST(Json, CanonicalSortsByBytesAtEveryDepth) {
  EXPECT_EQ(good(R"({"b":1,"a":{"z":[{"y":1,"x":2}],"B":0}})").canonical(),
            R"({"a":{"B":0,"z":[{"x":2,"y":1}]},"b":1})");
  EXPECT_EQ(good(R"({"é":1,"z":2})").canonical(), R"({"z":2,"é":1})");
}

TEST(Json, PrettyIndents) {
  EXPECT_EQ(good(R"({"a":[1,{"b":2}],"c":[],"d":{}})").pretty(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
}

TEST(Json, LookupsNeverThrow) {
  const auto j = good(R"({"s":"x","i":3,"d":1.5,"b":true,"l":[1]})");
  EXPECT_EQ(j["s"].string_or("-"), "x");
  EXPECT_EQ(j["i"].string_or("-"), "-");
  EXPECT_EQ(j["i"].int_or(9), 3);
  EXPECT_EQ(j["d"].int_or(9), 9);
  EXPECT_EQ(j["i"].number_or(0), 3.0);
  EXPECT_TRUE(j["b"].bool_or(false));
  EXPECT_TRUE(j["l"].at(1).is_null());
  EXPECT_TRUE(j["no"]["such"].at(4)["x"].is_null());
  EXPECT_EQ(j["s"].size(), 0U);
}

TEST(Json, SetReplacesAndKeepsOrder) {
  Json j;
  j.set("b", 1).set("a", "x").set("b", Json::Array{}).set("c", Json().push(1).push(2.0));
  EXPECT_EQ(j.dump(), R"({"b":[],"a":"x","c":[1,2.0]})");
  EXPECT_THROW(Json(1).set("a", 1), std::logic_error);
  EXPECT_THROW(Json("x").push(1), std::logic_error);
}

}  // namespace
}  // namespace xj

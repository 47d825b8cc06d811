#include "core/wire_plain.h"

#include <gtest/gtest.h>

#include "core/json.h"
#include "core/wire.h"
#include "tests/fakes/sample_batch.h"

namespace xj::wire {
namespace {

using namespace std::string_view_literals;

// Where it is read at all the grammar reads the same, to the bit; whether it was.
::testing::AssertionResult same(const std::string& text, bool& read) {
  const auto plain = read_plain(text);
  read = plain.has_value();
  if (!read) return ::testing::AssertionSuccess();
  const auto whole = decode_by_grammar(text);
  if (const auto* bad = std::get_if<Malformed>(&whole))
    return ::testing::AssertionFailure() << bad->code << ": " << bad->detail << " in " << text;
  const auto& decoded = std::get<DecodedBatch>(whole);
  if (decoded.refused.empty() && encode(decoded.batch) == encode(*plain) && decoded.batch == *plain)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << text << "\nis read as\n" << encode(*plain);
}

std::string with_number(std::string_view number) {
  return R"({"v":1,"epoch":"e","lane":"live","sent":2,"config":"","results":[{"n":1,"check":"c","slot":1,"m":{"a":)" +
         std::string(number) + "}}]}";
}

TEST(WirePlain, ReadsWhatAgentsWrite) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    const auto batch = fakes::random_batch(seed, seed % 20);
    bool read = false;
    ASSERT_TRUE(same(encode(batch), read));
    EXPECT_TRUE(read) << encode(batch);
  }
}

TEST(WirePlain, WhateverIsChangedIsReadAsByTheGrammarOrNotAtAll) {
  std::size_t read_all = 0, all = 0;
  for (const unsigned seed : {3U, 11U, 12U}) {
    const auto text = encode(fakes::random_batch(seed, 2));
    const auto look = [&](const std::string& other) {
      bool read = false;
      ASSERT_TRUE(same(other, read));
      ++all, read_all += read ? 1 : 0;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
      look(text.substr(0, i));
      look(text.substr(0, i) + text.substr(i + 1));
      look(text.substr(0, i) + text[i] + text.substr(i));
      for (const char c : "\0\"{}[],:0195-+.eEAaz_ /\\\x7F\xC3\xFF\n"sv) {
        auto other = text;
        other[i] = c;
        look(other);
      }
    }
  }
  EXPECT_GT(read_all, all / 20);  // what was changed is then a digit or a letter
  EXPECT_LT(read_all, all);
}

std::string with_words(std::string_view written) {
  return R"({"v":1,"epoch":"e","lane":"live","sent":2,"config":"","results":[{"n":1,"check":"c","slot":1,"msg":")" +
         std::string(written) + R"("}]})";
}

TEST(WirePlain, EscapesAreTheGrammars) {
  const auto expect = [](std::string_view written, bool read) {
    bool plain = false;
    EXPECT_TRUE(same(with_words(written), plain));
    EXPECT_EQ(plain, read) << written;
  };
  for (unsigned c = 0; c < 0x80; ++c) {
    std::string written;
    append_json_string(written, std::string(1, static_cast<char>(c)));
    expect(std::string_view(written).substr(1, written.size() - 2), true);
  }
  for (const char* written :
       {R"(\\)", R"(\n)", R"(\"\n\\)", R"(a\tb\r\u0000)", R"(\u001F\u001f\u0041)", R"(巡\n检)"})
    expect(written, true);
  for (const char* written : {R"(\)", R"(\\\)", R"(\/)", R"(\b)", R"(\x41)", R"(\N)", R"(\u)", R"(\u00)",
                              R"(\u001)", R"(\u0 1f)", R"(\u00+1)", R"(\u00-1)", R"(\u0080)", R"(\u00e9)",
                              R"(\u5de1)", R"(\ud83d\ude00)", R"(\ud83d)", "\\\n", "\n"})
    expect(written, false);
  const std::string half(kMaxText / 2, 'c');
  expect(half + R"(\n)" + half.substr(1), true);
  expect(half + R"(\n)" + half, false);
}

TEST(WirePlain, NumbersAreTheGrammars) {
  for (const char* number : {"0",
                             "-0",
                             "00",
                             "01",
                             "-01",
                             "1",
                             "-1",
                             "+1",
                             "- 1",
                             "",
                             ".5",
                             "1.",
                             "1.0",
                             "-0.0",
                             "0.1",
                             "-0.25",
                             "123456789012345",
                             "123456789012345.0",
                             "12345678901234.5",
                             "1234567890123.456",
                             "0.000000000000001",
                             "0.0000000000000001",
                             "0.30000000000000004",
                             "99999999999999.9",
                             "999999999999999.9",
                             "9007199254740993",
                             "9007199254740993.0",
                             "999999999999999999",
                             "1000000000000000000",
                             "9223372036854775807",
                             "9223372036854775808",
                             "-9223372036854775808",
                             "-9223372036854775809",
                             "18446744073709551616",
                             "1e5",
                             "1E+05",
                             "1e-5",
                             "1e",
                             "1e+",
                             "1e-400",
                             "1e400",
                             "1e0001",
                             "0e9999999999",
                             "1.5e308",
                             "1.7976931348623157e308",
                             "1.8e308",
                             "2.2250738585072014e-308",
                             "4.9e-324",
                             "1e-999",
                             "1111111111111111111111111111111111111111111111111111111111111111",
                             "1.5.5",
                             "1e5e5",
                             "0x1",
                             "NaN",
                             "null",
                             "true",
                             "\"1\""}) {
    bool read = false;
    EXPECT_TRUE(same(with_number(number), read)) << number;
  }
  for (const char* number : {"0", "-1", "1.0", "-0.0", "12.25", "9223372036854775807", "0.30000000000000004",
                             "1.7976931348623157e308"}) {
    bool read = false;
    EXPECT_TRUE(same(with_number(number), read));
    EXPECT_TRUE(read) << number;
  }
}

TEST(WirePlain, DecimalsAreTheNearestDoubles) {
  fakes::SampleMaker make(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto whole = std::to_string(make.below(make.one_in(2) ? 1'000 : 1'000'000'000));
    std::string fraction;
    for (auto digits = 1 + make.below(9); digits > 0; --digits)
      fraction += static_cast<char>('0' + make.below(10));
    const auto text = (make.one_in(3) ? "-" : "") + whole + "." + fraction;
    const auto batch = read_plain(with_number(text));
    ASSERT_TRUE(batch) << text;
    ASSERT_EQ(batch->results[0].metrics[0].value, *parse_json_number(text)) << text;
  }
}

// Names that the result before has too are not proved again.
TEST(WirePlain, MetricsLikeThoseBeforeAreProvedAllTheSame) {
  const auto read_after_abc = [](std::initializer_list<const char*> names) {
    Batch batch;
    batch.epoch = "e";
    const auto add = [&](std::uint64_t n, std::initializer_list<const char*> of) {
      auto& result = batch.results.emplace_back();
      result.n = n, result.check = "c";
      for (const auto* name : of) result.metrics.push_back({name, 1.5});
    };
    add(1, {"a", "b", "c"});
    add(2, names);
    bool read = false;
    EXPECT_TRUE(same(encode(batch), read));
    return read;
  };
  EXPECT_TRUE(read_after_abc({"a"}));
  EXPECT_TRUE(read_after_abc({"a", "b"}));
  EXPECT_TRUE(read_after_abc({"a", "b", "c"}));
  EXPECT_TRUE(read_after_abc({"a", "b", "c", "d"}));
  EXPECT_TRUE(read_after_abc({"a", "c", "b"}));
  EXPECT_TRUE(read_after_abc({"aa", "b"}));
  EXPECT_FALSE(read_after_abc({"a", "b", "a"}));
  EXPECT_FALSE(read_after_abc({"b", "b"}));
  EXPECT_FALSE(read_after_abc({"a", "b", "c", "c"}));
  EXPECT_FALSE(read_after_abc({"a", "A"}));
}

TEST(WirePlain, LimitsAreTheGrammars) {
  const auto read = [](Batch batch) {
    bool plain = false;
    EXPECT_TRUE(same(encode(batch), plain));
    return plain;
  };
  auto batch = fakes::random_batch(1, 1);
  const auto good = batch.results[0];
  const auto with = [&](auto change) {
    auto other = batch;
    change(other.results[0]);
    return read(other);
  };
  EXPECT_TRUE(with([](Result& r) { r.check.assign(kMaxCheckId, 'c'); }));
  EXPECT_FALSE(with([](Result& r) { r.check.assign(kMaxCheckId + 1, 'c'); }));
  EXPECT_TRUE(with([](Result& r) { r.msg = Message::literal(std::string(kMaxText, 'c')); }));
  EXPECT_FALSE(with([](Result& r) { r.msg = Message::literal(std::string(kMaxText + 1, 'c')); }));
  const auto many = [](std::size_t count) {
    return [count](Result& r) {
      r.metrics.clear();
      for (std::size_t i = 0; i < count; ++i) r.metrics.push_back({"m" + std::to_string(i), 1.5});
    };
  };
  EXPECT_TRUE(with(many(kMaxMetrics)));
  EXPECT_FALSE(with(many(kMaxMetrics + 1)));
  EXPECT_FALSE(with([](Result& r) { r.metrics = {{"a", 1.5}, {"b", 1.5}, {"a", 2.5}}; }));
  EXPECT_FALSE(with([](Result& r) { r.metrics = {{"A", 1.5}}; }));
  const auto items = [](std::size_t count, std::size_t key) {
    return [count, key](Result& r) {
      r.items.clear();
      for (std::size_t i = 0; i < count; ++i)
        r.items.push_back(
            {std::to_string(i) + std::string(key - std::to_string(i).size(), 'k'), State::ok, {}, {}});
    };
  };
  EXPECT_TRUE(with(items(kMaxItems, 8)));
  EXPECT_FALSE(with(items(kMaxItems + 1, 8)));
  EXPECT_TRUE(with(items(2, kMaxItemKey)));
  EXPECT_FALSE(with(items(2, kMaxItemKey + 1)));
  const auto rows = [](std::size_t count, std::size_t columns) {
    return [=](Result& r) { r.rows.assign(count, std::vector<std::string>(columns, "x")); };
  };
  EXPECT_TRUE(with(rows(kMaxRows, 1)));
  EXPECT_FALSE(with(rows(kMaxRows + 1, 1)));
  EXPECT_TRUE(with(rows(1, kMaxColumns)));
  EXPECT_FALSE(with(rows(1, kMaxColumns + 1)));
  const auto args = [](std::size_t count) {
    return [count](Result& r) {
      r.msg = Message{"some.id", {}};
      for (std::size_t i = 0; i < count; ++i) r.msg.args.emplace_back("a" + std::to_string(i), "x");
    };
  };
  EXPECT_TRUE(with(args(kMaxArgs)));
  EXPECT_FALSE(with(args(kMaxArgs + 1)));
  EXPECT_TRUE(with([](Result& r) { r.msg = Message{std::string(kMaxMessageId, 'a'), {}}; }));
  EXPECT_FALSE(with([](Result& r) { r.msg = Message{std::string(kMaxMessageId + 1, 'a'), {}}; }));
  EXPECT_FALSE(with([](Result& r) { r.n = 0; }));
  EXPECT_FALSE(with([](Result& r) { r.took = kMaxSpan + Duration{1}; }));
  EXPECT_FALSE(with([](Result& r) { r.items = {{"a", State::ok, {}, {}}, {"a", State::ok, {}, {}}}; }));
  batch.results.push_back(good);
  EXPECT_FALSE(read(batch));  // numbers must ascend
  batch.results[1].n = good.n + 1;
  EXPECT_TRUE(read(batch));
  batch.results.assign(kMaxResults + 1, Result{});
  for (std::size_t i = 0; i < batch.results.size(); ++i)
    batch.results[i].n = i + 1, batch.results[i].check = "c";
  EXPECT_FALSE(read(batch));
  batch.results.pop_back();
  EXPECT_TRUE(read(batch));
}

}  // namespace
}  // namespace xj::wire

#include <gtest/gtest.h>

#include <random>

#include "core/wire.h"
#include "tests/fakes/sample_batch.h"

namespace xj::wire {
namespace {

Answer sample_answer(unsigned seed) {
  fakes::SampleMaker make(seed);
  Answer a;
  std::uint64_t n = 0;
  for (auto i = make.below(5); i > 0; --i) {
    const auto first = n + 1 + make.below(9);
    n = first + make.below(100) + 1;
    a.accepted.emplace_back(first, n);
  }
  for (auto i = make.below(4); i > 0; --i)
    a.refused.push_back({1 + make.below(1u << 30), make.name("abc_", 20), make.text(9)});
  a.have = make.below(1u << 30);
  a.now = from_ms(static_cast<std::int64_t>(make.below(2'000'000'000'000)));
  a.config = make.one_in(3) ? "" : make.name("abc012", 30);
  for (auto i = make.below(3); i > 0; --i) {
    a.commands.push_back({make.name("abc", 9), make.name("abc", 9), {}});
    for (auto k = make.below(3); k > 0; --k) a.commands.back().args.push_back(make.text(6));
  }
  return a;
}

Assignment sample_assignment(unsigned seed) {
  fakes::SampleMaker make(seed);
  Assignment a;
  a.revision = make.name("abc012", 40);
  for (auto i = make.below(6); i > 0; --i) {
    AssignedCheck c;
    c.id = make.name("abc/", 20) + std::to_string(i);
    c.kind = make.name("abc", 9);
    c.interval = Duration{1 + static_cast<std::int64_t>(make.below(1'000'000))};
    c.retry = Duration{static_cast<std::int64_t>(make.below(1'000'000))};
    c.timeout = Duration{1 + static_cast<std::int64_t>(make.below(1'000'000))};
    for (auto k = make.below(4); k > 0; --k) {
      ParamValue value;
      value.list = make.one_in(2);
      for (auto t = value.list ? make.below(4) : 1; t > 0; --t) value.texts.push_back(make.text(5));
      c.params.emplace(make.name("abc", 6) + std::to_string(k), value);
    }
    a.checks.push_back(c);
  }
  return a;
}

TEST(WireAnswer, RoundTrips) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const auto a = sample_answer(seed);
    const auto read = decode_answer(encode(a));
    ASSERT_TRUE(std::holds_alternative<Answer>(read)) << encode(a) << std::get<Malformed>(read).detail;
    ASSERT_EQ(std::get<Answer>(read), a);
  }
}

TEST(WireAnswer, RefusesWhatIsNone) {
  for (const char* text :
       {"", "[]", "{}", R"({"have":1})", R"({"have":-1,"now":1})", R"({"have":1,"now":1,"accepted":{}})",
        R"({"have":1,"now":1,"accepted":[[2,1]]})", R"({"have":1,"now":1,"accepted":[[1]]})",
        R"({"have":1,"now":1,"accepted":[[0,1]]})", R"({"have":1,"now":1,"accepted":[[5,6],[6,7]]})",
        R"({"have":1,"now":1,"refused":[{"n":1}]})", R"({"have":1,"now":1,"refused":[{"code":"x"}]})",
        R"({"have":1,"now":1,"commands":[{"id":"","verb":"x"}]})", R"({"have":1,"now":1,"commands":[7]})",
        R"({"have":1,"now":1,"config":7})", R"({"have":1,"now":1.5})", R"({"have":1,"now":1,"have":2})"})
    EXPECT_TRUE(std::holds_alternative<Malformed>(decode_answer(text))) << text;
  const auto least = decode_answer(R"({"have":0,"now":5,"new":[{}]})");
  ASSERT_TRUE(std::holds_alternative<Answer>(least));
  EXPECT_EQ(std::get<Malformed>(decode_answer(R"({"have":1,"now":1,"accepted":[[1,2],["a",3]]})")).detail,
            "accepted[1][0]: an integer from 1 to 9223372036854775807 is expected");
}

TEST(WireAssignment, RoundTrips) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const auto a = sample_assignment(seed);
    const auto read = decode_assignment(encode(a));
    ASSERT_TRUE(std::holds_alternative<Assignment>(read)) << encode(a) << std::get<Malformed>(read).detail;
    ASSERT_EQ(std::get<Assignment>(read), a);
  }
}

TEST(WireAssignment, RefusesWhatIsNone) {
  const auto with = [](const std::string& check) { return R"({"revision":"r","checks":[)" + check + "]}"; };
  EXPECT_TRUE(std::holds_alternative<Assignment>(decode_assignment(with(R"({"id":"a","kind":"cpu"})"))));
  for (const auto& text :
       {std::string("{}"), std::string(R"({"revision":"","checks":[]})"), std::string(R"({"revision":"r"})"),
        with("{}"), with(R"({"id":"a"})"), with(R"({"kind":"a"})"),
        with(R"({"id":"a","kind":"b","interval":0})"), with(R"({"id":"a","kind":"b","retry":-1})"),
        with(R"({"id":"a","kind":"b","timeout":"1s"})"), with(R"({"id":"a","kind":"b","params":[]})"),
        with(R"({"id":"a","kind":"b","params":{"x":1}})"),
        with(R"({"id":"a","kind":"b","params":{"x":[1]}})"),
        with(R"({"id":"a","kind":"b","params":{"x":[null]}})"), with(R"({"id":"a\nb","kind":"b"})"),
        with(R"({"id":"a","kind":"b"},{"id":"a","kind":"b"})")})
    EXPECT_TRUE(std::holds_alternative<Malformed>(decode_assignment(text))) << text;
}

TEST(WireMessages, EveryPrefixIsSurvived) {
  const auto answer = encode(sample_answer(4)), assignment = encode(sample_assignment(5));
  for (std::size_t n = 0; n < answer.size(); ++n)
    ASSERT_TRUE(std::holds_alternative<Malformed>(decode_answer(answer.substr(0, n))));
  for (std::size_t n = 0; n < assignment.size(); ++n)
    ASSERT_TRUE(std::holds_alternative<Malformed>(decode_assignment(assignment.substr(0, n))));
}

TEST(WireZstd, RoundTripsAndPacks) {
  EXPECT_EQ(std::get<std::string>(inflate(deflate(""))), "");
  const auto text = encode(fakes::random_batch(3, 300));
  const auto packed = deflate(text);
  EXPECT_LT(packed.size(), text.size() * 3 / 4);
  EXPECT_EQ(std::get<std::string>(inflate(packed)), text);
  EXPECT_EQ(std::get<std::string>(inflate(packed, text.size())), text) << "exactly at the limit";
  EXPECT_EQ(std::get<Malformed>(inflate(packed, text.size() - 1)).code, "limit");
  EXPECT_EQ(std::get<std::string>(inflate(packed + deflate("x"))), text + "x") << "frames follow each other";
}

TEST(WireZstd, BombsAreStoppedWhateverTheHeaderSays) {
  const auto bomb = deflate(std::string(64u << 20, 'x'));
  ASSERT_LT(bomb.size(), 64u << 10);
  EXPECT_EQ(std::get<Malformed>(inflate(bomb)).code, "limit");
  // Many honest small frames are one dishonest large body.
  const auto mebibyte = deflate(std::string(1u << 20, 'x'));
  std::string many;
  for (int i = 0; i < 9; ++i) many += mebibyte;
  EXPECT_EQ(std::get<Malformed>(inflate(many)).code, "limit");
  EXPECT_EQ(std::get<std::string>(inflate(many, 9u << 20)).size(), 9u << 20);
}

TEST(WireZstd, WhatIsNoFrameIsSaid) {
  for (const std::string& bytes :
       {std::string(), std::string("{}"), std::string(100, '\0'), deflate("x") + "tail",
        // Of before RFC 8878, 0.7: the library would read it, with a window of any size.
        "\x27\xB5\x2F\xFD" + std::string(60, 'x'), deflate("x") + "\x27\xB5\x2F\xFD" + std::string(60, 'x')})
    EXPECT_EQ(std::get<Malformed>(inflate(bytes)).code, "encoding") << bytes.size();
  const auto packed = deflate(encode(fakes::random_batch(9, 20)));
  // What is left of one that failed is nothing to the next.
  const auto text = std::get<std::string>(inflate(packed));
  const auto still_reads = [&] { return std::get<std::string>(inflate(packed)) == text; };
  for (std::size_t n = 0; n < packed.size(); ++n) {
    ASSERT_TRUE(std::holds_alternative<Malformed>(inflate(packed.substr(0, n)))) << n;
    ASSERT_TRUE(still_reads()) << n;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    auto other = packed;
    other[random() % other.size()] = static_cast<char>(random());
    const auto read = inflate(other, 1u << 20);
    if (const auto* whole = std::get_if<std::string>(&read)) {
      ASSERT_LE(whole->size(), 1u << 20);
    }
    if (i % 100 == 0) {
      ASSERT_TRUE(still_reads()) << i;
    }
  }
}

}  // namespace
}  // namespace xj::wire

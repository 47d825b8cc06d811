#include "collector/ingest/journal_record.h"

#include <gtest/gtest.h>

#include "core/fault.h"

namespace xj::collector {
namespace {

TEST(JournalRecord, ABatchComesBackWithItsRangesAndBody) {
  const std::string body = "{\"v\":1}";
  for (const bool zstd : {false, true}) {
    BatchRecord record;
    record.agent = "web-01";
    record.received = from_ms(1'700'000'000'123);
    record.shift = Duration{-3'000};
    record.fresh = {{100, 200}, {5, 5}, {1, 3}};
    record.zstd = zstd;
    const auto bytes = encode_head(record) + body;
    const auto back = std::get<BatchRecord>(decode_record(bytes));
    EXPECT_EQ(back.agent, record.agent);
    EXPECT_EQ(back.received, record.received);
    EXPECT_EQ(back.shift, record.shift);
    EXPECT_EQ(back.fresh, record.fresh);
    EXPECT_EQ(back.zstd, zstd);
    EXPECT_EQ(back.body, body);
  }
}

TEST(JournalRecord, ATickComesBack) {
  const TickRecord tick{from_ms(1'700'000'000'000), from_ms(1'600'000'000'000)};
  const auto back = std::get<TickRecord>(decode_record(encode(tick)));
  EXPECT_EQ(back.at, tick.at);
  EXPECT_EQ(back.listening_since, tick.listening_since);
}

TEST(JournalRecord, ACountedStretchComesBack) {
  const CountedRecord record{"web-01", from_ms(1'700'000'000'123), 41, {{Duration{60'000}, 20}, {{}, 1}}, {}};
  const auto bytes = encode_head(record) + "{}";
  const auto back = std::get<CountedRecord>(decode_record(bytes));
  EXPECT_EQ(back.agent, record.agent);
  EXPECT_EQ(back.received, record.received);
  EXPECT_EQ(back.contacts, 41U);
  EXPECT_EQ(back.runs, record.runs);
  EXPECT_EQ(back.body, "{}");
  const auto none = CountedRecord{"web-01", {}, 1, {{Duration{60'000}, 0}}, {}};
  EXPECT_THROW((void)decode_record(encode_head(none)), Fault);
  const auto back_in_time = CountedRecord{"web-01", {}, 1, {{Duration{-1}, 2}}, {}};
  EXPECT_THROW((void)decode_record(encode_head(back_in_time)), Fault);
  const auto head = encode_head(record);
  for (std::size_t cut = 0; cut < head.size(); ++cut)
    EXPECT_THROW((void)decode_record(std::string_view(head).substr(0, cut)), Fault) << cut;
}

TEST(JournalRecord, OtherBytesAreAFault) {
  EXPECT_THROW((void)decode_record(""), Fault);
  EXPECT_THROW((void)decode_record("?"), Fault);
  EXPECT_THROW((void)decode_record("T"), Fault);
  const auto head = encode_head({"web-01", from_ms(5), Duration{0}, {{1, 3}, {9, 9}}, false, {}});
  for (std::size_t cut = 0; cut < head.size(); ++cut)
    EXPECT_THROW((void)decode_record(std::string_view(head).substr(0, cut)), Fault) << cut;
}

}  // namespace
}  // namespace xj::collector

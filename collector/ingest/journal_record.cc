#include "collector/ingest/journal_record.h"

#include "collector/ingest/counted.h"
#include "core/bytes.h"
#include "core/wire.h"

namespace xj::collector {
namespace {
constexpr char kBatch = 'B';
constexpr char kPackedBatch = 'Z';
constexpr char kTick = 'T';
constexpr char kCounted = 'C';
}  // namespace

std::string encode_head(const BatchRecord& record) {
  std::string out;
  out.reserve(32 + record.agent.size() + 20 * record.fresh.size());
  out += record.zstd ? kPackedBatch : kBatch;
  put_text(out, record.agent);
  put_signed(out, to_ms(record.received));
  put_signed(out, record.shift.count());
  put_varint(out, record.fresh.size());
  std::uint64_t before = 0;
  for (const auto& [first, last] : record.fresh) {
    put_signed(out, static_cast<std::int64_t>(first - before));
    put_varint(out, last - first);
    before = last;
  }
  return out;
}

std::string encode_head(const CountedRecord& record) {
  std::string out(1, kCounted);
  put_text(out, record.agent);
  put_signed(out, to_ms(record.received));
  put_varint(out, record.contacts);
  put_varint(out, record.runs.size());
  for (const auto& run : record.runs) {
    put_signed(out, run.step.count());
    put_varint(out, run.count);
  }
  return out;
}

std::string encode(const TickRecord& record) {
  std::string out(1, kTick);
  put_signed(out, to_ms(record.at));
  put_signed(out, to_ms(record.listening_since));
  return out;
}

JournalRecord decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  const char kind = in.take(1)[0];
  if (kind == kTick) {
    TickRecord record;
    record.at = from_ms(in.signed_varint());
    record.listening_since = from_ms(in.signed_varint());
    if (!in.done()) throw Fault("damaged journal record: more than expected");
    return record;
  }
  if (kind == kCounted) {
    CountedRecord record;
    record.agent = in.text();
    record.received = from_ms(in.signed_varint());
    record.contacts = in.varint();
    for (auto runs = in.count(2); runs > 0; --runs) {
      CountedRecord::Run run{};
      run.step = Duration{in.signed_varint()};
      run.count = in.varint();
      if (run.count == 0 || run.count > kMaxCounted || run.step < Duration{0} || run.step > wire::kMaxSpan)
        throw Fault("damaged journal record: a run of so many");
      record.runs.push_back(run);
    }
    record.body = in.rest();
    return record;
  }
  if (kind != kBatch && kind != kPackedBatch) throw Fault("damaged journal record: unknown kind");
  BatchRecord record;
  record.zstd = kind == kPackedBatch;
  record.agent = in.text();
  record.received = from_ms(in.signed_varint());
  record.shift = Duration{in.signed_varint()};
  std::uint64_t before = 0;
  for (auto ranges = in.count(2); ranges > 0; --ranges) {
    const auto first = before + static_cast<std::uint64_t>(in.signed_varint());
    const auto last = first + in.varint();
    if (last < first) throw Fault("damaged journal record: a range is backwards");
    record.fresh.emplace_back(first, last);
    before = last;
  }
  record.body = in.rest();
  return record;
}

}  // namespace xj::collector

// A day's numbers by the ways there are of making them small: what docs/decisions/0008 rests on. Blocks of
// 128 KiB as in a day's file, 2,000 series, a value a minute; bytes a value, and CPU to write. Every way is
// held against what it was given.
#include <zstd.h>

#include <bit>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>

#include "collector/history/columns.h"
#include "tests/bench/series_data.h"
#include "tests/bench/server_process.h"

namespace {

using namespace xj;

constexpr int kSeries = 2'000, kMinutes = 1'440;
constexpr std::size_t kBlock = 128u << 10;

using Day = std::vector<Number>;  // of one series
double as_double(const Number& n) {
  return std::visit([](auto v) { return static_cast<double>(v); }, n);
}
std::uint64_t bits_of(const Number& n) { return std::bit_cast<std::uint64_t>(as_double(n)); }

// Doubles as they are.
void put_plain(std::string& out, const Day& day) {
  for (const auto& n : day) put_fixed(out, bits_of(n));
}
Day read_plain(ByteReader& in) {
  Day day(kMinutes);
  for (auto& n : day) n = std::bit_cast<double>(in.fixed<std::uint64_t>());
  return day;
}

// Their first bytes, their second bytes, and so on: what blosc calls shuffle.
void put_transposed(std::string& out, const Day& day) {
  for (unsigned byte = 0; byte < 8; ++byte)
    for (const auto& n : day) out += static_cast<char>(bits_of(n) >> (8 * byte));
}
Day read_transposed(ByteReader& in) {
  std::vector<std::uint64_t> bits(kMinutes);
  for (unsigned byte = 0; byte < 8; ++byte)
    for (auto& b : bits) b |= std::uint64_t{in.fixed<std::uint8_t>()} << (8 * byte);
  Day day;
  for (const auto b : bits) day.emplace_back(std::bit_cast<double>(b));
  return day;
}

// Against the one before: what differs of the bits, between its leading and its trailing zeros (Pelkonen and
// others, "Gorilla", VLDB 2015).
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  ~BitWriter() {
    if (used_ > 0) out_ += static_cast<char>(byte_ << (8 - used_));
  }
  void put(std::uint64_t bits, int count) {
    for (int i = count - 1; i >= 0; --i) {
      byte_ = byte_ << 1 | (bits >> i & 1);
      if (++used_ == 8) out_ += static_cast<char>(byte_), used_ = 0, byte_ = 0;
    }
  }

 private:
  std::string& out_;
  unsigned byte_ = 0;
  int used_ = 0;
};
class BitReader {
 public:
  explicit BitReader(ByteReader& in) : in_(in) {}
  std::uint64_t take(int count) {
    std::uint64_t out = 0;
    for (int i = 0; i < count; ++i) {
      if (left_ == 0) byte_ = in_.fixed<std::uint8_t>(), left_ = 8;
      out = out << 1 | (byte_ >> --left_ & 1);
    }
    return out;
  }

 private:
  ByteReader& in_;
  unsigned byte_ = 0;
  int left_ = 0;
};
void put_xor(std::string& out, const Day& day) {
  BitWriter bits(out);
  auto before = bits_of(day[0]);
  bits.put(before, 64);
  int lead = 64, width = 0;
  for (int i = 1; i < kMinutes; ++i) {
    const auto now = bits_of(day[static_cast<std::size_t>(i)]);
    const auto differs = std::exchange(before, now) ^ now;
    if (differs == 0) {
      bits.put(0, 1);
      continue;
    }
    const int zeros = std::min(std::countl_zero(differs), 31), tail = std::countr_zero(differs);
    if (zeros >= lead && tail >= 64 - lead - width) {
      bits.put(2, 2);
    } else {
      lead = zeros, width = 64 - zeros - tail;
      bits.put(3, 2);
      bits.put(static_cast<std::uint64_t>(lead), 5);
      bits.put(static_cast<std::uint64_t>(width - 1), 6);
    }
    bits.put(differs >> (64 - lead - width), width);
  }
}
Day read_xor(ByteReader& in) {
  BitReader bits(in);
  auto now = bits.take(64);
  Day day{std::bit_cast<double>(now)};
  int lead = 0, width = 0;
  while (day.size() < kMinutes) {
    if (bits.take(1) == 1) {
      if (bits.take(1) == 1) {
        lead = static_cast<int>(bits.take(5));
        width = static_cast<int>(bits.take(6)) + 1;
      }
      now ^= bits.take(width) << (64 - lead - width);
    }
    day.emplace_back(std::bit_cast<double>(now));
  }
  return day;
}

void put_columns(std::string& out, const Day& day) {
  collector::Column column("value");
  column.expect(day.size());
  for (const auto& n : day) column.push(n);
  column.encode(out, day.size());
}
Day read_columns(ByteReader& in) {
  const auto column = collector::Column::decode(in, kMinutes);
  Day day;
  for (std::size_t i = 0; i < column.values(); ++i) day.push_back(column.at(i));
  return day;
}

struct Way {
  const char* name;
  void (*put)(std::string& out, const Day& day);
  Day (*read)(ByteReader& in);
  int level;  // of zstd; 0: without
};
constexpr Way kWays[] = {
    {"plain_zstd3", put_plain, read_plain, 3},
    {"transposed_zstd3", put_transposed, read_transposed, 3},
    {"xor", put_xor, read_xor, 0},
    {"xor_zstd3", put_xor, read_xor, 3},
    {"columns", put_columns, read_columns, 0},
    {"columns_zstd1", put_columns, read_columns, 1},
    {"columns_zstd3", put_columns, read_columns, 3},
    {"columns_zstd9", put_columns, read_columns, 9},
    {"columns_zstd19", put_columns, read_columns, 19},
};

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Throws where a day does not come back.
void prove(const Way& way, std::string_view block, const Day* first, const Day* last) {
  ByteReader in(block);
  for (; first != last; ++first) {
    const auto back = way.read(in);
    bool same = back.size() == first->size();
    for (std::size_t i = 0; same && i < back.size(); ++i)
      same = bits_of(back[i]) == bits_of((*first)[i]) &&
             (way.read != read_columns ||
              back[i].index() == (*first)[i].index());  // the others know doubles alone
    if (!same) throw Fault(std::string(way.name) + " loses a value");
  }
  if (!in.done()) throw Fault(std::string(way.name) + " writes more than it reads");
}

void measure(const Way& way, const std::vector<Day>& days, const char* data) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> packer(ZSTD_createCCtx(), ZSTD_freeCCtx);
  std::string block, packed(ZSTD_compressBound(2 * kBlock), '\0');
  std::size_t bytes = 0;
  double cpu = 0;
  const Day* first = days.data();
  for (const auto& day : days) {
    const auto began = cpu_seconds();
    way.put(block, day);
    const bool full = block.size() >= kBlock || &day == &days.back();
    if (full && way.level > 0) {
      const auto size = ZSTD_compressCCtx(packer.get(), packed.data(), packed.size(), block.data(),
                                          block.size(), way.level);
      if (ZSTD_isError(size) != 0) throw Fault(ZSTD_getErrorName(size));
      bytes += size;
    } else if (full) {
      bytes += block.size();
    }
    cpu += cpu_seconds() - began;
    if (!full) continue;
    prove(way, block, first, &day + 1);
    first = &day + 1;
    block.clear();
  }
  const double values = static_cast<double>(days.size()) * kMinutes;
  const auto name = std::string("codec_") + data + '_' + way.name;
  bench::figure(name + "_bytes", static_cast<double>(bytes) / values, "bytes/value");
  bench::figure(name + "_cpu", cpu * 1e6 / values, "s per million");
}

void all_ways(bench::SeriesData& source, const char* data) {
  std::vector<Day> days(kSeries);
  for (int minute = 0; minute < kMinutes; ++minute)
    for (int series = 0; series < kSeries; ++series)
      days[static_cast<std::size_t>(series)].push_back(source.next(series, minute));
  for (const auto& way : kWays) measure(way, days, data);
}

}  // namespace

int main() {
  try {
    bench::PeersMix mix(1, kSeries);
    all_ways(mix, "mix");
    bench::HostTraces traces(1, kSeries);
    all_ways(traces, "traces");
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}

#include "collector/history/columns.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace xj::collector {
namespace {

constexpr unsigned char kRuns = 4;  // flag beside the order 0, 1 or 2

// Wrapping arithmetic: differences of far apart 64-bit values come back exactly.
std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

unsigned bits_of(std::int64_t v) { return static_cast<unsigned>(std::bit_width(zigzag(v))); }

// Numbers to the end of a string, some at a time: appending each by itself costs more than making it.
class NumberWriter {
 public:
  explicit NumberWriter(std::string& out) : out_(out) {}
  void put(std::uint64_t n) {
    if (static_cast<std::size_t>(bytes_.data() + bytes_.size() - at_) < kMostVarint) finish();
    at_ = write_varint(at_, n);
  }
  void finish() {
    out_.append(bytes_.data(), static_cast<std::size_t>(at_ - bytes_.data()));
    at_ = bytes_.data();
  }

 private:
  std::string& out_;
  std::array<char, 512> bytes_;
  char* at_ = bytes_.data();
};

}  // namespace

void put_ints(std::string& out, std::span<const std::int64_t> values) {
  if (values.empty()) return;
  // Bits are what an entropy coder behind us pays for, so they choose, not whole bytes.
  std::array<std::uint64_t, 3> cost{};
  std::array<std::size_t, 3> runs{1, 1, 1};
  {
    const auto first = values[0];
    std::int64_t d1_before = 0, d2_before = 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
      const auto d0 = minus(values[i], first);
      const auto d1 = minus(values[i], values[i - 1]);
      const auto d2 = minus(d1, d1_before);
      cost[0] += bits_of(d0), cost[1] += bits_of(d1), cost[2] += bits_of(d2);
      runs[0] += d1 != 0, runs[1] += i > 1 && d1 != d1_before, runs[2] += i > 1 && d2 != d2_before;
      d1_before = d1, d2_before = d2;
    }
  }
  unsigned order = 0;
  for (unsigned o = 1; o < 3; ++o)
    if (cost[o] < cost[order]) order = o;
  // One long run is cheapest whatever its number.
  for (unsigned o = 0; o < 3; ++o)
    if (runs[o] * 8 < values.size() && runs[o] * 2 < runs[order]) order = o;
  const bool as_runs = runs[order] * 3 < values.size();

  out += static_cast<char>(order | (as_runs ? kRuns : 0));
  NumberWriter writer(out);
  writer.put(zigzag(values[0]));
  std::int64_t before = values[0], d1_before = 0, run_value = 0;
  std::uint64_t run = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const auto d1 = minus(values[i], before);
    const auto code = order == 0 ? minus(values[i], values[0]) : order == 1 ? d1 : minus(d1, d1_before);
    before = values[i], d1_before = d1;
    if (!as_runs) {
      writer.put(zigzag(code));
    } else if (run > 0 && code == run_value) {
      ++run;
    } else {
      if (run > 0) writer.put(zigzag(run_value)), writer.put(run);
      run_value = code, run = 1;
    }
  }
  if (run > 0) writer.put(zigzag(run_value)), writer.put(run);
  writer.finish();
}

std::vector<std::int64_t> read_ints(ByteReader& in, std::size_t count) {
  std::vector<std::int64_t> values;
  if (count == 0) return values;
  if (count > kMaxRows) throw Fault("damaged bytes: too many rows");
  const auto mode = static_cast<unsigned char>(in.take(1)[0]);
  const unsigned order = mode & 3u;
  if (order > 2 || (mode & ~7u) != 0) throw Fault("damaged bytes: unknown form of numbers");
  const bool as_runs = (mode & kRuns) != 0;
  if (!as_runs && count > in.rest().size()) throw Fault("damaged bytes: a count is too large");
  values.reserve(count);
  values.push_back(in.signed_varint());
  std::int64_t d1 = 0;
  while (values.size() < count) {
    const auto code = in.signed_varint();
    const auto times = as_runs ? in.varint() : 1;
    if (times == 0 || times > count - values.size()) throw Fault("damaged bytes: a run is too long");
    for (std::uint64_t i = 0; i < times; ++i) {
      if (order == 0) {
        values.push_back(plus(values.front(), code));
      } else {
        d1 = order == 1 ? code : plus(d1, code);
        values.push_back(plus(values.back(), d1));
      }
    }
  }
  return values;
}

void skip_ints(ByteReader& in, std::size_t count) {
  if (count == 0) return;
  const auto mode = static_cast<unsigned char>(in.take(1)[0]);
  const bool as_runs = (mode & kRuns) != 0;
  in.skip_varints(1);
  for (std::size_t done = 1; done < count;) {
    if (!as_runs) return in.skip_varints(count - 1);
    in.skip_varints(1);
    const auto times = in.varint();
    if (times == 0 || times > count - done) throw Fault("damaged bytes: a run is too long");
    done += static_cast<std::size_t>(times);
  }
}

void Presence::push(bool present, std::size_t times) {
  if (times == 0) return;
  if (runs_.empty() && !present) runs_.push_back(0);
  if (runs_.empty() || (runs_.size() % 2 == 1) != present) runs_.push_back(0);
  runs_.back() += static_cast<std::uint32_t>(times);
  rows_ += static_cast<std::uint32_t>(times);
  if (present) present_ += static_cast<std::uint32_t>(times);
}

void Presence::encode(std::string& out) const {
  if (present_ == rows_) return put_varint(out, 0);
  put_varint(out, runs_.size());
  for (const auto run : runs_) put_varint(out, run);
}

Presence Presence::decode(ByteReader& in, std::size_t rows) {
  Presence p;
  const auto count = in.count();
  if (count == 0) {
    p.push(true, rows);
    return p;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto run = in.varint();
    if (run > rows - p.rows_ || (run == 0 && i > 0)) throw Fault("damaged bytes: presence does not add up");
    p.push(i % 2 == 0, static_cast<std::size_t>(run));
  }
  if (p.rows_ != rows) throw Fault("damaged bytes: presence does not add up");
  return p;
}

std::vector<std::int32_t> Presence::indexes() const {
  std::vector<std::int32_t> out;
  out.reserve(rows_);
  std::int32_t next = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i)
    for (std::uint32_t k = 0; k < runs_[i]; ++k) out.push_back(i % 2 == 0 ? next++ : -1);
  return out;
}

bool Column::is_double(std::size_t index) const { return any_double_ && (!any_int_ || doubles_[index]); }

void Column::push(const Number& value) {
  presence_.push_present();
  const bool real = std::holds_alternative<double>(value);
  if ((real && any_int_ && !any_double_) || (!real && any_double_ && !any_int_))
    doubles_.assign(bits_.size(), !real);
  (real ? any_double_ : any_int_) = true;
  if (any_int_ && any_double_) doubles_.push_back(real);
  bits_.push_back(real ? std::bit_cast<std::int64_t>(std::get<double>(value))
                       : std::get<std::int64_t>(value));
}

Number Column::at(std::size_t index) const {
  if (is_double(index)) return std::bit_cast<double>(bits_[index]);
  return bits_[index];
}

namespace {

constexpr std::array<double, 10> kPowers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double kExact = 9007199254740992.0;  // 2^53

// Adding it leaves no room for a fraction: what is above it is the nearest whole number, without a call.
constexpr double kRound = 6755399441055744.0;  // 2^52 + 2^51
std::int64_t nearest(double value) {
  return std::fabs(value) < kExact / 4 ? static_cast<std::int64_t>((value + kRound) - kRound)
                                       : std::llround(value);
}

bool scaled(double value, unsigned digits, std::int64_t& out) {
  const double product = value * kPowers[digits];
  if (!(std::fabs(product) < kExact)) return false;
  out = nearest(product);
  return std::bit_cast<std::int64_t>(static_cast<double>(out) / kPowers[digits]) ==
         std::bit_cast<std::int64_t>(value);
}

// Doubles with few decimals as integers: what a person calls 12.34 is 1234.
bool as_decimals(const std::vector<std::int64_t>& bits, std::vector<std::int64_t>& out, unsigned& digits) {
  digits = 0;
  out.resize(bits.size());
  for (std::size_t i = 0; i < bits.size();) {
    if (scaled(std::bit_cast<double>(bits[i]), digits, out[i])) {
      ++i;
      continue;
    }
    if (++digits >= kPowers.size()) return false;
    // All of it again under more digits; first make sure that this value is content.
    std::int64_t probe = 0;
    while (digits < kPowers.size() && !scaled(std::bit_cast<double>(bits[i]), digits, probe)) ++digits;
    if (digits >= kPowers.size()) return false;
    i = 0;
  }
  return true;
}

// Byte planes of the exclusive or with the value before: like bytes stand together for the compressor.
void put_planes(std::string& out, const std::vector<std::int64_t>& bits) {
  const auto from = out.size();
  out.resize(from + 8 * bits.size());
  auto* at = out.data() + from;
  for (int plane = 7; plane >= 0; --plane) {
    std::uint64_t before = 0;
    for (const auto b : bits) {
      const auto v = static_cast<std::uint64_t>(b);
      *at++ = static_cast<char>((v ^ before) >> (8 * plane));
      before = v;
    }
  }
}

std::vector<std::int64_t> read_planes(ByteReader& in, std::size_t count) {
  const auto bytes = in.take(8 * static_cast<std::uint64_t>(count));
  std::vector<std::int64_t> bits(count);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t v = 0;
    for (std::size_t plane = 0; plane < 8; ++plane)
      v = (v << 8) | static_cast<unsigned char>(bytes[plane * count + i]);
    before ^= v;
    bits[i] = static_cast<std::int64_t>(before);
  }
  return bits;
}

enum Form : unsigned char { integers = 0, planes = 1, mixed = 2, decimals = 16 /* + digits */ };

}  // namespace

void Column::encode(std::string& out, std::size_t rows) const {
  put_text(out, name_);
  auto whole_presence = presence_;
  whole_presence.push(false, rows - presence_.rows());
  whole_presence.encode(out);
  if (any_int_ && any_double_) {
    out += static_cast<char>(Form::mixed);
    Presence kinds;
    for (const bool real : doubles_) kinds.push(real);
    kinds.encode(out);
    put_planes(out, bits_);
    return;
  }
  if (!any_double_) {
    out += static_cast<char>(Form::integers);
    put_ints(out, bits_);
    return;
  }
  std::vector<std::int64_t> whole;
  unsigned digits = 0;
  if (as_decimals(bits_, whole, digits)) {
    out += static_cast<char>(Form::decimals + digits);
    put_ints(out, whole);
  } else {
    out += static_cast<char>(Form::planes);
    put_planes(out, bits_);
  }
}

std::string_view Column::pass(ByteReader& in, std::size_t rows) {
  const auto name = in.text();
  const auto count = Presence::decode(in, rows).present();
  const auto form = static_cast<unsigned char>(in.take(1)[0]);
  if (form == Form::mixed) Presence::decode(in, count);
  if (form == Form::planes || form == Form::mixed)
    in.take(8 * static_cast<std::uint64_t>(count));
  else if (form == Form::integers || (form >= Form::decimals && form < Form::decimals + kPowers.size()))
    skip_ints(in, count);
  else
    throw Fault("damaged bytes: unknown form of a column");
  return name;
}

void Column::numbers(double* out) const {
  std::size_t next = 0;
  const auto& runs = presence_.runs();
  for (std::size_t i = 0; i < runs.size(); out += runs[i++]) {
    if (i % 2 == 1) continue;
    for (std::uint32_t k = 0; k < runs[i]; ++k, ++next)
      out[k] = is_double(next) ? std::bit_cast<double>(bits_[next]) : static_cast<double>(bits_[next]);
  }
}

Column Column::decode(ByteReader& in, std::size_t rows) {
  Column column{std::string(in.text())};
  column.presence_ = Presence::decode(in, rows);
  const auto count = column.presence_.present();
  const auto form = static_cast<unsigned char>(in.take(1)[0]);
  if (form == Form::integers) {
    column.any_int_ = count > 0;
    column.bits_ = read_ints(in, count);
  } else if (form == Form::planes) {
    column.any_double_ = count > 0;
    column.bits_ = read_planes(in, count);
  } else if (form == Form::mixed) {
    const auto kinds = Presence::decode(in, count);
    column.any_int_ = column.any_double_ = true;
    for (const auto index : kinds.indexes()) column.doubles_.push_back(index >= 0);
    column.bits_ = read_planes(in, count);
  } else if (form >= Form::decimals && form < Form::decimals + kPowers.size()) {
    column.any_double_ = count > 0;
    const double power = kPowers[form - Form::decimals];
    column.bits_ = read_ints(in, count);
    for (auto& b : column.bits_) b = std::bit_cast<std::int64_t>(static_cast<double>(b) / power);
  } else {
    throw Fault("damaged bytes: unknown form of a column");
  }
  return column;
}

}  // namespace xj::collector

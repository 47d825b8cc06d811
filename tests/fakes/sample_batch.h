#pragma once
// Batches made up from a seed: every field, every kind of value, nothing beyond the limits.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/wire.h"

namespace xj::fakes {

class SampleMaker {
 public:
  explicit SampleMaker(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  std::string text(std::size_t max_pieces) {
    static const std::vector<std::string> pieces{
        "a",    "Z", " ", "\"", "\\", "\n", "/", "巡", "检", "😀", std::string(1, '\0'),
        "\x7F", "é", "{", "0.5"};
    std::string out;
    for (auto n = below(max_pieces + 1); n > 0; --n) out += pieces[below(pieces.size())];
    return out;
  }
  std::string name(std::string_view alphabet, std::size_t max) {
    std::string out;
    for (auto n = 1 + below(max); n > 0; --n) out += alphabet[below(alphabet.size())];
    return out;
  }
  Number number() {
    switch (below(5)) {
      case 0: return static_cast<std::int64_t>(random_());
      case 1: return static_cast<std::int64_t>(below(1000)) - 500;
      case 2: return static_cast<double>(below(10'000)) / 100;
      case 3: return static_cast<double>(below(100));
      default: {
        double d = std::nan("");
        while (!std::isfinite(d) || std::fpclassify(d) == FP_SUBNORMAL) {
          const std::uint64_t bits = random_();
          static_assert(sizeof bits == sizeof d);
          std::memcpy(&d, &bits, sizeof d);
        }
        return d;
      }
    }
  }
  std::vector<Metric> metrics(std::size_t max) {
    std::vector<Metric> out;
    const auto count = below(max + 1);
    for (std::size_t i = 0; i < count; ++i)
      out.push_back({name("abcxyz019_.", 20) + std::to_string(i), number()});
    return out;
  }
  Message message() {
    if (one_in(2)) return {};
    if (one_in(2)) return Message::literal(text(10));
    Message m{name("abc_.", 30), {}};
    for (auto n = below(4); n > 0; --n) m.args.emplace_back(name("abcdef", 8) + std::to_string(n), text(6));
    return m;
  }
  State state() { return static_cast<State>(below(4)); }
  Result result(std::uint64_t n) {
    Result r;
    r.n = n;
    r.check = name("abc/-_", 40);
    r.slot = from_ms(static_cast<std::int64_t>(below(253'402'300'799'999)));
    r.late = Duration{static_cast<std::int64_t>(below(5000)) - 1000};
    r.took = Duration{static_cast<std::int64_t>(below(5000))};
    r.state = state();
    r.msg = message();
    r.metrics = metrics(8);
    for (auto i = below(5); i > 0; --i)
      r.items.push_back({"/" + name("abc/ ", 12) + std::to_string(i), state(), message(), metrics(4)});
    for (auto i = below(3); i > 0; --i) {
      r.rows.emplace_back();
      for (auto c = below(4); c > 0; --c) r.rows.back().push_back(text(5));
    }
    return r;
  }

 private:
  std::mt19937_64 random_;
};

inline wire::Batch random_batch(unsigned seed, std::size_t results) {
  SampleMaker make(seed);
  wire::Batch batch;
  batch.epoch = make.name("abc019-", 40);
  batch.lane = make.one_in(2) ? wire::Lane::live : wire::Lane::replay;
  batch.sent = from_ms(static_cast<std::int64_t>(make.below(2'000'000'000'000)));
  batch.config = make.one_in(3) ? "" : make.name("0123456789abcdef", 40);
  std::uint64_t n = make.below(1'000'000);
  for (std::size_t i = 0; i < results; ++i) batch.results.push_back(make.result(n += 1 + make.below(3)));
  return batch;
}

}  // namespace xj::fakes

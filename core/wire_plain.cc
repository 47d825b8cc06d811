#include "core/wire_plain.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <charconv>
#include <cstring>
#include <limits>

#include "core/json.h"
#include "core/json_chars.h"
#include "core/utf8.h"
#include "core/wire_limits.h"

namespace xj::wire {
namespace {

static_assert(kVersion == 1, "stands in the first text below");
static_assert(FLT_EVAL_METHOD == 0, "a quotient of two exact doubles is the nearest double");

constexpr std::size_t kExactDigits = 15;  // a whole number of so many is exact as a double
constexpr std::array<double, kExactDigits + 1> kPowers{1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
constexpr std::size_t kWholeDigits = 18;     // always an int64
constexpr std::size_t kMostNumber = 40;      // bytes; longer ones are left to the grammar
constexpr std::size_t kExponentDigits = 3;   // likewise
constexpr std::size_t kMetricsAtOnce = 16;   // a few bytes must never ask for much memory
constexpr std::size_t kBytesOfAResult = 96;  // few are shorter

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr auto kPlainChar = [] {
  std::array<bool, 256> t{};
  for (std::size_t c = 0; c < t.size(); ++c) t[c] = plain_in_json(static_cast<unsigned char>(c));
  return t;
}();

// Each part says whether it was there as expected; after a no the place means nothing.
class PlainReader {
 public:
  explicit PlainReader(std::string_view json) : at_(json.data()), end_(json.data() + json.size()) {}

  bool batch(Batch& out) {
    std::string_view epoch, config;
    std::int64_t sent = 0;
    if (!eat(R"({"v":1,"epoch":")") || !name(epoch) || !valid_epoch(epoch)) return false;
    if (eat(R"(,"lane":"replay")"))
      out.lane = Lane::replay;
    else if (!eat(R"(,"lane":"live")"))
      return false;
    if (!eat(R"(,"sent":)") || !integer(0, to_ms(kMaxTime), sent)) return false;
    if (!eat(R"(,"config":")") || !name(config) || config.size() > kMaxRevision) return false;
    if (!eat(R"(,"results":[)")) return false;
    out.epoch = epoch;
    out.sent = from_ms(sent);
    out.config = config;
    out.results.reserve(std::min(kMaxResults, rest() / kBytesOfAResult + 1));
    return (eat("]") || results(out.results)) && eat("}") && at_ == end_;
  }

 private:
  std::size_t rest() const { return static_cast<std::size_t>(end_ - at_); }
  template <std::size_t N>
  bool eat(const char (&literal)[N]) {
    if (rest() < N - 1 || std::memcmp(at_, literal, N - 1) != 0) return false;
    at_ += N - 1;
    return true;
  }
  bool stands(char c) const { return at_ != end_ && *at_ == c; }

  // What stands for itself, as far as it goes.
  bool run(std::string_view& out) {
    const char* const from = at_;
    for (;;) {
      while (at_ != end_ && kPlainChar[static_cast<unsigned char>(*at_)]) ++at_;
      if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x80) break;
      const auto length = utf8_length({at_, rest()}, 0);
      if (length == 0) return false;
      at_ += length;
    }
    out = {from, static_cast<std::size_t>(at_ - from)};
    return true;
  }
  // A text is read behind its first quote, up to and with its last. A name has no escape in it, words may.
  bool name(std::string_view& out) { return run(out) && eat("\"") && out.size() <= kMaxText; }
  bool words(std::string& out) {
    std::string_view part;
    if (!run(part)) return false;
    out = part;
    while (!eat("\"")) {
      if (!escape(out) || !run(part)) return false;
      out += part;
    }
    return out.size() <= kMaxText;
  }
  bool escape(std::string& out) {
    if (rest() < 2 || *at_ != '\\') return false;
    switch (at_[1]) {
      case '"': out += '"'; break;
      case '\\': out += '\\'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      default: return control(out);
    }
    at_ += 2;
    return true;
  }
  bool control(std::string& out) {
    unsigned char c = 0;
    if (!eat("\\u00") || rest() < 2) return false;
    const auto [used, error] = std::from_chars(at_, at_ + 2, c, 16);
    if (error != std::errc{} || used != at_ + 2 || c >= 0x80) return false;
    at_ = used;
    out += static_cast<char>(c);
    return true;
  }

  // How many there were; the value of too many means nothing.
  std::size_t digits(std::uint64_t& n) {
    const char* const from = at_;
    for (; at_ != end_ && is_digit(*at_); ++at_) n = n * 10 + static_cast<std::uint64_t>(*at_ - '0');
    return static_cast<std::size_t>(at_ - from);
  }

  bool integer(std::int64_t low, std::int64_t high, std::int64_t& out) {
    const bool minus = eat("-");
    const char* const first = at_;
    std::uint64_t n = 0;
    const auto count = digits(n);
    if (count == 0 || count > kWholeDigits || (*first == '0' && (count > 1 || minus))) return false;
    out = minus ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n);
    return out >= low && out <= high;
  }

  bool number(Number& out) {
    const char* const from = at_;
    const bool minus = eat("-");
    const char* const first = at_;
    std::uint64_t n = 0;
    const auto before = digits(n);
    if (before == 0 || (*first == '0' && before > 1)) return false;
    std::size_t behind = 0;
    const bool point = eat(".");
    if (point && (behind = digits(n)) == 0) return false;
    if (stands('e') || stands('E')) return exponent() && other_number(from, out);
    if (!point) {
      if (before > kWholeDigits || (minus && *first == '0')) return other_number(from, out);
      out = minus ? -static_cast<std::int64_t>(n) : static_cast<std::int64_t>(n);
      return true;
    }
    if (before + behind > kExactDigits) return other_number(from, out);
    const double value = static_cast<double>(n) / kPowers[behind];
    out = minus ? -value : value;
    return true;
  }
  bool exponent() {
    ++at_;
    if (!eat("+")) eat("-");
    std::uint64_t ignored = 0;
    const auto count = digits(ignored);
    return count > 0 && count <= kExponentDigits;
  }
  bool other_number(const char* from, Number& out) const {
    const std::string_view all(from, static_cast<std::size_t>(at_ - from));
    if (all.size() > kMostNumber || all == "-0") return false;
    const auto read = parse_json_number(all);
    if (read) out = *read;
    return read.has_value();
  }

  // Results of one batch are alike: names that stood there before need not be looked at again.
  bool metrics(std::vector<Metric>& out, const std::vector<Metric>& like) {
    out.reserve(std::min(like.size(), kMetricsAtOnce));
    bool alike = true;
    do {
      if (out.size() == kMaxMetrics || !eat("\"")) return false;
      alike = alike && out.size() < like.size() && name_is(like[out.size()].name);
      std::string_view metric;
      if (alike)
        metric = like[out.size()].name;
      else if (!name(metric) || !valid_metric_name(metric))
        return false;
      out.emplace_back().name = metric;
      if (!eat(":") || !number(out.back().value)) return false;
    } while (eat(","));
    return eat("}") &&
           (alike || repeated(out, [](const Metric& m) -> const std::string& { return m.name; }) == nullptr);
  }
  bool name_is(std::string_view name) {
    if (rest() <= name.size() || at_[name.size()] != '"' || std::memcmp(at_, name.data(), name.size()) != 0)
      return false;
    at_ += name.size() + 1;
    return true;
  }

  bool message(Message& out) {
    if (eat("\"")) {
      std::string literal;
      if (!words(literal)) return false;
      out = Message::literal(std::move(literal));
      return true;
    }
    std::string_view id, arg;
    if (!eat("[\"") || !name(id) || !valid_message_id(id)) return false;
    out.id = id;
    if (eat("]")) return true;
    if (!eat(",{")) return false;
    do {
      if (out.args.size() == kMaxArgs || !eat("\"") || !name(arg) || !printable(arg, 64)) return false;
      if (!eat(":\"") || !words(out.args.emplace_back(std::string(arg), std::string()).second)) return false;
    } while (eat(","));
    return eat("}]");
  }

  // What results and items have in common.
  template <typename Seen>
  bool seen(Seen& out, const std::vector<Metric>& like) {
    if (eat(R"(,"state":")")) {
      std::string_view word;
      if (!name(word)) return false;
      const auto state = parse_state(word);
      if (!state) return false;
      out.state = *state;
    }
    if (eat(R"(,"msg":)") && !message(out.msg)) return false;
    return !eat(R"(,"m":{)") || metrics(out.metrics, like);
  }

  bool item(Item& out, const std::vector<Metric>& like) {
    if (!eat(R"({"key":")") || !words(out.key) || !printable(out.key, kMaxItemKey)) return false;
    return seen(out, like) && eat("}");
  }
  bool items(std::vector<Item>& out) {
    do {
      if (out.size() == kMaxItems) return false;
      out.emplace_back();
      if (!item(out.back(), out.size() > 1 ? out[out.size() - 2].metrics : none_)) return false;
    } while (eat(","));
    return eat("]") && repeated(out, [](const Item& i) -> const std::string& { return i.key; }) == nullptr;
  }

  bool rows(std::vector<std::vector<std::string>>& out) {
    do {
      if (out.size() == kMaxRows || !eat("[")) return false;
      auto& row = out.emplace_back();
      if (eat("]")) continue;
      do {
        if (row.size() == kMaxColumns || !eat("\"") || !words(row.emplace_back())) return false;
      } while (eat(","));
      if (!eat("]")) return false;
    } while (eat(","));
    return eat("]");
  }

  bool result(Result& out, const std::vector<Metric>& like) {
    std::string_view check;
    std::int64_t n = 0, slot = 0, late = 0, took = 0;
    if (!eat(R"({"n":)") || !integer(1, std::numeric_limits<std::int64_t>::max(), n)) return false;
    if (!eat(R"(,"check":")") || !name(check) || !printable(check, kMaxCheckId)) return false;
    if (!eat(R"(,"slot":)") || !integer(0, to_ms(kMaxTime), slot)) return false;
    if (eat(R"(,"late":)") && !integer(-kMaxSpan.count(), kMaxSpan.count(), late)) return false;
    if (eat(R"(,"took":)") && !integer(0, kMaxSpan.count(), took)) return false;
    out.n = static_cast<std::uint64_t>(n);
    out.check = check;
    out.slot = from_ms(slot);
    out.late = Duration{late};
    out.took = Duration{took};
    if (!seen(out, like)) return false;
    if (eat(R"(,"items":[)") && !items(out.items)) return false;
    if (eat(R"(,"rows":[)") && !rows(out.rows)) return false;
    return eat("}");
  }
  bool results(std::vector<Result>& out) {
    std::uint64_t before = 0;
    do {
      if (out.size() == kMaxResults) return false;
      out.emplace_back();
      if (!result(out.back(), out.size() > 1 ? out[out.size() - 2].metrics : none_)) return false;
      if (out.back().n <= before) return false;
      before = out.back().n;
    } while (eat(","));
    return eat("]");
  }

  const char* at_;
  const char* const end_;
  const std::vector<Metric> none_;
};

}  // namespace

std::optional<Batch> read_plain(std::string_view json) {
  std::optional<Batch> batch;
  if (json.size() <= kMaxBody && !PlainReader(json).batch(batch.emplace())) batch.reset();
  return batch;
}

}  // namespace xj::wire

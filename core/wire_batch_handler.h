#pragma once
// What the parser of core/wire_batch.cc tells its tokens to, and included there alone. The ways that every
// good result goes are here, to be inlined; the unhappy ones are in the .cc.
#include <algorithm>
#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/wire.h"
#include "core/wire_limits.h"

namespace xj::wire {
namespace bj = boost::json;

enum class Field : std::uint8_t {
  v,
  epoch,
  lane,
  sent,
  config,
  results,
  n,
  check,
  slot,
  late,
  took,
  state,
  msg,
  m,
  items,
  rows,
  key,
  none
};

struct FieldName {
  std::string_view name;
  Field field;
};
inline constexpr FieldName kRootFields[] = {{"v", Field::v},           {"epoch", Field::epoch},
                                            {"lane", Field::lane},     {"sent", Field::sent},
                                            {"config", Field::config}, {"results", Field::results}};
inline constexpr FieldName kResultFields[] = {
    {"n", Field::n},         {"check", Field::check}, {"slot", Field::slot},   {"m", Field::m},
    {"late", Field::late},   {"took", Field::took},   {"state", Field::state}, {"msg", Field::msg},
    {"items", Field::items}, {"rows", Field::rows}};
inline constexpr FieldName kItemFields[] = {
    {"key", Field::key}, {"m", Field::m}, {"state", Field::state}, {"msg", Field::msg}};

template <std::size_t N>
const FieldName* find(const FieldName (&table)[N], std::string_view name) {
  for (const auto& f : table)
    if (f.name == name) return &f;
  return nullptr;
}

// A fault inside a result marks the result; the rest of it is skipped, but its number is still read so that
// the refusal can name it. A fault outside marks the message; the rest is skipped, but "v" is still read,
// because a message of another version is expected to look strange.
class BatchHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  // single: the document is one result.
  void start(bool single, std::size_t bytes) {
    single_ = single;
    if (!single) out.batch.results.reserve(std::min(kMaxResults, bytes / 128 + 1));
  }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code& ec) { return begin(true, ec); }
  bool on_array_begin(bj::error_code& ec) { return begin(false, ec); }
  bool on_object_end(std::size_t, bj::error_code&) { return end(); }
  bool on_array_end(std::size_t, bj::error_code&) { return end(); }
  bool on_key_part(bj::string_view s, std::size_t, bj::error_code&) { return keep(s); }
  bool on_key(bj::string_view s, std::size_t size, bj::error_code&) {
    key(whole(s), size);
    text_.clear();
    return true;
  }
  bool on_string_part(bj::string_view s, std::size_t, bj::error_code&) { return keep(s); }
  bool on_string(bj::string_view s, std::size_t size, bj::error_code&) {
    if (reading()) string_value(whole(s), size);
    text_.clear();
    return true;
  }
  bool on_number_part(bj::string_view s, bj::error_code&) { return keep(s); }
  bool on_int64(std::int64_t i, bj::string_view, bj::error_code&) {
    text_.clear();
    number_value(Number(i));
    return true;
  }
  bool on_uint64(std::uint64_t, bj::string_view s, bj::error_code& ec) { return on_double(0, s, ec); }
  // Boost's double is not looked at: one in four of those with 17 digits is wrong.
  bool on_double(double, bj::string_view s, bj::error_code&) {
    number_value(parse_json_number(whole(s)));
    text_.clear();
    return true;
  }
  bool on_bool(bool, bj::error_code&) {
    if (reading()) wrong_type();
    return true;
  }
  bool on_null(bj::error_code&) {
    // A field that is null is a field that is absent; an element that is null is wrong.
    if (!reading()) return true;
    if (at_ == At::root)
      seen_ &= ~bit(field_);
    else if (at_ == At::result)
      result_seen_ &= ~bit(field_);
    else if (at_ == At::item)
      item_seen_ &= ~bit(field_);
    else
      wrong_type();
    return true;
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

  // To be called once, after the document.
  void finish();
  bool failed() const { return broken_ || (single_ && bad_); }
  Malformed fault() const { return fault_; }

  DecodedBatch out;

 private:
  enum class At : std::uint8_t { start, root, results, result, metrics, items, item, msg, args, rows, row };

  static constexpr std::uint32_t bit(Field f) { return 1u << static_cast<unsigned>(f); }
  Result& result() { return out.batch.results.back(); }
  Item& item() { return result().items.back(); }
  std::vector<Metric>& metrics() { return in_item_ ? item().metrics : result().metrics; }
  Message& msg() { return in_item_ ? item().msg : result().msg; }

  // Whether values matter here; numbers are asked for separately because "n" and "v" always do.
  bool reading() const { return !broken_ && !bad_ && skip_ == 0 && field_matters(); }
  bool field_matters() const {
    return (at_ != At::root && at_ != At::result && at_ != At::item) || field_ != Field::none;
  }
  bool keep(bj::string_view s) {
    if (text_.size() <= kMaxText) text_.append(s.data(), s.size());
    return true;
  }
  std::string_view whole(bj::string_view s) {
    if (text_.empty()) return {s.data(), s.size()};
    keep(s);
    return text_;
  }

  // The unhappy ways, out of the way of the others.
  std::string path() const;
  void message_fault(std::string code, std::string detail);
  void result_fault(std::string_view what);
  void fault(std::string_view what);
  void wrong_type();
  // A container that nobody wants, known to be wrong or not.
  bool skip() {
    skip_ = 1;
    return true;
  }

  bool begin(bool object, bj::error_code& ec) {
    ++depth_;
    if (broken_) return true;
    if (skip_ > 0) {
      ++skip_;
      return true;
    }
    if (bad_ && at_ != At::start && at_ != At::root && at_ != At::results) {
      if (at_ == At::result && field_ == Field::n) wrong_type();
      return skip();
    }
    switch (at_) {
      case At::start:
        if (!object) break;
        if (single_) return begin_result(ec);
        at_ = At::root;
        return true;
      case At::root:
        if (field_ == Field::none) return skip();
        if (object || field_ != Field::results) break;
        at_ = At::results;
        return true;
      case At::results:
        if (!object) break;
        return begin_result(ec);
      case At::result:
      case At::item:
        if (field_ == Field::none) return skip();
        if (field_ == Field::m && object) {
          at_ = At::metrics;
          // Results of one batch look alike. Capped: a few bytes must never ask for much memory.
          metrics().reserve(std::min<std::size_t>(metrics_hint_, in_item_ ? 4 : 16));
          return true;
        }
        if (field_ == Field::msg && !object) {
          at_ = At::msg;
          msg_position_ = 0;
          return true;
        }
        if (field_ == Field::items && !object) {
          at_ = At::items;
          items_seen_ = 0;
          return true;
        }
        if (field_ == Field::rows && !object) {
          at_ = At::rows;
          return true;
        }
        break;
      case At::items:
        if (!object) break;
        ++items_seen_;
        if (result().items.size() == kMaxItems) {
          fault("more than " + std::to_string(kMaxItems) + " items");
          return skip();
        }
        result().items.emplace_back();
        at_ = At::item;
        in_item_ = true;
        item_seen_ = 0;
        return true;
      case At::msg:
        if (!object || msg_position_ != 1) break;
        msg_position_ = 2;
        at_ = At::args;
        return true;
      case At::rows:
        if (object) break;
        if (result().rows.size() == kMaxRows) {
          fault("more than " + std::to_string(kMaxRows) + " rows");
          return skip();
        }
        result().rows.emplace_back();
        at_ = At::row;
        return true;
      case At::metrics:
      case At::args:
      case At::row: break;
    }
    wrong_type();
    return broken_ ? true : skip();
  }

  bool end() {
    --depth_;
    if (broken_) return true;
    if (skip_ > 0) {
      --skip_;
      return true;
    }
    switch (at_) {
      case At::start: break;
      case At::root: at_ = At::start; break;
      case At::results: at_ = At::root; break;
      case At::result: end_result(); break;
      case At::metrics:
        at_ = in_item_ ? At::item : At::result;
        metrics_hint_ = metrics().size();
        name_ = "m";
        if (const auto* twice =
                repeated(metrics(), [](const Metric& m) -> const std::string& { return m.name; });
            twice != nullptr && !bad_)
          fault("the metric " + *twice + " stands twice");
        break;
      case At::items: at_ = At::result; break;
      case At::item:
        if (!bad_ && item().key.empty()) name_ = "key", fault("missing");
        at_ = At::items;
        in_item_ = false;
        break;
      case At::msg:
        if (msg_position_ == 0 && !bad_) wrong_type();
        at_ = in_item_ ? At::item : At::result;
        break;
      case At::args: at_ = At::msg; break;
      case At::rows: at_ = At::result; break;
      case At::row: at_ = At::rows; break;
    }
    return true;
  }

  bool begin_result(bj::error_code& ec) {
    if (index_ == kMaxResults) {
      message_fault("limit", "more than " + std::to_string(kMaxResults) + " results");
      ec = bj::error::array_too_large;
      return false;
    }
    ++index_;
    out.batch.results.emplace_back();
    at_ = At::result;
    result_seen_ = 0;
    bad_ = false;
    return true;
  }

  void end_result();

  void key(std::string_view name, std::size_t size) {
    if (broken_) {
      field_ = depth_ == 1 && !single_ && name == "v" ? Field::v : Field::none;
      return;
    }
    if (skip_ > 0) return;
    switch (at_) {
      case At::root: return known(find(kRootFields, name), seen_);
      case At::result: return known(find(kResultFields, name), result_seen_);
      case At::item: return known(find(kItemFields, name), item_seen_);
      case At::metrics:
        if (bad_) return;
        if (!valid_metric_name(name) || size > kMaxMetricName) {
          name_ = cut_text(name, 64);
          return fault("a metric's name is 1 to 64 of a-z 0-9 _ .");
        }
        if (metrics().size() == kMaxMetrics) {
          name_ = name;
          return fault("more than " + std::to_string(kMaxMetrics) + " metrics");
        }
        metrics().emplace_back().name.assign(name);
        return;
      case At::args:
        if (bad_) return;
        if (!printable(name, 64) || size > 64) return fault("an argument's name is 1 to 64 bytes");
        if (msg().args.size() == kMaxArgs)
          return fault("more than " + std::to_string(kMaxArgs) + " arguments");
        msg().args.emplace_back(std::string(name), std::string{});
        return;
      case At::start:
      case At::results:
      case At::items:
      case At::msg:
      case At::rows:
      case At::row: return;  // no keys there
    }
  }
  void known(const FieldName* f, std::uint32_t& seen) {
    if (f == nullptr) {
      field_ = Field::none;
      return;
    }
    field_ = f->field;
    if ((seen & bit(field_)) != 0 && !(bad_ && field_ != Field::n)) {
      name_ = f->name;
      return fault("stands twice");
    }
    seen |= bit(field_);
    name_ = f->name;
  }

  void string_value(std::string_view s, std::size_t size) {
    if (size > kMaxText) return fault("longer than " + std::to_string(kMaxText) + " bytes");
    switch (at_) {
      case At::root: return root_string(s);
      case At::result:
      case At::item:
        if (field_ == Field::check) {
          if (!printable(s, kMaxCheckId))
            return fault("1 to 256 bytes without control characters are expected");
          result().check = s;
        } else if (field_ == Field::key) {
          if (!printable(s, kMaxItemKey))
            return fault("1 to 1024 bytes without control characters are expected");
          item().key = s;
        } else if (field_ == Field::state) {
          const auto state = parse_state(s);
          if (!state) return fault("ok, warning, critical or unknown is expected");
          (in_item_ ? item().state : result().state) = *state;
        } else if (field_ == Field::msg) {
          msg() = Message::literal(std::string(s));
        } else {
          wrong_type();
        }
        return;
      case At::msg:
        if (msg_position_ != 0) return wrong_type();
        if (!valid_message_id(s)) return fault("an id is 1 to 128 of a-z 0-9 _ .");
        msg().id = s;
        msg_position_ = 1;
        return;
      case At::args: msg().args.back().second = s; return;
      case At::row:
        if (result().rows.back().size() == kMaxColumns)
          return fault("more than " + std::to_string(kMaxColumns) + " columns");
        result().rows.back().emplace_back(s);
        return;
      case At::start:
      case At::results:
      case At::metrics:
      case At::items:
      case At::rows: return wrong_type();
    }
  }
  void root_string(std::string_view s);

  void number_value(const std::optional<Number>& number) {
    const bool version = field_ == Field::v && depth_ == 1 && !single_;
    const bool name_of_result = at_ == At::result && field_ == Field::n && skip_ == 0 && !broken_;
    if (!reading() && !name_of_result && !(broken_ && version)) return;
    const auto* whole_number = number ? std::get_if<std::int64_t>(&*number) : nullptr;
    if (version) {
      // Above 2^31 it is certainly not ours either.
      if (whole_number != nullptr)
        out.batch.v = static_cast<int>(std::clamp<std::int64_t>(*whole_number, -1, 1 << 30)),
        seen_ |= bit(Field::v);
      else if (!broken_)
        fault("an integer is expected");
      return;
    }
    if (at_ == At::metrics) {
      if (!number) return name_ = metrics().back().name, fault("neither int64 nor a finite double");
      metrics().back().value = *number;
      return;
    }
    if (at_ != At::root && at_ != At::result) return wrong_type();
    if (whole_number == nullptr) return fault("an integer is expected");
    const std::int64_t i = *whole_number;
    const auto within = [&](std::int64_t low, std::int64_t high) {
      if (i >= low && i <= high) return true;
      fault("out of range");
      return false;
    };
    if (field_ == Field::n && at_ == At::result) {
      if (i < 1) return fault("a number from 1 on is expected");
      result().n = static_cast<std::uint64_t>(i);
    } else if (field_ == Field::sent) {
      if (within(0, to_ms(kMaxTime))) out.batch.sent = from_ms(i);
    } else if (field_ == Field::slot) {
      if (within(0, to_ms(kMaxTime))) result().slot = from_ms(i);
    } else if (field_ == Field::late) {
      if (within(-kMaxSpan.count(), kMaxSpan.count())) result().late = Duration{i};
    } else if (field_ == Field::took) {
      if (within(0, kMaxSpan.count())) result().took = Duration{i};
    } else {
      wrong_type();
    }
  }

  bool single_ = false;
  At at_ = At::start;
  Field field_ = Field::none;
  bool in_item_ = false;
  bool bad_ = false;     // the result being read is refused
  bool broken_ = false;  // the message is
  int msg_position_ = 0;
  std::uint32_t seen_ = 0, result_seen_ = 0, item_seen_ = 0;
  std::size_t depth_ = 0;       // open containers
  std::size_t skip_ = 0;        // of these, inside a value nobody wants
  std::size_t index_ = 0;       // results begun
  std::size_t items_seen_ = 0;  // items begun in this result
  std::size_t metrics_hint_ = 0;
  std::uint64_t last_n_ = 0;
  std::string_view name_;  // of the field being read, for a fault there and then
  std::string text_;       // pieces of the token being read
  std::string result_fault_;
  Malformed fault_;
};

}  // namespace xj::wire

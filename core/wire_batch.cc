// Batches of any form that JSON allows: tokens straight into results, no tree between.
#include <boost/json/basic_parser_impl.hpp>

#include "core/wire_batch_handler.h"
#include "core/wire_plain.h"

namespace xj::wire {

void BatchHandler::finish() {
  if (single_) {
    if (!broken_ && bad_) fault_ = {"field", result_fault_};
    return;
  }
  if ((seen_ & bit(Field::v)) != 0 && out.batch.v != kVersion) {
    fault_ = {"version",
              "v is " + std::to_string(out.batch.v) + ", this program speaks " + std::to_string(kVersion)};
    broken_ = true;
  }
  for (const auto& f : kRootFields)
    if (!broken_ && f.field != Field::lane && f.field != Field::config && (seen_ & bit(f.field)) == 0)
      message_fault("field", std::string(f.name) + ": missing");
}

std::string BatchHandler::path() const {
  std::string p;
  if (at_ == At::start) return "the message";
  if (at_ == At::root) return std::string(name_);
  if (!single_) p = "results[" + std::to_string(index_ > 0 ? index_ - 1 : 0) + "]";
  if (at_ == At::results) return p;
  const auto add = [&](std::string_view name) {
    if (!p.empty()) p += '.';
    p += cut_text(name, 64);
  };
  if (in_item_ || at_ == At::items)
    add("items[" + std::to_string(items_seen_ > 0 ? items_seen_ - 1 : 0) + "]");
  switch (at_) {
    case At::start:
    case At::root:
    case At::results:
    case At::items: break;
    case At::result:
    case At::item: add(name_); break;
    case At::metrics: add("m." + std::string(name_)); break;
    case At::msg:
    case At::args: add("msg"); break;
    case At::rows:
    case At::row: add("rows"); break;
  }
  return p;
}
void BatchHandler::message_fault(std::string code, std::string detail) {
  if (!broken_) fault_ = {std::move(code), std::move(detail)};
  broken_ = true;
}
void BatchHandler::result_fault(std::string_view what) {
  if (!bad_) result_fault_ = path() + ": " + std::string(what);
  bad_ = true;
}
void BatchHandler::fault(std::string_view what) {
  const bool names_result = at_ == At::result && field_ == Field::n;
  if (at_ == At::start || at_ == At::root || at_ == At::results || names_result)
    message_fault("field", path() + ": " + std::string(what));
  else
    result_fault(what);
}
void BatchHandler::wrong_type() {
  switch (at_) {
    case At::start: return fault("an object is expected");
    case At::results: ++index_; return fault("an object with a number is expected");
    case At::metrics:
      if (!bad_) name_ = metrics().back().name;
      return fault("a number is expected");
    case At::args: return fault("arguments are strings");
    case At::msg: return fault("a string or [id, {arguments}] is expected");
    case At::items: ++items_seen_; return fault("an object is expected");
    case At::rows: return fault("a list of lists of strings is expected");
    case At::row: return fault("cells are strings");
    case At::root:
    case At::result:
    case At::item: return fault("not of the right type");
  }
}

void BatchHandler::end_result() {
  Result& r = result();
  field_ = Field::none;
  name_ = {};
  if (r.n == 0) {
    name_ = "n", field_ = Field::n;
    return fault("missing");
  }
  if (!single_ && r.n <= last_n_) {
    name_ = "n", field_ = Field::n;
    return fault("numbers must ascend");
  }
  last_n_ = r.n;
  if (!bad_ && r.check.empty()) name_ = "check", fault("missing");
  if (!bad_ && (result_seen_ & bit(Field::slot)) == 0) name_ = "slot", fault("missing");
  if (!bad_ && repeated(r.items, [](const Item& i) -> const std::string& { return i.key; }) != nullptr)
    name_ = "items", fault("a key stands twice");
  at_ = single_ ? At::start : At::results;
  if (single_ || !bad_) return;
  out.refused.push_back({r.n, "malformed", std::move(result_fault_)});
  out.batch.results.pop_back();
  bad_ = false;
}

void BatchHandler::root_string(std::string_view s) {
  if (field_ == Field::epoch) {
    if (!valid_epoch(s)) return fault("1 to 40 of a-z 0-9 - are expected");
    out.batch.epoch = s;
  } else if (field_ == Field::lane) {
    if (s != "live" && s != "replay") return fault("live or replay is expected");
    out.batch.lane = s == "live" ? Lane::live : Lane::replay;
  } else if (field_ == Field::config) {
    if (s.size() > kMaxRevision) return fault("longer than 128 bytes");
    out.batch.config = s;
  } else {
    wrong_type();
  }
}

namespace {

// Null when the handler holds a good value.
std::optional<Malformed> run(bj::basic_parser<BatchHandler>& parser, std::string_view json, bool single) {
  if (json.size() > kMaxBody) return Malformed{"limit", "longer than " + std::to_string(kMaxBody) + " bytes"};
  auto& handler = parser.handler();
  handler.start(single, json.size());
  bj::error_code ec;
  std::size_t used = parser.write_some(false, json.data(), json.size(), ec);
  if (ec && !(ec == bj::error::array_too_large && handler.failed()))
    return Malformed{"json", ec.message() + " at byte " + std::to_string(used)};
  if (!ec) {
    while (used < json.size() &&
           (json[used] == ' ' || json[used] == '\n' || json[used] == '\r' || json[used] == '\t'))
      ++used;
    if (used != json.size())
      return Malformed{"json", "something follows the message at byte " + std::to_string(used)};
  }
  handler.finish();
  if (handler.failed()) return handler.fault();
  return std::nullopt;
}

bj::parse_options options() {
  bj::parse_options o;
  o.max_depth = kMaxDepth;
  return o;
}

}  // namespace

std::variant<DecodedBatch, Malformed> decode_batch(std::string_view json) {
  if (auto plain = read_plain(json)) return DecodedBatch{*std::move(plain), {}};
  return decode_by_grammar(json);
}

std::variant<DecodedBatch, Malformed> decode_by_grammar(std::string_view json) {
  bj::basic_parser<BatchHandler> parser(options());
  if (auto fault = run(parser, json, false)) return *std::move(fault);
  return std::move(parser.handler().out);
}

std::variant<Result, Malformed> decode_result(std::string_view json) {
  bj::basic_parser<BatchHandler> parser(options());
  if (auto fault = run(parser, json, true)) return *std::move(fault);
  return std::move(parser.handler().out.batch.results.back());
}

}  // namespace xj::wire

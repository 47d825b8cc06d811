#include "collector/ingest/result_bytes.h"

#include <bit>

#include "core/message_bytes.h"

namespace xj::collector {
namespace {

void put_metrics(std::string& out, const std::vector<Metric>& metrics) {
  put_varint(out, metrics.size());
  for (const auto& metric : metrics) {
    // The kind of number rides in the lowest bit of the name's length.
    const auto* whole = std::get_if<std::int64_t>(&metric.value);
    put_varint(out, metric.name.size() * 2 + (whole == nullptr ? 1 : 0));
    out += metric.name;
    if (whole != nullptr)
      put_signed(out, *whole);
    else
      put_fixed(out, std::get<double>(metric.value));
  }
}

std::vector<Metric> read_metrics(ByteReader& in) {
  std::vector<Metric> metrics(in.count(2));
  for (auto& metric : metrics) {
    const auto head = in.varint();
    metric.name = in.take(head / 2);
    if (head % 2 == 0)
      metric.value = in.signed_varint();
    else
      metric.value = in.fixed<double>();
  }
  return metrics;
}

State read_state(ByteReader& in) {
  const auto state = static_cast<unsigned char>(in.take(1)[0]);
  if (state > 3) throw Fault("damaged bytes: no such state");
  return static_cast<State>(state);
}

}  // namespace

void put_result(std::string& out, const Result& result, Timestamp slot) {
  put_varint(out, result.n);
  put_signed(out, to_ms(slot));
  put_signed(out, result.late.count());
  put_signed(out, result.took.count());
  out += static_cast<char>(result.state);
  put_message(out, result.msg);
  put_metrics(out, result.metrics);
  put_varint(out, result.items.size());
  for (const auto& item : result.items) {
    put_text(out, item.key);
    out += static_cast<char>(item.state);
    put_message(out, item.msg);
    put_metrics(out, item.metrics);
  }
  put_varint(out, result.rows.size());
  for (const auto& row : result.rows) {
    put_varint(out, row.size());
    for (const auto& cell : row) put_text(out, cell);
  }
}

Result read_result(ByteReader& in) {
  Result result;
  result.n = in.varint();
  result.slot = from_ms(in.signed_varint());
  result.late = Duration{in.signed_varint()};
  result.took = Duration{in.signed_varint()};
  result.state = read_state(in);
  result.msg = read_message(in);
  result.metrics = read_metrics(in);
  result.items.resize(in.count(5));
  for (auto& item : result.items) {
    item.key = in.text();
    item.state = read_state(in);
    item.msg = read_message(in);
    item.metrics = read_metrics(in);
  }
  result.rows.resize(in.count());
  for (auto& row : result.rows) {
    row.resize(in.count());
    for (auto& cell : row) cell = in.text();
  }
  return result;
}

}  // namespace xj::collector

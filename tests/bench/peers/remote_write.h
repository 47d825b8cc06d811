#pragma once
// Prometheus' remote write 1.0, as much of it as a sender of samples needs: snappy over a protobuf
// WriteRequest.
#include <curl/curl.h>
#include <snappy.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xj::bench {

namespace protobuf {
inline void varint(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  out += static_cast<char>(v);
}
// Field with its length before it.
inline void bytes(std::string& out, int field, std::string_view value) {
  varint(out, static_cast<std::uint64_t>(field) << 3 | 2);
  varint(out, value.size());
  out += value;
}
}  // namespace protobuf

// The labels of a TimeSeries, by name in ascending order.
inline std::string remote_labels(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    std::string one;
    protobuf::bytes(one, 1, name);
    protobuf::bytes(one, 2, value);
    protobuf::bytes(out, 1, one);
  }
  return out;
}

using CurlHeaders = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;
inline CurlHeaders remote_headers() {
  auto* list = ::curl_slist_append(nullptr, "Content-Type: application/x-protobuf");
  list = ::curl_slist_append(list, "Content-Encoding: snappy");
  return {::curl_slist_append(list, "X-Prometheus-Remote-Write-Version: 0.1.0"), ::curl_slist_free_all};
}

class RemoteWrite {
 public:
  struct Sample {
    double value;
    std::int64_t ms;
  };
  void add(const std::string& labels, const std::vector<Sample>& samples) {
    series_ = labels;
    for (const auto& sample : samples) {
      one_.clear();
      one_ += '\x09';  // field 1, 64 bits
      const auto bits = std::bit_cast<std::uint64_t>(sample.value);
      for (int i = 0; i < 8; ++i) one_ += static_cast<char>(bits >> (8 * i));
      one_ += '\x10';  // field 2, varint
      protobuf::varint(one_, static_cast<std::uint64_t>(sample.ms));
      protobuf::bytes(series_, 2, one_);
    }
    protobuf::bytes(plain_, 1, series_);
  }
  // The body of a request; begins the next.
  std::string take() {
    std::string out;
    snappy::Compress(plain_.data(), plain_.size(), &out);
    plain_.clear();
    return out;
  }

 private:
  std::string plain_, series_, one_;
};

}  // namespace xj::bench

#pragma once
// Bytes of our own binary formats (journal records, snapshots, history chunks): little endian, LEB128
// varints. The reader never runs past its end: it throws Fault, so that a damaged file is a finding, not a
// crash.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/fault.h"

namespace xj {

inline std::uint64_t zigzag(std::int64_t n) {
  return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
}
inline std::int64_t unzigzag(std::uint64_t n) {
  return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1);
}

inline constexpr std::size_t kMostVarint = 10;  // bytes
// Into room for that many; behind it.
inline char* write_varint(char* at, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) *at++ = static_cast<char>(n | 0x80);
  *at++ = static_cast<char>(n);
  return at;
}
inline void put_varint(std::string& out, std::uint64_t n) {
  char bytes[kMostVarint];
  out.append(bytes, static_cast<std::size_t>(write_varint(bytes, n) - bytes));
}
inline void put_signed(std::string& out, std::int64_t n) { put_varint(out, zigzag(n)); }
template <typename T>
void put_fixed(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little, "the formats are little endian");
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}
inline void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (shift == 63 && byte > 1) break;
        return value;
      }
    }
    throw Fault("damaged bytes: a number is too long");
  }
  // Behind `count` numbers.
  void skip_varints(std::size_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < rest_.size(); ++at)
      count -= static_cast<unsigned char>(rest_[at]) < 0x80 ? 1 : 0;
    if (count > 0) throw Fault("damaged bytes: cut short");
    rest_.remove_prefix(at);
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  // A count of things that take at least `each` bytes: never more than there is room for.
  std::size_t count(std::size_t each = 1) {
    const auto n = varint();
    if (n > rest_.size() / each) throw Fault("damaged bytes: a count is too large");
    return static_cast<std::size_t>(n);
  }
  template <typename T>
  T fixed() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view text() { return take(varint()); }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) throw Fault("damaged bytes: cut short");
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

 private:
  std::string_view rest_;
};

}  // namespace xj

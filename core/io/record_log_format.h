#pragma once
// The bytes of a record log, for what writes and what surveys it. docs/storage.md specifies them.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/io/file.h"
#include "core/io/record_log.h"

namespace xj::io::record_log {

inline constexpr std::uint32_t kMagic = 0x474C4A58;  // "XJLG"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeader = 32;
inline constexpr std::size_t kRecordHead = 16;
inline constexpr std::string_view kSuffix = ".log";
inline constexpr std::string_view kSpare = "spare-";
inline constexpr std::size_t kDigits = 20;

template <typename T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i));
}
template <typename T>
T get(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  return value;
}

inline std::string segment_name(std::uint64_t first) {
  const std::string digits = std::to_string(first);
  return std::string(kDigits - digits.size(), '0') + digits + std::string(kSuffix);
}
inline std::optional<std::uint64_t> segment_number(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t first = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, first);
  if (error != std::errc{} || end != name.data() + kDigits || first == 0) return std::nullopt;
  return first;
}

struct Header {
  std::uint64_t log_id = 0;
  std::uint64_t first = 0;
  std::uint32_t crc = 0;  // every record's CRC goes on from it
};
// Its bytes; fills in h.crc.
inline std::string encode(Header& h) {
  std::string out;
  put(out, kMagic);
  put(out, kVersion);
  put(out, h.log_id);
  put(out, h.first);
  h.crc = crc32c(out);
  put(out, h.crc);
  put(out, std::uint32_t{0});
  return out;
}
inline std::optional<Header> decode_header(std::string_view bytes, const std::string& path) {
  if (bytes.size() < kHeader || get<std::uint32_t>(bytes, 0) != kMagic) return std::nullopt;
  const auto crc = get<std::uint32_t>(bytes, 24);
  if (crc != crc32c(bytes.substr(0, 24))) return std::nullopt;
  if (const auto version = get<std::uint32_t>(bytes, 4); version != kVersion)
    throw Fault(path + ": record log of version " + std::to_string(version) + ", this program knows " +
                    std::to_string(kVersion),
                "run the program that wrote it, or a newer one");
  return Header{get<std::uint64_t>(bytes, 8), get<std::uint64_t>(bytes, 16), crc};
}

// What the log id was in a header that does not check, of a segment named so. Where one byte of it is wrong
// the checksum tells which.
inline std::uint64_t likely_log_id(std::string_view bytes, std::uint64_t first) {
  const auto said = get<std::uint64_t>(bytes, 8);
  const auto crc = get<std::uint32_t>(bytes, 24);
  const auto fits = [&](std::uint64_t id) {
    Header told{id, first, 0};
    encode(told);
    return told.crc == crc;
  };
  if (fits(said)) return said;
  for (unsigned byte = 0; byte < sizeof said; ++byte)
    for (std::uint64_t wrong = 1; wrong < 256; ++wrong)
      if (const auto id = said ^ wrong << 8 * byte; id != 0 && fits(id)) return id;
  return said;  // then it is the checksum that is wrong
}

// A file seen through a buffer that moves forward.
class Window {
 public:
  Window(File& file, std::uint64_t end) : file_(file), end_(end) {}
  // Exactly `size` bytes at `offset`, or fewer at the end. Valid until the next call.
  std::string_view at(std::uint64_t offset, std::size_t size) {
    if (offset < start_ || offset + size > start_ + buffer_.size()) {
      const std::uint64_t left = offset < end_ ? end_ - offset : 0;
      buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, std::max(size, kChunk))));
      buffer_.resize(file_.read_at(offset, buffer_.data(), buffer_.size()));
      start_ = offset;
    }
    return std::string_view(buffer_).substr(static_cast<std::size_t>(offset - start_), size);
  }

 private:
  static constexpr std::size_t kChunk = 64u << 10;
  File& file_;
  std::uint64_t end_;
  std::uint64_t start_ = 0;
  std::string buffer_;
};

struct Found {
  std::string_view payload;
  std::uint64_t next;  // offset of the record after it
};
// The record `number` at `offset`, when it is whole and is what it says.
inline std::optional<Found> record_at(Window& window, std::uint64_t offset, std::uint64_t number,
                                      std::uint32_t seed, std::size_t max_record) {
  const auto head = window.at(offset, kRecordHead);
  if (head.size() < kRecordHead || get<std::uint64_t>(head, 4) != number) return std::nullopt;
  const auto length = get<std::uint32_t>(head, 0);
  const auto crc = get<std::uint32_t>(head, 12);
  if (length > max_record) return std::nullopt;
  const auto all = window.at(offset, kRecordHead + length);
  if (all.size() < kRecordHead + length) return std::nullopt;
  if (crc32c(all.substr(kRecordHead), crc32c(all.substr(0, 12), seed)) != crc) return std::nullopt;
  return Found{all.substr(kRecordHead), offset + kRecordHead + length};
}

// The record would check if it bore the number that is its turn.
inline bool number_alone_is_wrong(Window& window, std::uint64_t offset, std::uint64_t number,
                                  std::uint32_t seed, std::size_t max_record) {
  const std::string head(window.at(offset, kRecordHead));
  if (head.size() < kRecordHead) return false;
  const auto length = get<std::uint32_t>(head, 0);
  if (length > max_record) return false;
  std::string said;
  put(said, length);
  put(said, number);
  const auto all = window.at(offset, kRecordHead + length);
  return all.size() == kRecordHead + length &&
         crc32c(all.substr(kRecordHead), crc32c(said, seed)) == get<std::uint32_t>(head, 12);
}

// Where records end, because `number` at `offset` does not check: how many whole ones stand behind it. A
// write that a power cut interrupted has none, but for those of the same sync. Nothing: no record was begun
// there.
inline std::optional<std::uint64_t> records_behind(Window& window, std::uint64_t size, std::uint64_t offset,
                                                   std::uint64_t number, std::uint32_t seed,
                                                   std::size_t max_record) {
  const auto begun = window.at(offset, kRecordHead);
  if (begun.size() < kRecordHead) return std::nullopt;
  if (get<std::uint64_t>(begun, 4) != number &&
      !number_alone_is_wrong(window, offset, number, seed, max_record))
    return std::nullopt;
  while (++offset + kRecordHead <= size) {
    const auto head = window.at(offset, kRecordHead);
    if (head.size() < kRecordHead || get<std::uint64_t>(head, 4) != number + 1) continue;
    std::uint64_t count = 0;
    auto found = record_at(window, offset, number + 1, seed, max_record);
    for (; found; ++count) found = record_at(window, found->next, number + 2 + count, seed, max_record);
    if (count > 0) return count;
  }
  return 0;
}

}  // namespace xj::io::record_log

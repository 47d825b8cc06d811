// SQLite's write-ahead log: frames with a running checksum, read as SQLite itself does, which stops at the
// first that does not check without a word. https://www.sqlite.org/fileformat2.html#the_write_ahead_log
#include <array>

#include "collector/safety/check.h"

namespace xj::collector {
namespace {

constexpr std::size_t kHead = 32, kFrameHead = 24;
constexpr const char* kFile = "state.db-wal";

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}
std::uint32_t little_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Sum {
  bool big = false;
  std::uint32_t a = 0, b = 0;
  void add(std::string_view bytes) {
    for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
      a += (big ? big_endian(bytes, i) : little_endian(bytes, i)) + b;
      b += (big ? big_endian(bytes, i + 4) : little_endian(bytes, i + 4)) + a;
    }
  }
  bool stands(std::string_view bytes, std::size_t at) const {
    return big_endian(bytes, at) == a && big_endian(bytes, at + 4) == b;
  }
};

}  // namespace

void check_wal(io::FileSystem& fs, const std::string& dir, Checked& out) {
  const auto path = dir + "/" + kFile;
  if (!fs.exists(path)) return;
  const auto file = fs.open(path, io::OpenMode::read);
  const auto size = file->size();
  if (size == 0) return;
  const auto found = [&](std::uint64_t offset, const char* what) {
    out.findings.push_back(
        {kFile, static_cast<std::int64_t>(offset), {}, {what, {}}, {"safety.mend.wal", {}}});
  };
  std::string head(kHead, '\0');
  if (file->read_at(0, head.data(), kHead) != kHead) return found(0, "safety.wal.head");
  const auto magic = big_endian(head, 0), page = big_endian(head, 8);
  Sum sum;
  sum.big = (magic & 1) != 0;
  sum.add(std::string_view(head).substr(0, 24));
  if ((magic & ~1u) != 0x377f0682 || page < 512 || page > 65'536 || !sum.stands(head, 24))
    return found(0, "safety.wal.head");
  const auto salts = std::string_view(head).substr(16, 8);
  std::string frame(kFrameHead + page, '\0');
  // The first frame that does not chain to those before it ends the log for SQLite. It may be the rest of
  // what was never committed; a commit of this life at or behind it is one that would be lost.
  std::optional<std::uint64_t> ended;
  for (std::uint64_t at = kHead; at < size; at += frame.size()) {
    const bool whole = file->read_at(at, frame.data(), frame.size()) == frame.size();
    const bool ours = whole && std::string_view(frame).substr(8, 8) == salts;
    if (!ended) {
      auto next = sum;
      next.add(std::string_view(frame).substr(0, 8));
      next.add(std::string_view(frame).substr(kFrameHead));
      const bool chains = whole && next.stands(frame, 16);
      if (chains && !ours) return found(at, "safety.wal.frame");  // the salts are not in the sum
      if (chains) {
        sum = next;
        continue;
      }
      ended = at;
    }
    if (ours && big_endian(frame, 4) != 0) return found(*ended, "safety.wal.frame");
  }
}

}  // namespace xj::collector

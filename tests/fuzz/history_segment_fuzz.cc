// A day file of any bytes: opened, surveyed, searched and scanned it is a fault or gives what the survey
// counted. The first byte says how the rest gets behind the checksums: as the whole file, over a sound one,
// packed as its only block, or packed as the index of a sound block.
#include <zstd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/history/segment.h"
#include "core/bytes.h"
#include "core/io/record_log.h"
#include "tests/fakes/power_cut_fs.h"

namespace {

using namespace xj;
using namespace xj::collector;

constexpr std::int64_t kDay = 20'775;  // of the seeds' rows

std::string pack(std::string_view plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 1));
  return packed;
}

std::string file_of(std::string_view block, std::string_view index) {
  std::string out = "XJHIST01";
  put_fixed(out, kDay);
  out += block;
  const auto at = static_cast<std::uint64_t>(out.size());
  const auto packed = pack(index);
  out += packed;
  put_fixed(out, at);
  put_fixed(out, static_cast<std::uint32_t>(packed.size()));
  put_fixed(out, static_cast<std::uint32_t>(index.size()));
  put_fixed(out, io::crc32c(packed));
  return out + "XJHEND01";
}

std::string index_of(std::string_view first, std::string_view packed, std::size_t plain) {
  std::string out;
  put_varint(out, 1);
  put_text(out, first);
  put_varint(out, 16);
  put_varint(out, packed.size());
  put_varint(out, plain);
  put_fixed(out, io::crc32c(packed));
  return out;
}

std::string one_block(std::string_view plain) {
  std::string first;
  try {
    first = ByteReader(plain).text();
  } catch (const Fault&) {
  }
  const auto packed = pack(plain);
  return file_of(packed, index_of(first, packed, plain.size()));
}

const std::string& sample() {
  static const std::string bytes = [] {
    Chunk chunk;
    for (int row = 0; row < 5; ++row)
      chunk.add(from_ms(kDay * 86'400'000 + row), State::ok, {}, {{"v", std::int64_t{row}}});
    std::string plain, chunk_bytes;
    chunk.encode(chunk_bytes);
    put_text(plain, series_key({"a", "c", ""}));
    put_text(plain, chunk_bytes);
    return one_block(plain);
  }();
  return bytes;
}

std::string make_file(std::uint8_t how, std::string_view input) {
  if (how % 4 == 0) return std::string(input);
  if (how % 4 == 2) return one_block(input);
  if (how % 4 == 3) return file_of(pack("a block"), input);
  auto bytes = sample();
  if (input.size() < 2) return bytes;
  const auto at =
      (static_cast<unsigned char>(input[0]) | static_cast<std::size_t>(input[1]) << 8) % bytes.size();
  input.remove_prefix(2);
  return bytes.replace(at, std::min(input.size(), bytes.size() - at), input.substr(0, bytes.size() - at));
}

void one(const std::string& bytes) {
  fakes::PowerCutFs fs;
  fs.make_dirs("/h");
  fs.open("/h/f", io::OpenMode::create)->write_at(0, bytes);
  Segment segment(fs, "/h/f");
  bool damaged = false;
  const auto figures = segment.survey([&](std::uint64_t, const std::string&) { damaged = true; });
  std::uint64_t rows = 0;
  SeriesId first;
  bool any = false;
  try {
    segment.for_each([&](const SeriesId& id, const Chunk& chunk) {
      if (!any) first = id;
      any = true;
      rows += chunk.rows();
      return true;
    });
    if (!damaged && rows != figures.rows) std::abort();
  } catch (const Fault&) {
    if (!damaged) std::abort();
  }
  bool found = false;
  segment.find(first, [&](const Chunk&) { found = true; });
  if (!damaged && any && !found) std::abort();
  for (Segment::Cursor cursor(segment, "b"); !cursor.done(); cursor.skip())
    if (!damaged && cursor.key() < "b") std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    one(make_file(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1}));
  } catch (const Fault&) {
  }
  return 0;
}

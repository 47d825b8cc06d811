#include "collector/history/segment.h"

#include <zstd.h>

#include <algorithm>
#include <array>

#include "core/io/record_log.h"

namespace xj::collector {
namespace {

constexpr std::string_view kMagic = "XJHIST01";
constexpr std::string_view kEnd = "XJHEND01";
constexpr std::size_t kHead = 16;              // magic, day
constexpr std::size_t kFoot = 8 + 4 * 3 + 8;   // offset, packed, plain and CRC of the index, magic
constexpr std::size_t kBlock = 128u << 10;     // of chunks before compression; one chunk is never cut
constexpr std::size_t kMaxBlock = 512u << 20;  // what a damaged length may make us ask for
constexpr int kLevel = 3;

std::string pack(std::string_view plain) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const auto size = ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  if (ZSTD_isError(size) != 0) throw Fault(std::string("zstd: ") + ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

}  // namespace

std::string series_key(const SeriesId& id) {
  // NUL cannot stand in a name, so the order is that of the three names.
  return id.agent + '\0' + id.check + '\0' + id.item;
}

SeriesId series_of(std::string_view key) {
  const auto a = key.find('\0');
  const auto b = a == std::string_view::npos ? a : key.find('\0', a + 1);
  if (b == std::string_view::npos) throw Fault("damaged history file: a key is not three names");
  return {std::string(key.substr(0, a)), std::string(key.substr(a + 1, b - a - 1)),
          std::string(key.substr(b + 1))};
}

std::int64_t utc_day(Timestamp t) {
  return std::chrono::floor<std::chrono::days>(t.time_since_epoch()).count();
}

SegmentWriter::SegmentWriter(io::FileSystem& fs, const std::string& path, std::int64_t day)
    : fs_(fs), path_(path), file_(fs.open(path, io::OpenMode::create)) {
  file_->truncate(0);
  std::string head(kMagic);
  put_fixed(head, day);
  file_->write_at(0, head);
  offset_ = head.size();
}

SegmentWriter::~SegmentWriter() = default;

void SegmentWriter::add(const SeriesId& id, const Chunk& chunk) {
  if (figures_.series > 0 && id < last_) throw Fault("history: series are not in order");
  if (figures_.series == 0 || last_ < id) ++figures_.series;
  last_ = id;
  const auto key = series_key(id);
  if (block_.empty()) block_first_ = key;
  std::string bytes;
  chunk.encode(bytes);
  put_text(block_, key);
  put_text(block_, bytes);
  figures_.rows += chunk.rows();
  figures_.values += chunk.values();
  if (block_.size() >= kBlock) close_block();
}

void SegmentWriter::close_block() {
  if (block_.empty()) return;
  const auto packed = pack(block_);
  file_->write_at(offset_, packed);
  put_text(index_, block_first_);
  put_varint(index_, offset_);
  put_varint(index_, packed.size());
  put_varint(index_, block_.size());
  put_fixed(index_, io::crc32c(packed));
  offset_ += packed.size();
  block_.clear();
  ++blocks_;
}

SegmentFigures SegmentWriter::finish() {
  close_block();
  std::string plain;
  put_varint(plain, blocks_);
  plain += index_;
  const auto packed = pack(plain);
  std::string tail = packed;
  put_fixed(tail, offset_);
  put_fixed(tail, static_cast<std::uint32_t>(packed.size()));
  put_fixed(tail, static_cast<std::uint32_t>(plain.size()));
  put_fixed(tail, io::crc32c(packed));
  tail += kEnd;
  file_->write_at(offset_, tail);
  file_->sync_data();
  fs_.sync_dir(io::parent_dir(path_));
  figures_.bytes = offset_ + tail.size();
  return figures_;
}

Segment::Segment(io::FileSystem& fs, std::string path)
    : path_(std::move(path)), file_(fs.open(path_, io::OpenMode::read)) {
  const auto size = file_->size();
  std::array<char, kHead> head{};
  std::array<char, kFoot> foot{};
  if (size < kHead + kFoot || file_->read_at(0, head.data(), kHead) != kHead ||
      file_->read_at(size - kFoot, foot.data(), kFoot) != kFoot)
    damaged("too short");
  if (std::string_view(head.data(), kMagic.size()) != kMagic) damaged("not a history file of version 1");
  ByteReader head_in(std::string_view(head.data() + kMagic.size(), 8));
  day_ = head_in.fixed<std::int64_t>();
  ByteReader in(std::string_view(foot.data(), kFoot));
  Block index;
  index.offset = in.fixed<std::uint64_t>();
  index.packed = in.fixed<std::uint32_t>();
  index.plain = in.fixed<std::uint32_t>();
  index.crc = in.fixed<std::uint32_t>();
  if (in.rest() != kEnd) damaged("the end is missing");
  if (index.offset > size || index.packed > size - index.offset) damaged("the index is outside");
  index_at_ = index.offset, index_end_ = index.offset + index.packed, size_ = size;
  const auto plain = read_block(index);
  ByteReader entries(plain);
  for (auto count = entries.count(8); count > 0; --count) {
    Block block;
    block.first = entries.text();
    block.offset = entries.varint();
    const auto packed = entries.varint(), unpacked = entries.varint();
    if (block.offset > size || packed > size - block.offset || unpacked > kMaxBlock)
      damaged("a block is outside");
    block.packed = static_cast<std::uint32_t>(packed);
    block.plain = static_cast<std::uint32_t>(unpacked);
    block.crc = entries.fixed<std::uint32_t>();
    blocks_.push_back(std::move(block));
  }
}

void Segment::damaged(const char* what) const {
  throw Fault("damaged history file " + path_ + ": " + what,
              "restore it from a backup, or remove it: its samples are lost");
}

std::string Segment::read_block(const Block& block) {
  if (block.plain > kMaxBlock) damaged("a block is too large");
  std::string packed(block.packed, '\0');
  if (file_->read_at(block.offset, packed.data(), packed.size()) != packed.size()) damaged("a block is cut");
  if (io::crc32c(packed) != block.crc) damaged("the checksum of a block is wrong");
  std::string plain(block.plain, '\0');
  const auto size = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != plain.size()) damaged("a block does not unpack");
  return plain;
}

std::size_t Segment::block_before(std::string_view key) const {
  const auto it = std::lower_bound(blocks_.begin(), blocks_.end(), key,
                                   [](const Block& b, std::string_view k) { return b.first < k; });
  const auto index = static_cast<std::size_t>(it - blocks_.begin());
  return index > 0 ? index - 1 : 0;  // it may stand behind others there
}

void Segment::find(const SeriesId& id, const std::function<void(const Chunk&)>& visit) {
  const auto key = series_key(id);
  for (auto it = blocks_.begin() + static_cast<std::ptrdiff_t>(block_before(key));
       it != blocks_.end() && it->first <= key; ++it) {
    const auto plain = read_block(*it);
    ByteReader in(plain);
    while (!in.done()) {
      const auto here = in.text();
      const auto bytes = in.text();
      if (here != key) continue;
      ByteReader chunk(bytes);
      visit(Chunk::decode(chunk));
    }
  }
}

void Segment::for_each(const std::function<bool(const SeriesId&, Chunk)>& visit) {
  for (Cursor cursor(*this); !cursor.done();) {
    const auto id = series_of(cursor.key());
    if (!visit(id, cursor.take())) return;
  }
}

Segment::Cursor::Cursor(Segment& segment, std::string_view from) : segment_(segment) {
  block_ = segment.block_before(from);
  skip();
  while (!done_ && key_ < from) skip();
}

void Segment::survey_block(const Block& block, SegmentFigures& figures, std::string& last) {
  const auto plain = read_block(block);
  ByteReader in(plain);
  for (bool first = true; !in.done(); first = false) {
    const auto key = in.text();
    ByteReader bytes(in.text());
    if (first && key != block.first) throw Fault("the index names another first series");
    if (key < last) throw Fault("series are not in order");
    (void)series_of(key);
    const auto chunk = Chunk::decode(bytes);
    if (!bytes.done()) throw Fault("bytes behind a chunk");
    if (chunk.rows() > 0 && (utc_day(chunk.first()) != day_ || utc_day(chunk.last()) != day_))
      throw Fault("rows of another day");
    if (figures.series == 0 || key != last) ++figures.series;
    figures.rows += chunk.rows();
    figures.values += chunk.values();
    last = key;
  }
}

SegmentFigures Segment::survey(const Damage& damage) {
  SegmentFigures figures;
  figures.bytes = size_;
  std::uint64_t expected = kHead;
  std::string last;
  for (const auto& block : blocks_) {
    if (block.offset != expected) damage(expected, "blocks are not one behind the other");
    expected = block.offset + block.packed;
    try {
      survey_block(block, figures, last);
    } catch (const io::IoFault&) {  // of the file, not of what stands in it
      throw;
    } catch (const Fault& fault) {
      damage(block.offset, fault.what());
      last = std::max(last, block.first);
    }
  }
  if (expected != index_at_) damage(expected, "the index is not behind the last block");
  if (index_end_ + kFoot != size_) damage(index_end_, "the end is not behind the index");
  return figures;
}

void Segment::Cursor::skip() {
  while (rest_.empty()) {
    if (block_ >= segment_.blocks_.size()) {
      done_ = true;
      return;
    }
    plain_ = segment_.read_block(segment_.blocks_[block_++]);
    rest_ = plain_;
  }
  ByteReader in(rest_);
  key_ = in.text();
  chunk_ = in.text();
  rest_ = in.rest();
}

Chunk Segment::Cursor::take() {
  ByteReader in(chunk_);
  auto chunk = Chunk::decode(in);
  skip();
  return chunk;
}

}  // namespace xj::collector

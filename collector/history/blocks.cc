#include "collector/history/blocks.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>

#include "core/bytes.h"
#include "core/io/record_log.h"
#include "core/text.h"

namespace xj::collector {
namespace {

constexpr std::string_view kEnd = "XJHEND01";
constexpr std::size_t kMagic = 8;
constexpr std::int64_t kMostDay = 10'000'000;  // either way of 1970: no checksum covers the head
constexpr std::size_t kHead = kMagic + 8;      // and the day
constexpr std::size_t kFoot = 8 + 4 * 3 + 8;   // offset, packed, plain and CRC of the index, magic
constexpr std::size_t kBlock = 128u << 10;     // of entries before compression; one is never cut
constexpr std::size_t kMaxBlock = 512u << 20;  // what a damaged length may make us ask for

int level_of(Packing packing) { return packing == Packing::quick ? 1 : 3; }

}  // namespace

void BlockWriter::FreePacker::operator()(ZSTD_CCtx_s* packer) const { ZSTD_freeCCtx(packer); }

BlockWriter::BlockWriter(io::FileSystem& fs, std::string path, const BlockKind& kind, std::int64_t day,
                         std::size_t lanes, Packing packing)
    : fs_(fs),
      path_(std::move(path)),
      file_(fs.open(path_, io::OpenMode::create)),
      lanes_(lanes),
      level_(level_of(packing)),
      packer_(ZSTD_createCCtx()) {
  if (!packer_) throw std::bad_alloc();
  file_->truncate(0);
  std::string head(kind.magic);
  put_fixed(head, day);
  file_->write_at(0, head);
  offset_ = head.size();
}

void BlockWriter::add(std::string_view key, std::string_view bytes, std::size_t lane) {
  auto& into = lanes_[lane];
  if (into.block.empty()) into.first = key;
  put_text(into.block, key);
  put_text(into.block, bytes);
  if (into.block.size() >= kBlock) close_block(into);
}

std::string_view BlockWriter::pack(std::string_view plain) {
  packed_.resize(std::max(packed_.size(), ZSTD_compressBound(plain.size())));
  const auto size =
      ZSTD_compressCCtx(packer_.get(), packed_.data(), packed_.size(), plain.data(), plain.size(), level_);
  if (ZSTD_isError(size) != 0) throw Fault(std::string("zstd: ") + ZSTD_getErrorName(size));
  return {packed_.data(), size};
}

void BlockWriter::close_block(Lane& lane) {
  if (lane.block.empty()) return;
  const auto packed = pack(lane.block);
  file_->write_at(offset_, packed);
  put_text(lane.index, lane.first);
  put_varint(lane.index, offset_);
  put_varint(lane.index, packed.size());
  put_varint(lane.index, lane.block.size());
  put_fixed(lane.index, io::crc32c(packed));
  offset_ += packed.size();
  lane.block.clear();
  ++lane.blocks;
}

std::uint64_t BlockWriter::finish() {
  std::uint64_t blocks = 0;
  for (auto& lane : lanes_) close_block(lane), blocks += lane.blocks;
  std::string plain;
  put_varint(plain, blocks);
  for (const auto& lane : lanes_) plain += lane.index;
  const auto packed = pack(plain);
  std::string tail(packed);
  put_fixed(tail, offset_);
  put_fixed(tail, static_cast<std::uint32_t>(packed.size()));
  put_fixed(tail, static_cast<std::uint32_t>(plain.size()));
  put_fixed(tail, io::crc32c(packed));
  tail += kEnd;
  file_->write_at(offset_, tail);
  file_->sync_data();
  fs_.sync_dir(io::parent_dir(path_));
  return offset_ + tail.size();
}

BlockFile::BlockFile(io::FileSystem& fs, std::string path, const BlockKind& kind)
    : path_(std::move(path)), kind_(kind), file_(fs.open(path_, io::OpenMode::read)) {
  const auto size = file_->size();
  std::array<char, kHead> head{};
  std::array<char, kFoot> foot{};
  if (size < kHead + kFoot || file_->read_at(0, head.data(), kHead) != kHead ||
      file_->read_at(size - kFoot, foot.data(), kFoot) != kFoot)
    damaged("too short");
  if (std::string_view(head.data(), kMagic) != kind_.magic) damaged("not a history file of version 1");
  ByteReader head_in(std::string_view(head.data() + kMagic, 8));
  day_ = head_in.fixed<std::int64_t>();
  if (day_ < -kMostDay || day_ > kMostDay) damaged("the day in its head is none");
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

void BlockFile::damaged(const char* what) const {
  throw Fault("damaged history file " + path_ + ": " + what, text(kFileMend, Lang::en));
}

std::string BlockFile::read_block(const Block& block) {
  if (block.plain > kMaxBlock) damaged("a block is too large");
  std::string packed(block.packed, '\0');
  if (file_->read_at(block.offset, packed.data(), packed.size()) != packed.size()) damaged("a block is cut");
  if (io::crc32c(packed) != block.crc) damaged("the checksum of a block is wrong");
  std::string plain(block.plain, '\0');
  const auto size = ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0 || size != plain.size()) damaged("a block does not unpack");
  return plain;
}

std::size_t BlockFile::block_before(std::string_view key) const {
  const auto it = std::lower_bound(blocks_.begin(), blocks_.end(), key,
                                   [](const Block& b, std::string_view k) { return b.first < k; });
  const auto index = static_cast<std::size_t>(it - blocks_.begin());
  return index > 0 ? index - 1 : 0;  // it may stand behind others there
}

void BlockFile::find(std::string_view key, const Entry& visit) {
  for (auto it = blocks_.begin() + static_cast<std::ptrdiff_t>(block_before(key));
       it != blocks_.end() && it->first <= key; ++it) {
    const auto plain = read_block(*it);
    ByteReader in(plain);
    while (!in.done()) {
      const auto here = in.text();
      const auto bytes = in.text();
      if (here == key) visit(here, bytes);
    }
  }
}

void BlockFile::survey_order(const Damage& damage) const {
  std::vector<const Block*> in_file;
  for (const auto& block : blocks_) in_file.push_back(&block);
  std::stable_sort(in_file.begin(), in_file.end(),
                   [](const Block* a, const Block* b) { return a->offset < b->offset; });
  std::uint64_t expected = kHead;
  for (const auto* block : in_file) {
    if (block->offset != expected) damage(expected, "blocks are not one behind the other");
    expected = block->offset + block->packed;
  }
  if (expected != index_at_) damage(expected, "the index is not behind the last block");
  if (index_end_ + kFoot != size_) damage(index_end_, "the end is not behind the index");
}

void BlockFile::survey_block(const Block& block, const Entry& entry, std::string& last) {
  const auto plain = read_block(block);
  ByteReader in(plain);
  for (bool first = true; !in.done(); first = false) {
    const auto key = in.text();
    const auto bytes = in.text();
    if (first && key != block.first) throw Fault("the index names another first series");
    if (key < last) throw Fault("series are not in order");
    entry(key, bytes);
    last = key;
  }
}

void BlockFile::survey(const Damage& damage, const Entry& entry) {
  std::string last;
  for (const auto& block : blocks_) {
    try {
      survey_block(block, entry, last);
    } catch (const io::IoFault&) {  // of the file, not of what stands in it
      throw;
    } catch (const Fault& fault) {
      damage(block.offset, fault.what());
      last = std::max(last, block.first);
    }
  }
  survey_order(damage);
}

BlockFile::Cursor::Cursor(BlockFile& file, std::string_view from) : file_(file) {
  block_ = file.block_before(from);
  skip();
  while (!done_ && key_ < from) skip();
}

void BlockFile::Cursor::seek(std::string_view from) {
  if (done_ || key_ >= from) return;
  if (const auto block = file_.block_before(from); block >= block_) {
    block_ = block;
    rest_ = {};
  }
  do skip();
  while (!done_ && key_ < from);
}

void BlockFile::Cursor::skip() {
  while (rest_.empty()) {
    if (block_ >= file_.blocks_.size()) {
      done_ = true;
      return;
    }
    plain_ = file_.read_block(file_.blocks_[block_++]);
    rest_ = plain_;
  }
  ByteReader in(rest_);
  key_ = in.text();
  bytes_ = in.text();
  rest_ = in.rest();
}

}  // namespace xj::collector

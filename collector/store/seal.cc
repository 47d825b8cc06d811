#include "collector/store/seal.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/io/log.h"
#include "core/io/record_log.h"

namespace xj::collector {
namespace {

constexpr std::string_view kMagic = "XJSEAL01";
constexpr std::size_t kMost = 1u << 30;  // of a seal: a state.db of a terabyte

std::string state_of(const std::string& dir) { return dir + "/state.db"; }
std::string seal_of(const std::string& dir) { return dir + "/state.seal"; }

Seal sums_of(io::FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, io::OpenMode::read);
  Seal sums;
  sums.size = file->size();
  std::string chunk(256 * kSealBlock, '\0');
  for (std::uint64_t at = 0; at < sums.size;) {
    const auto got = file->read_at(at, chunk.data(), chunk.size());
    if (got == 0) break;
    for (std::size_t from = 0; from < got; from += kSealBlock)
      sums.blocks.push_back(
          io::crc32c(std::string_view(chunk).substr(from, std::min<std::size_t>(kSealBlock, got - from))));
    at += got;
  }
  return sums;
}

}  // namespace

std::string encode(const Seal& seal) {
  std::string body;
  put_fixed(body, seal.size);
  for (const auto sum : seal.blocks) put_fixed(body, sum);
  std::string out(kMagic);
  put_fixed(out, io::crc32c(body));
  return out + body;
}

Seal decode_seal(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.take(kMagic.size()) != kMagic) throw Fault("not a seal this program knows");
  const auto crc = in.fixed<std::uint32_t>();
  if (io::crc32c(in.rest()) != crc) throw Fault("the checksum is wrong");
  Seal seal;
  seal.size = in.fixed<std::uint64_t>();
  while (!in.done()) seal.blocks.push_back(in.fixed<std::uint32_t>());
  if (seal.blocks.size() != seal.size / kSealBlock + (seal.size % kSealBlock != 0 ? 1 : 0))
    throw Fault("it holds another number of blocks than its size asks for");
  return seal;
}

void seal_state(io::FileSystem& fs, const std::string& dir) {
  const auto log = state_of(dir) + "-wal";
  if (!fs.exists(state_of(dir)) || fs.exists(log)) return;
  io::write_whole(fs, seal_of(dir), encode(sums_of(fs, state_of(dir))));
}

void prove_state(io::FileSystem& fs, const std::string& dir) {
  if (!fs.exists(seal_of(dir)) || !fs.exists(state_of(dir))) return;
  std::vector<std::uint64_t> broken;
  try {
    broken = broken_seals(fs, dir).value_or(broken);
  } catch (const io::IoFault&) {
    throw;
  } catch (const Fault& fault) {  // of the seal itself, and not of what it is for
    log::warning("state.seal in {} proves nothing: {}", dir, fault.what());
    return;
  }
  if (!broken.empty())
    throw Fault(state_of(dir) + " is not as it was left: " + std::to_string(broken.size()) +
                    " of its blocks differ from state.seal, the first at byte " +
                    std::to_string(broken.front()),
                "put back a backup (xunjian db restore); where you changed it yourself and mean it, remove " +
                    seal_of(dir));
}

bool break_seal(io::FileSystem& fs, const std::string& dir) {
  if (!fs.exists(seal_of(dir))) return false;
  fs.remove(seal_of(dir));
  fs.sync_dir(dir);
  return true;
}

void unseal_state(io::FileSystem& fs, const std::string& dir) {
  prove_state(fs, dir);
  (void)break_seal(fs, dir);
}

std::optional<std::vector<std::uint64_t>> broken_seals(io::FileSystem& fs, const std::string& dir) {
  if (!fs.exists(seal_of(dir))) return std::nullopt;
  const auto sealed = decode_seal(io::read_whole(fs, seal_of(dir), kMost));
  const auto found = sums_of(fs, state_of(dir));
  std::vector<std::uint64_t> broken;
  for (std::size_t i = 0; i < std::min(sealed.blocks.size(), found.blocks.size()); ++i)
    if (sealed.blocks[i] != found.blocks[i]) broken.push_back(i * kSealBlock);
  if (sealed.size != found.size) broken.push_back(std::min(sealed.size, found.size));
  return broken;
}

}  // namespace xj::collector

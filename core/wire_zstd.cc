#include <zstd.h>

#include <algorithm>
#include <memory>

#include "core/bytes.h"
#include "core/wire.h"

namespace xj::wire {
namespace {

constexpr int kLevel = 1;       // JSON of this kind: a sixth of its size already, at a third of level 3's CPU
constexpr int kWindowLog = 20;  // 1 MiB: what an agent may spend on its own window
constexpr int kMaxWindowLog = 23;
static_assert(kMaxBody <= 1u << kMaxWindowLog,
              "a frame with one segment may have the whole body as its window");

struct Free {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

// Making an unpacker costs half of what unpacking a batch does. What a large frame made of it is not kept.
class Unpacker {
 public:
  Unpacker() {
    auto& kept = mine();
    if (!kept) kept.reset(ZSTD_createDCtx());
    if (!kept) throw std::bad_alloc();
    ZSTD_DCtx_reset(kept.get(), ZSTD_reset_session_and_parameters);
  }
  ~Unpacker() {
    if (ZSTD_sizeof_DCtx(get()) > kKept) mine().reset();
  }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ZSTD_DCtx* get() const { return mine().get(); }

 private:
  static constexpr std::size_t kKept = 512u << 10;
  static std::unique_ptr<ZSTD_DCtx, Free>& mine() {
    thread_local std::unique_ptr<ZSTD_DCtx, Free> context;
    return context;
  }
};

// Of RFC 8878. Debian's library also reads what was before it, which minds no bound of memory.
bool is_todays_frame(std::string_view bytes) {
  if (bytes.size() < 4) return false;
  const auto magic = ByteReader(bytes).fixed<std::uint32_t>();
  return magic == ZSTD_MAGICNUMBER || (magic & 0xFFFFFFF0U) == 0x184D2A50U;
}

Malformed too_large(std::size_t limit) {
  return {"limit", "longer than " + std::to_string(limit) + " bytes when unpacked"};
}

}  // namespace

std::string deflate(std::string_view plain) {
  const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, kWindowLog);
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t used = ZSTD_compress2(context.get(), out.data(), out.size(), plain.data(), plain.size());
  if (ZSTD_isError(used) != 0) throw Fault(std::string("zstd: ") + ZSTD_getErrorName(used));
  out.resize(used);
  return out;
}

std::variant<std::string, Malformed> inflate(std::string_view packed, std::size_t limit) {
  const auto told = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (told == ZSTD_CONTENTSIZE_ERROR) return Malformed{"encoding", "no zstd frame"};
  if (told != ZSTD_CONTENTSIZE_UNKNOWN && told > limit) return too_large(limit);
  const Unpacker context;
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);

  // What a frame says of its size is a promise of the sender: room is made for it, and for no more than what
  // its input could plausibly hold, then doubled as bytes really come.
  std::string out;
  const std::size_t first = std::max<std::size_t>(4096, packed.size() * 8);
  out.resize(
      std::min(limit + 1, told == ZSTD_CONTENTSIZE_UNKNOWN ? first : std::min<std::size_t>(told, first)));
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  bool begins = true;  // a frame, where `in` stands
  for (std::size_t filled = 0;;) {
    if (begins && !is_todays_frame(packed.substr(in.pos))) return Malformed{"encoding", "no zstd frame"};
    if (filled == out.size()) out.resize(std::min(limit + 1, std::max<std::size_t>(out.size() * 2, 4096)));
    const std::size_t taken_before = in.pos;
    ZSTD_outBuffer room{out.data(), out.size(), filled};
    const std::size_t hint = ZSTD_decompressStream(context.get(), &room, &in);
    if (ZSTD_isError(hint) != 0) return Malformed{"encoding", ZSTD_getErrorName(hint)};
    if (room.pos > limit) return too_large(limit);
    if (hint == 0 && in.pos == in.size) {  // every frame is whole
      out.resize(room.pos);
      return out;
    }
    begins = hint == 0;
    if (room.pos == filled && in.pos == taken_before)
      return Malformed{"encoding", "the frame ends too early"};
    filled = room.pos;
  }
}

}  // namespace xj::wire

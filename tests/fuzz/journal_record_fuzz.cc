// A journal record of any bytes is a record or a fault; what was read is written the same again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/ingest/journal_record.h"
#include "collector/ingest/submission.h"
#include "core/fault.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  using namespace xj::collector;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto record = decode_record(bytes);
    if (const auto* batch = std::get_if<BatchRecord>(&record)) {
      const auto again = encode_head(*batch) + std::string(batch->body);
      const auto twice = std::get<BatchRecord>(decode_record(again));
      if (twice.agent != batch->agent || twice.fresh != batch->fresh || twice.received != batch->received ||
          twice.shift != batch->shift || twice.zstd != batch->zstd || twice.body != batch->body)
        std::abort();
      (void)read_submission(batch->agent, std::string(batch->body), batch->zstd);
    } else if (const auto* counted = std::get_if<CountedRecord>(&record)) {
      const auto again = encode_head(*counted) + std::string(counted->body);
      const auto twice = std::get<CountedRecord>(decode_record(again));
      if (twice.agent != counted->agent || twice.received != counted->received ||
          twice.contacts != counted->contacts || twice.runs != counted->runs || twice.body != counted->body)
        std::abort();
    } else {
      const auto& tick = std::get<TickRecord>(record);
      const auto encoded = encode(tick);
      const auto twice = std::get<TickRecord>(decode_record(encoded));
      if (twice.at != tick.at || twice.listening_since != tick.listening_since) std::abort();
    }
  } catch (const Fault&) {
  }
  return 0;
}

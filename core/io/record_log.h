#pragma once
// The one append-only format: the agent's spool and the collector's journal. docs/storage.md specifies it.
//
// A log is a folder of segments named by the first record number. A segment: 32-byte header (magic, version,
// log id, first number), then records: length u32, number u64, CRC32C u32 over number and payload, payload.
// Segments are preallocated and recycled (renamed, header rewritten; stale records fail on number or log id
// mixed into the CRC). The first record that does not check ends the log: a torn tail is cut, said, never fatal.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/file.h"

namespace xj::io {

struct RecordLogOptions {
  std::uint64_t segment_bytes = 8u << 20;
  std::size_t max_record = 16u << 20;
  std::size_t spare_segments = 1;  // kept for reuse
};

struct RecordLogOpened {
  std::uint64_t first = 0;        // number of the oldest record held, 0 when empty
  std::uint64_t last = 0;         // highest number ever appended as far as the files tell, 0 when none
  std::uint64_t torn_bytes = 0;   // cut from the tail
};

// Owned by one thread. Appends are durable after sync(), not before.
class RecordLog {
 public:
  RecordLog(FileSystem& fs, std::string dir, RecordLogOptions options);
  ~RecordLog();
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;

  const RecordLogOpened& opened() const;
  std::uint64_t append(std::string_view payload);  // returns the record's number: last + 1
  std::uint64_t append(const std::vector<std::string_view>& parts);  // one record of several pieces
  void sync();                                     // one fdatasync for all appended since the last
  std::uint64_t last() const;
  std::uint64_t synced() const;
  std::uint64_t bytes() const;  // on disk, spares included

  // Visits records number >= from in order until `visit` returns false. Only what append() has completed.
  void read(std::uint64_t from, const std::function<bool(std::uint64_t number, std::string_view payload)>& visit);
  // Frees whole segments whose records are all < before. The numbers go on.
  void release(std::uint64_t before);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace xj::io

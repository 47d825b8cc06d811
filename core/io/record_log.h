#pragma once
// The one append-only format: the agent's spool and the collector's journal. docs/storage.md specifies it.
//
// A log is a folder of segments, each named by its first record number. A segment: 32-byte header (magic,
// version, log id, first number, CRC), then records: length u32, number u64, CRC32C u32, payload. The CRC
// starts from the header's, so nothing of another log or of a former life of a recycled segment ever checks.
// The first record that does not check ends its segment: a torn tail is cut, said, never fatal. A reopened
// log goes on in a new segment, and the newest segment is never given up, so no durable number is used twice.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/file.h"

namespace xj::io {

struct RecordLogOptions {
  std::uint64_t segment_bytes = 8u << 20;  // smaller on a disk without room for it
  std::size_t max_record = 16u << 20;
  std::size_t spare_segments = 1;  // kept for reuse
  bool look_first = false;         // opening changes nothing on the disk: own() comes before what does
};

struct RecordLogOpened {
  std::uint64_t first = 0;       // number of the oldest record held, 0 when there is none
  std::uint64_t last = 0;        // highest number ever appended as far as the files tell, 0 when none
  std::uint64_t torn_bytes = 0;  // of a record that was begun and is not whole: cut from the tail by own()
  std::uint64_t behind = 0;      // whole records behind that one: cut with it
};

// Owned by one thread; one owner a folder (see FolderLock). Appends are durable after sync(), not before;
// what own() has found is durable already. Every call may throw IoFault. A full disk leaves the log as it
// was: try again later. After a failed sync() nothing is known of the disk any more, and every later call
// throws until the log is opened anew.
class RecordLog {
 public:
  RecordLog(FileSystem& fs, std::string dir, RecordLogOptions options);
  ~RecordLog();
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;

  // Cuts the tail and makes what was found durable. The constructor does it unless it was to look first, then
  // append() and release() do. Before it nothing may follow from a record that was read.
  void own();
  const RecordLogOpened& opened() const;
  std::uint64_t id() const;  // random, given at the first append to a new folder; another before each time
  std::uint64_t append(std::string_view payload);                    // returns the record's number: last + 1
  std::uint64_t append(const std::vector<std::string_view>& parts);  // one record of several pieces
  void sync();                  // one fdatasync for all appended since the last
  std::uint64_t first() const;  // number of the oldest record held now, 0 when there is none
  std::uint64_t last() const;   // highest number ever given, 0 when none
  std::uint64_t synced() const;
  std::uint64_t bytes() const;  // on disk, spares included
  bool usable() const;          // false after a failed sync, of a file or of the folder: open it anew

  // Visits records number >= from in order until `visit` returns false. Only what append() has completed; the
  // visitor must not change the log. Records of damaged places are left out: the numbers show the gap.
  void read(std::uint64_t from,
            const std::function<bool(std::uint64_t number, std::string_view payload)>& visit);
  // Frees whole segments whose records are all < before, never the newest. The numbers go on.
  void release(std::uint64_t before);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// CRC-32C (Castagnoli); `seed` is the CRC of what comes before, so pieces chain.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed = 0);  // what other processors use

}  // namespace xj::io

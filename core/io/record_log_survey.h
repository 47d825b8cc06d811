#pragma once
// Every record of a log that nobody changes, read without changing anything: what opening a RecordLog mends
// or cuts without a word is told here.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/io/file.h"

namespace xj::io {

struct RecordLogSurvey {
  std::uint64_t first = 0, last = 0;  // numbers of the records that are whole; last as RecordLogOpened::last
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of segments and spares
  std::size_t segments = 0;
};

struct RecordLogFault {
  enum class Kind {
    header,   // of a segment: RecordLog makes it anew from the name and the other segments
    foreign,  // a segment of another log: it is not read
    record,   // it does not check, and later ones are there: what it held is lost
    tail,     // the last one does not check: begun and never whole, or whole once and damaged
    payload,  // what `visit` said of a record whose checksum is right
  };
  Kind kind;
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t number = 0;   // of the record, or of the segment's first
  std::uint64_t missing = 0;  // records that are lost with it, itself counted, as far as is known
  std::string what;           // of a payload
};

struct RecordLogVisits {
  std::function<void(const RecordLogFault&)> fault;  // may be empty
  // Of each whole record; a text when its payload is damaged. May be empty.
  std::function<std::string(std::uint64_t number, std::string_view payload)> record;
  std::function<void(std::uint64_t bytes)> progress;  // read so far; may be empty
  // Of each segment, where its whole records end; may be empty. Holds also while somebody appends: what was
  // synced before the call is in front of it.
  std::function<void(const std::string& file, std::uint64_t end)> segment;
};

// Also beside a program that goes on with the log: segments that it frees meanwhile are left out.
// Throws IoFault when a file cannot be read, Fault when a segment is of a version this program does not know.
RecordLogSurvey survey_record_log(FileSystem& fs, const std::string& dir, std::size_t max_record,
                                  const RecordLogVisits& visits);

}  // namespace xj::io

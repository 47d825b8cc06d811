#include "core/io/record_log_survey.h"

#include <cerrno>
#include <vector>

#include "core/io/record_log_format.h"

namespace xj::io {
namespace {

using namespace record_log;
using Kind = RecordLogFault::Kind;

struct Part {
  std::string path;
  std::uint64_t first = 0, size = 0;
  std::optional<Header> header;
  bool whole_header = true;  // the four bytes behind its checksum are zero too
};

// Null when it is gone.
std::unique_ptr<File> open_there(FileSystem& fs, const std::string& path) {
  try {
    return fs.open(path, OpenMode::read);
  } catch (const IoFault& fault) {
    if (fault.error_number() == ENOENT) return nullptr;
    throw;
  }
}

struct Survey {
  FileSystem& fs;
  std::string dir;
  std::size_t max_record;
  const RecordLogVisits& visits;
  RecordLogSurvey out;
  std::vector<Part> parts;
  std::uint64_t log_id = 0;
  std::uint64_t read = 0;

  // A running log makes spares of its oldest segments, and segments of spares: a file that is gone may be
  // there under another name.
  void open() {
    for (int looks = 1; !look() && looks < 5; ++looks) {
    }
    out.segments = parts.size();
  }

  bool look() {
    parts.clear();
    out.bytes = log_id = 0;
    bool all = true;
    std::uint64_t likely_id = 0;
    for (const auto& name : fs.list(dir)) {
      const auto first = segment_number(name);
      const bool spare = name.starts_with(kSpare) && name.ends_with(kSuffix);
      if (!first && !spare) continue;
      const auto path = dir + "/" + name;
      const auto file = open_there(fs, path);
      if (file == nullptr) {
        all = false;
        continue;
      }
      out.bytes += file->size();
      if (!first) continue;
      Part part{path, *first, file->size(), std::nullopt, true};
      Window window(*file, part.size);
      const auto bytes = window.at(0, kHeader);
      part.header = decode_header(bytes, path);
      if (part.header && part.header->first != part.first) part.header.reset();
      if (!part.header && bytes.size() == kHeader) likely_id = likely_log_id(bytes, part.first);
      part.whole_header = bytes.size() == kHeader && get<std::uint32_t>(bytes, 28) == 0;
      if (part.header) log_id = part.header->log_id;
      parts.push_back(std::move(part));
    }
    if (log_id == 0) log_id = likely_id;
    return all;
  }

  void fault(Kind kind, const Part& part, std::uint64_t offset, std::uint64_t number,
             std::uint64_t missing = 0, std::string what = {}) const {
    if (visits.fault) visits.fault({kind, part.path, offset, number, missing, std::move(what)});
  }

  // `beyond`: the first number that is not in this segment; 0 for the newest, which tells itself.
  void walk(const Part& part, std::uint64_t beyond) {
    const auto file = open_there(fs, part.path);
    if (file == nullptr) return;  // freed since
    if (!part.header || !part.whole_header) fault(Kind::header, part, 0, part.first);
    if (part.header && part.header->log_id != log_id) {
      fault(Kind::foreign, part, 0, part.first, beyond == 0 ? 0 : beyond - part.first);
      return;
    }
    Header told{log_id, part.first, 0};
    encode(told);
    Window window(*file, part.size);
    std::uint64_t number = part.first, offset = kHeader;
    for (; beyond == 0 || number < beyond; ++number) {
      const auto found = record_at(window, offset, number, told.crc, max_record);
      if (!found) break;
      if (out.first == 0) out.first = number;
      ++out.records;
      if (visits.record)
        if (auto what = visits.record(number, found->payload); !what.empty())
          fault(Kind::payload, part, offset, number, 0, std::move(what));
      read += found->next - offset;
      offset = found->next;
      if (visits.progress) visits.progress(read);
    }
    if (visits.segment) visits.segment(part.path, offset);
    if (beyond != 0) {
      if (number < beyond) fault(Kind::record, part, offset, number, beyond - number);
      return;
    }
    out.last = number - 1;
    const auto behind = records_behind(window, part.size, offset, number, told.crc, max_record);
    if (behind) fault(*behind == 0 ? Kind::tail : Kind::record, part, offset, number, 1 + *behind);
  }
};

}  // namespace

RecordLogSurvey survey_record_log(FileSystem& fs, const std::string& dir, std::size_t max_record,
                                  const RecordLogVisits& visits) {
  Survey survey{fs, dir, max_record, visits, {}, {}, 0, 0};
  survey.open();
  for (std::size_t i = 0; i < survey.parts.size(); ++i)
    survey.walk(survey.parts[i], i + 1 < survey.parts.size() ? survey.parts[i + 1].first : 0);
  return survey.out;
}

}  // namespace xj::io

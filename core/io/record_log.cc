#include "core/io/record_log.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>
#include <random>

#include "core/io/record_log_format.h"

namespace xj::io {
using namespace record_log;
namespace {

struct Segment {
  std::uint64_t first = 0;
  std::uint64_t size = 0;  // of the file
  std::uint64_t end = 0;   // where the records end; of older segments: at most here
  std::uint32_t seed = 0;
  bool readable = true;  // false: of another log, put here by somebody
};

}  // namespace

struct RecordLog::Impl {
  FileSystem& fs;
  std::string dir;
  RecordLogOptions options;
  RecordLogOpened opened;
  std::uint64_t log_id = 0;
  std::vector<Segment> segments;                              // ascending
  std::vector<std::pair<std::string, std::uint64_t>> spares;  // name, size
  std::unique_ptr<File> current;  // of segments.back(); none before the first append after opening
  std::uint64_t last = 0, synced = 0;
  bool broken = false;
  bool owned = false;
  std::string scratch;
  // Where the last read stopped: replay goes on there instead of at the start of the segment.
  struct Cursor {
    std::uint64_t segment = 0, number = 0, offset = 0;
  } cursor;

  Impl(FileSystem& f, std::string d, RecordLogOptions o) : fs(f), dir(std::move(d)), options(o) {
    open();
    if (!options.look_first) own();
  }

  std::string path(const std::string& name) const { return dir + "/" + name; }
  std::string path(const Segment& s) const { return path(segment_name(s.first)); }

  void open() {
    std::vector<std::optional<Header>> headers;
    std::uint64_t likely_id = 0;  // by a header that does not check
    for (const auto& name : fs.list(dir)) {
      const auto first = segment_number(name);
      if (!first) {
        if (name.starts_with(kSpare) && name.ends_with(kSuffix)) spares.emplace_back(name, 0);
        continue;
      }
      const auto file = fs.open(path(name), OpenMode::read);
      Segment s{*first, file->size(), 0, 0, true};
      s.end = s.size;
      Window window(*file, s.size);
      const auto bytes = window.at(0, kHeader);
      auto header = decode_header(bytes, path(name));
      if (header && header->first != s.first) header.reset();
      if (!header && bytes.size() == kHeader) likely_id = likely_log_id(bytes, s.first);
      segments.push_back(s);
      headers.push_back(header);
    }
    for (const auto& header : headers)
      if (header) log_id = header->log_id;  // the newest segment tells
    if (log_id == 0) log_id = likely_id;
    if (log_id == 0) {
      std::random_device random;
      while (log_id == 0) log_id = (std::uint64_t{random()} << 32) | random();
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
      // A damaged header costs nothing: the name and the other segments tell all that stands in it, or its
      // own checksum.
      Header told{log_id, segments[i].first, 0};
      encode(told);
      segments[i].seed = told.crc;
      segments[i].readable = !headers[i] || headers[i]->log_id == log_id;
    }
    if (!segments.empty()) open_tail(segments.back());
    last = synced = opened.last;
    if (!segments.empty() && segments.front().first <= last) opened.first = segments.front().first;
  }

  void own() {
    if (owned) return;
    fs.make_dirs(dir);
    if (!segments.empty() && segments.back().readable) {
      auto& s = segments.back();
      const auto file = fs.open(path(s), OpenMode::read_write);
      // What was found may still be in memory only, left by a process that died: from here on it counts as
      // kept.
      if (s.size > s.end) file->truncate(s.end), s.size = s.end;
      file->sync_data();
    }
    trim_spares();
    owned = true;
  }

  void open_tail(Segment& s) {
    opened.last = s.first - 1;
    if (!s.readable) return;
    const auto file = fs.open(path(s), OpenMode::read);
    Window window(*file, s.size);
    s.end = kHeader;
    while (const auto found = record_at(window, s.end, opened.last + 1, s.seed, options.max_record)) {
      s.end = found->next;
      ++opened.last;
    }
    if (const auto head = window.at(s.end, kRecordHead);
        head.size() == kRecordHead && get<std::uint64_t>(head, 4) == opened.last + 1)
      opened.torn_bytes = std::min<std::uint64_t>(kRecordHead + get<std::uint32_t>(head, 0), s.size - s.end);
    opened.behind =
        records_behind(window, s.size, s.end, opened.last + 1, s.seed, options.max_record).value_or(0);
  }

  void check_usable() const {
    if (broken)
      throw Fault("record log " + dir + " is closed to all use since a sync failed",
                  "look into the kernel log for disk errors, then restart");
  }

  void trim_spares() {
    while (spares.size() > options.spare_segments) {
      fs.remove(path(spares.back().first));
      spares.pop_back();
    }
    for (auto& [name, size] : spares)
      if (size == 0) size = fs.open(path(name), OpenMode::read)->size();
  }

  // Space for a whole segment, or for as much of one as the disk has room for: what must be written now never
  // fails for what might be written later.
  static std::uint64_t preallocate(File& file, std::uint64_t wanted, std::uint64_t least) {
    for (;;) {
      try {
        file.preallocate(wanted);
        return wanted;
      } catch (const IoFault& fault) {
        if (!fault.disk_full() || wanted <= least) throw;
        file.truncate(0);  // gives back what the attempt took
        wanted = std::max(least, wanted / 4);
      }
    }
  }

  // A new newest segment with room for `room` bytes of records. Durable, name and all, when it returns.
  void roll(std::uint64_t room) {
    sync();  // so that a gap between segments can never come from a power cut
    const std::uint64_t wanted = std::max<std::uint64_t>(options.segment_bytes, kHeader + room);
    Header header{log_id, last + 1, 0};
    const std::string bytes = encode(header);
    Segment s{last + 1, wanted, kHeader, header.crc, true};
    const bool recycled = !spares.empty();
    const std::string name =
        recycled ? spares.back().first : std::string(kSpare) + "new" + std::string(kSuffix);
    std::unique_ptr<File> file;
    try {
      file = fs.open(path(name), OpenMode::create);
      if (file->size() > wanted) file->truncate(wanted);
      s.size = preallocate(*file, wanted, kHeader + room);
      file->write_at(0, bytes);
      file->sync_data();
      fs.rename(path(name), path(s));
    } catch (const IoFault&) {
      // Given back whole: on a full disk half a spare would only take room from others.
      file.reset();
      if (recycled) spares.pop_back();
      try {
        fs.remove(path(name));
      } catch (const IoFault&) {  // the first fault is the one to tell
      }
      throw;
    }
    if (recycled) spares.pop_back();
    broken = true;  // unless this succeeds the disk and this object may differ
    fs.sync_dir(dir);
    broken = false;
    // An empty segment of an earlier opening starts with the same number and has just been replaced.
    if (!segments.empty() && segments.back().first == s.first) segments.pop_back();
    segments.push_back(s);
    current = std::move(file);
  }

  std::uint64_t append(const std::vector<std::string_view>& parts) {
    check_usable();
    own();
    std::uint64_t length = 0;
    for (const auto part : parts) length += part.size();
    if (length > options.max_record || length > std::numeric_limits<std::uint32_t>::max())
      throw Fault("a record of " + std::to_string(length) + " bytes is larger than " + dir + " takes (" +
                  std::to_string(options.max_record) + ")");
    const std::uint64_t room = kRecordHead + length;
    if (!current || segments.back().end + room > segments.back().size) roll(room);
    auto& s = segments.back();
    scratch.clear();
    put(scratch, static_cast<std::uint32_t>(length));
    put(scratch, last + 1);
    std::uint32_t crc = crc32c(scratch, s.seed);
    for (const auto part : parts) crc = crc32c(part, crc);
    put(scratch, crc);
    for (const auto part : parts) scratch += part;
    current->write_at(s.end, scratch);
    if (scratch.capacity() > (1u << 20)) std::string().swap(scratch);
    s.end += room;
    return ++last;
  }

  void sync() {
    check_usable();
    if (synced == last) return;
    broken = true;
    current->sync_data();
    broken = false;
    synced = last;
  }

  void read(std::uint64_t from, const std::function<bool(std::uint64_t, std::string_view)>& visit) {
    check_usable();
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const auto& s = segments[i];
      const bool newest = i + 1 == segments.size();
      const std::uint64_t beyond = newest ? last + 1 : segments[i + 1].first;  // first number not in it
      if (!s.readable || beyond <= from || s.first >= beyond) continue;
      std::unique_ptr<File> opened_file;
      if (!newest || !current) opened_file = fs.open(path(s), OpenMode::read);
      Window window(opened_file ? *opened_file : *current, s.end);
      std::uint64_t number = s.first, offset = kHeader;
      if (cursor.segment == s.first && cursor.number <= from) number = cursor.number, offset = cursor.offset;
      for (; number < beyond; ++number) {
        const auto found = record_at(window, offset, number, s.seed, options.max_record);
        if (!found) break;
        cursor = {s.first, number, offset};
        offset = found->next;
        if (number >= from && !visit(number, found->payload)) return;
      }
    }
  }

  void release(std::uint64_t before) {
    check_usable();
    own();
    bool changed = false;
    while (segments.size() > 1 && segments[1].first <= before) {
      const auto& s = segments.front();
      if (spares.size() < options.spare_segments) {
        const std::string name = std::string(kSpare) + segment_name(s.first);
        fs.rename(path(s), path(name));
        spares.emplace_back(name, s.size);
      } else {
        fs.remove(path(s));
      }
      segments.erase(segments.begin());
      changed = true;
    }
    if (changed) fs.sync_dir(dir);
  }
};

RecordLog::RecordLog(FileSystem& fs, std::string dir, RecordLogOptions options)
    : impl_(std::make_unique<Impl>(fs, std::move(dir), options)) {}
RecordLog::~RecordLog() = default;

void RecordLog::own() { impl_->own(); }
const RecordLogOpened& RecordLog::opened() const { return impl_->opened; }
std::uint64_t RecordLog::id() const { return impl_->log_id; }
std::uint64_t RecordLog::append(std::string_view payload) { return impl_->append({payload}); }
std::uint64_t RecordLog::append(const std::vector<std::string_view>& parts) { return impl_->append(parts); }
void RecordLog::sync() { impl_->sync(); }
std::uint64_t RecordLog::last() const { return impl_->last; }
std::uint64_t RecordLog::first() const {
  const auto& segments = impl_->segments;
  return !segments.empty() && segments.front().first <= impl_->last ? segments.front().first : 0;
}
std::uint64_t RecordLog::synced() const { return impl_->synced; }
bool RecordLog::usable() const { return !impl_->broken; }

std::uint64_t RecordLog::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& s : impl_->segments) sum += s.size;
  for (const auto& spare : impl_->spares) sum += spare.second;
  return sum;
}

void RecordLog::read(std::uint64_t from, const std::function<bool(std::uint64_t, std::string_view)>& visit) {
  impl_->read(from, visit);
}
void RecordLog::release(std::uint64_t before) { impl_->release(before); }

}  // namespace xj::io

// Any bytes as a segment: no crash, numbers in order, and the log goes on and keeps what it then takes.
#include <cstdint>
#include <cstdlib>

#include "core/io/record_log.h"
#include "tests/fakes/power_cut_fs.h"

namespace {

using namespace xj;

// A well-formed segment to start from, so that the fuzzer gets beyond the checksums: its input is laid over
// it.
const std::string& sample() {
  static const std::string bytes = [] {
    fakes::PowerCutFs fs;
    io::RecordLog log(fs, "/log", {.segment_bytes = 512, .max_record = 4096, .spare_segments = 1});
    for (const auto* text : {"one", "two", "", "a longer record of some words"}) log.append(text);
    log.sync();
    return io::read_whole(fs, "/log/00000000000000000001.log");
  }();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
  std::string bytes;
  if ((data[0] & 1) != 0) {
    bytes = sample();
    const std::size_t at = (data[1] | static_cast<std::size_t>(data[2]) << 8) % bytes.size();
    bytes.replace(at, std::min(input.size(), bytes.size() - at), input.substr(0, bytes.size() - at));
  } else {
    bytes = input;
  }
  fakes::PowerCutFs fs;
  fs.make_dirs("/log");
  fs.open("/log/00000000000000000001.log", io::OpenMode::create)->write_at(0, bytes);
  if ((data[0] & 2) != 0) fs.open("/log/00000000000000000003.log", io::OpenMode::create)->write_at(0, input);
  const io::RecordLogOptions options{.segment_bytes = 512, .max_record = 4096, .spare_segments = 1};
  std::uint64_t count = 0, last = 0;
  try {
    io::RecordLog log(fs, "/log", options);
    log.read(0, [&](std::uint64_t n, std::string_view) {
      if (n <= last) std::abort();
      last = n;
      ++count;
      return true;
    });
    if (last > log.last()) std::abort();
    const auto n = log.append("after");
    if (n <= last) std::abort();
    log.sync();
    io::RecordLog again(fs, "/log", options);
    if (again.last() != n) std::abort();
    bool found = false;
    again.read(n, [&](std::uint64_t, std::string_view text) { return found = text == "after"; });
    if (!found) std::abort();
  } catch (const Fault&) {  // a version of the future is refused
  }
  return 0;
}

#include "tests/e2e/history_folder.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "core/json.h"
#include "tests/e2e/process.h"

namespace xj::e2e {
namespace {

// "2026-11-20-00000017.xjh"
std::int64_t number_of(const std::string& name) {
  return name.size() > 11 ? std::strtoll(name.c_str() + 11, nullptr, 10) : 0;
}

}  // namespace

HistoryFolder HistoryFolder::of(const std::string& dir) {
  HistoryFolder out;
  const auto parsed = parse_json(read_file(dir + "/manifest"));
  const auto manifest = std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  std::set<std::string> named;
  std::map<std::int64_t, int> files;  // of each day
  for (const auto& file : manifest["files"].items()) {
    named.insert(file["name"].string_or(""));
    ++files[file["day"].int_or(0)];
  }
  for (const auto& summary : manifest["summaries"].items()) {
    named.insert(summary["name"].string_or(""));
    if (files[summary["day"].int_or(0)] == 1) out.hours.insert(summary["name"].string_or(""));
  }
  std::error_code error;
  for (std::filesystem::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    const bool day = name.ends_with(".xjh"), hours = name.ends_with(".xjs");
    if (!(day || hours) || named.contains(name)) continue;
    if (number_of(name) < manifest["next"].int_or(1))
      out.doomed.insert(name);
    else
      (day ? out.half_days : out.half_hours).insert(name);
  }
  return out;
}

NewFiles::NewFiles(const std::string& dir) : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (fd_ < 0 || ::inotify_add_watch(fd_, dir.c_str(), IN_CREATE) < 0)
    throw std::runtime_error("cannot watch " + dir);
}

NewFiles::~NewFiles() { ::close(fd_); }

std::string NewFiles::next(std::chrono::milliseconds limit) {
  if (seen_.empty()) {
    pollfd polled{fd_, POLLIN, 0};
    ::poll(&polled, 1, static_cast<int>(limit.count()));
    alignas(inotify_event) char events[16'384];
    const auto size = ::read(fd_, events, sizeof events);
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(events + at);
      const std::string name = event->len > 0 ? event->name : "";
      if (name.ends_with(".xjh") || name.ends_with(".xjs")) seen_.push_back(name);
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
  if (seen_.empty()) return {};
  auto name = seen_.front();
  seen_.pop_front();
  return name;
}

}  // namespace xj::e2e

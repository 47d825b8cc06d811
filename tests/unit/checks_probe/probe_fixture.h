#pragma once
// Runs a worker's kind in this process, and programs beside it.
#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>
#include <fstream>

#include "checks/probe/probe.h"
#include "checks/registry.h"
#include "checks/subprocess.h"
#include "tests/fakes/patience.h"

namespace xj::checks {

inline ParamMap params_of(std::initializer_list<std::pair<std::string, std::string>> values) {
  ParamMap out;
  for (const auto& [name, value] : values) out[name].texts = {value};
  return out;
}

inline ProbeAnswer probe(const std::string& kind, ParamMap params, Duration timeout = Duration{60'000},
                         std::vector<ThresholdMemory::Entry> before = {}) {
  const SystemClock clock;
  ThresholdMemory memory;
  ProbeContext context{clock, timeout, memory};
  return answer({kind, std::move(params), timeout, std::move(before)}, context);
}

inline std::string english(const Message& m) { return render(m, Lang::en); }

inline const Metric* find_metric(const std::vector<Metric>& metrics, std::string_view name) {
  for (const auto& m : metrics)
    if (m.name == name) return &m;
  return nullptr;
}
inline double value_of(const std::vector<Metric>& metrics, std::string_view name) {
  const auto* m = find_metric(metrics, name);
  EXPECT_NE(m, nullptr) << name;
  return m == nullptr ? -1 : as_double(m->value);
}

class TempDir {
 public:
  TempDir() {
    char name[] = "/tmp/xj-probe-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

 private:
  std::string path_;
};

// Runs a shell script to its end; its exit code.
inline int shell(const std::string& script, std::string* output = nullptr) {
  SpawnOptions o;
  o.argv = {"/bin/sh", "-c", script};
  o.env = clean_environment();
  o.merge_errors = true;
  Subprocess child(o);
  for (const test::Patience patience; patience.left();) {
    pollfd p{child.output_fd(), POLLIN, 0};
    ::poll(&p, 1, 10);
    child.drain();
    if (const auto status = child.reap()) {
      child.drain();
      if (output != nullptr) *output = child.output();
      return status->code;
    }
  }
  return -1;
}

}  // namespace xj::checks

#pragma once
// A made-up host below a temporary folder: files are written, checks look.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "checks/nonblocking.h"
#include "checks/registry.h"
#include "tests/fakes/places.h"

namespace xj::checks {

class TempHost {
 public:
  TempHost() {
    char name[] = "/tmp/xj-host-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  // A copy of tests/fixtures/host/NAME.
  explicit TempHost(const std::string& fixture) : TempHost() {
    std::filesystem::copy(source_dir() + "/tests/fixtures/host/" + fixture, root_,
                          std::filesystem::copy_options::recursive);
  }
  ~TempHost() { std::filesystem::remove_all(root_); }
  TempHost(const TempHost&) = delete;
  TempHost& operator=(const TempHost&) = delete;

  const std::string& root() const { return root_; }
  void write(const std::string& path, std::string_view text) const {
    const auto whole = root_ + "/" + path;
    std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
    std::ofstream(whole, std::ios::binary) << text;
  }
  std::string read(const std::string& path) const {
    std::ifstream in(root_ + "/" + path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace(const std::string& path, std::string_view from, std::string_view to) const {
    auto text = read(path);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " is not in " << path;
    write(path, text.replace(at, from.size(), to));
  }
  void script(const std::string& path, std::string_view text) const {
    write(path, text);
    std::filesystem::permissions(root_ + "/" + path, std::filesystem::perms::owner_all);
  }
  Environment environment() const { return {{root_}, {}}; }

 private:
  std::string root_;
};

inline ParamMap params_of(std::initializer_list<std::pair<std::string, std::string>> values) {
  ParamMap out;
  for (const auto& [name, value] : values) out[name].texts = {value};
  return out;
}

inline std::unique_ptr<Check> make(std::string_view kind, const ParamMap& values,
                                   const Environment& environment) {
  Problems problems;
  const auto params = builtin().read(kind, values, {}, problems);
  if (!params) throw std::runtime_error(render(problems, Lang::en));
  return builtin().find(kind)->make(*params, environment);
}

inline RunContext at(std::int64_t ms) {
  return {from_ms(1'795'000'000'000 + ms), MonoTime{Duration{ms}}, Duration{10'000}};
}

inline const Metric* find_metric(const std::vector<Metric>& metrics, std::string_view name) {
  for (const auto& m : metrics)
    if (m.name == name) return &m;
  return nullptr;
}
inline double value_of(const std::vector<Metric>& metrics, std::string_view name) {
  const auto* m = find_metric(metrics, name);
  if (m == nullptr) {
    ADD_FAILURE() << "no metric " << name;
    return -1;
  }
  return as_double(m->value);
}
inline const Item& item_of(const CheckOutcome& outcome, std::string_view key) {
  for (const auto& item : outcome.items)
    if (item.key == key) return item;
  ADD_FAILURE() << "no item " << key;
  static const Item none;
  return none;
}
inline std::string english(const Message& m) { return render(m, Lang::en); }

}  // namespace xj::checks

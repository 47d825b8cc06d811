#include "collector/history/set_aside.h"

#include <sstream>

namespace xj::collector {
namespace {

constexpr const char* kPlan = "/setting-aside";  // a name a line

// A plan that is damaged leads nowhere else.
bool is_file_of_history(const std::string& name) {
  return name.find('/') == std::string::npos && (name.ends_with(".xjh") || name.ends_with(".xjs"));
}

// Of a file that was put back by hand and is damaged again the former one stays.
std::string free_name(io::FileSystem& fs, const std::string& dir, const std::string& name) {
  auto free = name + ".damaged";
  for (int n = 2; fs.exists(dir + "/" + free); ++n) free = name + ".damaged-" + std::to_string(n);
  return free;
}

}  // namespace

void plan_setting_aside(io::FileSystem& fs, const std::string& dir, const std::vector<std::string>& names) {
  std::string lines;
  for (const auto& name : names) lines += name + '\n';
  io::write_whole(fs, dir + kPlan, lines);
}

std::vector<SetAside> finish_setting_aside(io::FileSystem& fs, const std::string& dir,
                                           const Manifest& manifest) {
  std::vector<SetAside> done;
  if (!fs.exists(dir + kPlan)) return done;
  const auto named = names_of(manifest);
  std::istringstream lines(io::read_whole(fs, dir + kPlan));
  for (std::string name; std::getline(lines, name);) {
    if (!is_file_of_history(name) || named.count(name) > 0 || !fs.exists(dir + "/" + name)) continue;
    const auto as = free_name(fs, dir, name);
    fs.rename(dir + "/" + name, dir + "/" + as);
    done.push_back({name, as});
  }
  fs.sync_dir(dir);
  fs.remove(dir + kPlan);
  return done;
}

}  // namespace xj::collector

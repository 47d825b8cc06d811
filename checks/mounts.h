#pragma once
// Which file systems a host has, and which of them a person wants to hear about.
#include <string>
#include <string_view>
#include <vector>

namespace xj::checks {

struct Mount {
  std::string device;  // "254:0"
  std::string root;    // which folder of that file system is mounted
  std::string point;   // decoded: blanks and Chinese as they are
  std::string type;
  std::string source;
  bool read_only = false;        // this mount was asked to be
  bool super_read_only = false;  // the file system itself is
  bool operator==(const Mount&) const = default;
};

inline constexpr std::size_t kMaxMounts = 4096;
// /proc/self/mountinfo; lines that are none are passed over.
std::vector<Mount> parse_mountinfo(std::string_view text);

bool is_network_type(std::string_view type);  // statfs may wait for a peer, or for a program
bool is_pseudo_type(std::string_view type);   // nothing that can fill up, or not this host's to watch

struct MountFilter {
  std::vector<std::string> include;  // globs of mount points; not empty: only these, whatever their type
  std::vector<std::string> exclude;  // globs of mount points
  std::vector<std::string> types;    // globs; not empty: only these
  std::vector<std::string> exclude_types;  // globs
  bool network = true;
};
// What is hidden below a later mount, pseudo file systems, overlays of containers and bind duplicates go.
std::vector<Mount> select_mounts(const std::vector<Mount>& mounts, const MountFilter& filter);

}  // namespace xj::checks

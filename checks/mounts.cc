#include "checks/mounts.h"

#include <algorithm>
#include <array>

#include "checks/scan.h"
#include "core/glob.h"

namespace xj::checks {
namespace {

// The kernel writes blank, tab, newline, backslash (and # in some versions) as \ooo.
std::string decode_octal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto digit = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      if (value > 0 && value < 256) {
        out += static_cast<char>(value);
        i += 3;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const auto comma = options.find(',');
    if (options.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
  return false;
}

// True when `inner` lies below `outer`, as paths.
bool below(std::string_view inner, std::string_view outer) {
  if (outer == "/") return inner != "/";
  return inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '/';
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> out;
  for (Scanner s(text); !s.done() && out.size() < kMaxMounts; s.next_line()) {
    s.word();  // id
    s.word();  // parent
    Mount m;
    m.device = s.word();
    m.root = decode_octal(s.word());
    m.point = decode_octal(s.word());
    m.read_only = has_option(s.word(), "ro");
    // Any number of optional fields, then "-".
    std::string_view field = s.word();
    while (!field.empty() && field != "-") field = s.word();
    if (field != "-") continue;
    m.type = s.word();
    m.source = decode_octal(s.word());
    m.super_read_only = has_option(s.word(), "ro");
    if (m.type.empty() || !m.point.starts_with('/') || m.point.size() > 4096) continue;
    out.push_back(std::move(m));
  }
  return out;
}

bool is_network_type(std::string_view type) {
  static constexpr std::array<std::string_view, 19> known{
      "nfs",  "nfs4",   "cifs", "smb3",   "smbfs",     "ncpfs", "afs",   "ceph", "9p",  "virtiofs",
      "coda", "lustre", "gpfs", "beegfs", "glusterfs", "davfs", "ocfs2", "gfs2", "fuse"};
  return std::find(known.begin(), known.end(), type) != known.end() || type.starts_with("fuse.");
}

bool is_pseudo_type(std::string_view type) {
  static constexpr std::array<std::string_view, 37> known{
      "autofs",      "bdev",           "binfmt_misc", "bpf",    "cgroup",     "cgroup2",    "configfs",
      "cpuset",      "debugfs",        "devfs",       "devpts", "devtmpfs",   "efivarfs",   "fusectl",
      "hugetlbfs",   "iso9660",        "mqueue",      "nsfs",   "overlay",    "pipefs",     "proc",
      "pstore",      "ramfs",          "resctrl",     "rootfs", "rpc_pipefs", "securityfs", "selinuxfs",
      "sockfs",      "squashfs",       "sysfs",       "tmpfs",  "tracefs",    "udf",        "fuse.lxcfs",
      "fuse.portal", "fuse.gvfsd-fuse"};
  return std::find(known.begin(), known.end(), type) != known.end();
}

std::vector<Mount> select_mounts(const std::vector<Mount>& mounts, const MountFilter& filter) {
  std::vector<const Mount*> kept;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const auto& m = mounts[i];
    // A later mount on the same point, or above it, is what a path leads to now.
    const bool hidden = std::any_of(
        mounts.begin() + static_cast<std::ptrdiff_t>(i) + 1, mounts.end(),
        [&](const Mount& later) { return later.point == m.point || below(m.point, later.point); });
    if (hidden || any_glob_matches(filter.exclude, m.point) || any_glob_matches(filter.exclude_types, m.type))
      continue;
    if (!filter.network && is_network_type(m.type)) continue;
    if (!filter.types.empty() && !any_glob_matches(filter.types, m.type)) continue;
    if (!filter.include.empty()) {
      if (any_glob_matches(filter.include, m.point)) kept.push_back(&m);
      continue;
    }
    // A container's own root is an overlay, and all it has.
    const bool own_root = m.type == "overlay" && m.point == "/";
    if (filter.types.empty() && is_pseudo_type(m.type) && !own_root) continue;
    // A bind mount shows the same space again: the one nearest to the file system's own root stays.
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const Mount* k) {
      return k->device == m.device && k->type == m.type && k->source == m.source;
    });
    if (same == kept.end())
      kept.push_back(&m);
    else if (m.root.size() < (*same)->root.size())
      *same = &m;
  }
  std::vector<Mount> out;
  out.reserve(kept.size());
  for (const auto* m : kept) out.push_back(*m);
  return out;
}

}  // namespace xj::checks

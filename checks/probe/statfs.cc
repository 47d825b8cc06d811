// How full one mount is, for the disk check: the one system call that a dead server can stop for ever.
#include "checks/measure.h"
#include "checks/probe/probe.h"

namespace xj::checks {
namespace {

constexpr ParamSpec kParams[] = {{"path", ParamType::text, "", "checks.param.statfs_path", true}};

CheckOutcome run(const Params& params, ProbeContext&) {
  const auto answer = statvfs_space(params.text("path"));
  CheckOutcome out;
  if (answer.error != 0) {
    add(out.metrics, "errno", static_cast<std::uint64_t>(answer.error));
    return out;
  }
  add(out.metrics, "total_bytes", answer.space.total_bytes);
  add(out.metrics, "free_bytes", answer.space.free_bytes);
  add(out.metrics, "available_bytes", answer.space.available_bytes);
  add(out.metrics, "total_inodes", answer.space.total_inodes);
  add(out.metrics, "free_inodes", answer.space.free_inodes);
  return out;
}

}  // namespace

ProbeType statfs_probe();
ProbeType statfs_probe() { return {"statfs", run, kParams}; }

}  // namespace xj::checks

#include <array>

#include "checks/probe/probe.h"

namespace xj::checks {

// The worker's table: one line a kind. A test holds it together with THE TABLE in checks/builtin.cc.
#define XJ_PROBES(X) \
  X(http)            \
  X(certificate)     \
  X(command)         \
  X(tcp)             \
  X(statfs)

#define XJ_DECLARE(kind) ProbeType kind##_probe();
XJ_PROBES(XJ_DECLARE)
#undef XJ_DECLARE

std::span<const ProbeType> probe_types() {
#define XJ_CALL(kind) kind##_probe(),
  static const std::array types{XJ_PROBES(XJ_CALL)};
#undef XJ_CALL
  return types;
}

}  // namespace xj::checks

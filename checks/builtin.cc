#include <array>

#include "checks/registry.h"

namespace xj::checks {

// THE TABLE: one line a kind, in the order of --list. Each is one file, which defines KIND_check().
#define XJ_CHECKS(X) \
  X(cpu)             \
  X(load)            \
  X(memory)          \
  X(swap)            \
  X(disk)            \
  X(diskio)          \
  X(network)         \
  X(process)         \
  X(uptime)          \
  X(tcp)             \
  X(http)            \
  X(certificate)     \
  X(command)

#define XJ_DECLARE(kind) CheckType kind##_check();
XJ_CHECKS(XJ_DECLARE)
#undef XJ_DECLARE

const Registry& builtin() {
#define XJ_CALL(kind) kind##_check(),
  static const std::array types{XJ_CHECKS(XJ_CALL)};
#undef XJ_CALL
  static const Registry registry{types};
  return registry;
}

}  // namespace xj::checks

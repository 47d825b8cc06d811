#pragma once
// Something wrong with a file of the collector's folder: where, what, and what can be done.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/io/file.h"
#include "core/text.h"

namespace xj::collector {

struct Finding {
  std::string file;          // below the folder: "history/2026-11-20-00000017.xjh"
  std::int64_t offset = -1;  // byte in it; -1: the file as a whole, or a row
  std::string row;           // "cases demo/INC-1 status"; empty where there are no rows
  Message what, mend;
};
using Findings = std::vector<Finding>;

// Why something cannot be looked at that says nothing of the folder: no room, no right, no descriptor.
class CannotCheck : public Fault {
 public:
  using Fault::Fault;
};
// In a handler of a fault that may become a finding: goes on upwards when it is about this machine, and not
// about what is on its disk.
void pass_on_unless_damage(const Fault& fault);

// Bytes looked at and to be looked at, as a share of the whole; called often.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace xj::collector

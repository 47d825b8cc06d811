#pragma once
// Something wrong with a file of the collector's folder: where, what, and what can be done.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/io/file.h"
#include "core/said_fault.h"
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
class CannotCheck : public SaidFault {
 public:
  using SaidFault::SaidFault;
};
// In a handler of a fault that may become a finding: goes on upwards when it is about this machine, and not
// about what is on its disk.
void pass_on_unless_damage(const Fault& fault);

// What to tell a person, and what can be done; without words of ours as whoever threw it has put it.
struct Words {
  Message what, mend;
};
Words words_of(const Fault& fault);
// Of a damaged file, whose details have no words of their own.
Message damage_in_words(const Fault& fault);
Message damage_in_words(std::string detail);

// Bytes looked at and to be looked at, as a share of the whole; called often.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

}  // namespace xj::collector

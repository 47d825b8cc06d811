#pragma once
// Files that count no more, kept until the last view, scan or hold that was made while they did is gone.
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/io/file.h"

namespace xj::collector {

// Owned by one thread; a pin may end on any.
class DoomedFiles {
 public:
  DoomedFiles(io::FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}
  // Whoever has it reads the files of now in peace.
  const std::shared_ptr<const int>& pin() const { return pin_; }
  // They are not named any more. `bytes`: of all of them.
  void add(std::vector<std::string> names, std::uint64_t bytes);
  // Removes those that nobody reads. A name whose removal fails stays here for the next try.
  void sweep();
  std::uint64_t bytes() const;  // of those that are still there

 private:
  struct Lot {
    std::weak_ptr<const int> pin;
    std::vector<std::string> names;
    std::uint64_t bytes = 0;
  };
  bool remove(Lot& lot);
  io::FileSystem& fs_;
  std::string dir_;
  std::deque<Lot> lots_;  // the oldest first
  std::vector<Lot> stuck_;
  std::shared_ptr<const int> pin_ = std::make_shared<const int>(0);  // of who looks from now on
};

}  // namespace xj::collector

#include "collector/history/doomed_files.h"

#include "core/io/log.h"

namespace xj::collector {

void DoomedFiles::add(std::vector<std::string> names, std::uint64_t bytes) {
  lots_.push_back({pin_, std::move(names), bytes});
  pin_ = std::make_shared<const int>(0);
  sweep();
}

void DoomedFiles::sweep() {
  std::erase_if(stuck_, [&](Lot& lot) { return remove(lot); });
  while (!lots_.empty() && lots_.front().pin.expired()) {
    auto lot = std::move(lots_.front());
    lots_.pop_front();
    if (remove(lot)) continue;
    log::warning("history: {} is not needed any more and cannot be removed; tried again", lot.names.front());
    stuck_.push_back(std::move(lot));
  }
}

bool DoomedFiles::remove(Lot& lot) {
  std::erase_if(lot.names, [&](const std::string& name) {
    try {
      fs_.remove(dir_ + "/" + name);
      return true;
    } catch (const io::IoFault&) {
      return false;
    }
  });
  return lot.names.empty();
}

std::uint64_t DoomedFiles::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& lot : lots_) sum += lot.bytes;
  return sum;
}

}  // namespace xj::collector

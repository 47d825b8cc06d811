#include "collector/safety/finding.h"

#include <cerrno>

namespace xj::collector {
namespace {

Words literally(const Fault& fault) {
  return {Message::literal(fault.what()), fault.hint().empty() ? Message{} : Message::literal(fault.hint())};
}

Words of_this_machine(const io::IoFault& fault) {
  const auto said = [&](const char* id, const char* mend) {
    return Words{{id, {{"detail", fault.what()}}}, {mend, {}}};
  };
  switch (fault.error_number()) {
    case ENOSPC:
    case EDQUOT: return said("safety.fault.full", "safety.mend.full");
    case EACCES:
    case EPERM: return said("safety.fault.permission", "safety.mend.permission");
    case EROFS: return said("safety.fault.read_only", "safety.mend.disk");
    case EIO: return said("safety.fault.disk", "safety.mend.disk");
    case ENOENT: return {{"safety.fault.absent", {{"detail", fault.what()}}}, {}};
    default: break;
  }
  return literally(fault);
}

}  // namespace

Words words_of(const Fault& fault) {
  if (const auto* said = dynamic_cast<const SaidFault*>(&fault)) return {said->said(), said->mend()};
  if (const auto* io = dynamic_cast<const io::IoFault*>(&fault)) return of_this_machine(*io);
  return literally(fault);
}

Message damage_in_words(const Fault& fault) {
  if (const auto* said = dynamic_cast<const SaidFault*>(&fault)) return said->said();
  return damage_in_words(std::string(fault.what()));
}

Message damage_in_words(std::string detail) { return {"safety.damaged", {{"detail", std::move(detail)}}}; }

void pass_on_unless_damage(const Fault& fault) {
  if (dynamic_cast<const CannotCheck*>(&fault) != nullptr) throw;
  const auto* io = dynamic_cast<const io::IoFault*>(&fault);
  if (io == nullptr) return;
  // What a disk or its file system says of bytes it cannot give, and what is larger than it may be.
  for (const int damage : {EIO, EUCLEAN, EBADMSG, EFBIG})
    if (io->error_number() == damage) return;
  throw;
}

}  // namespace xj::collector

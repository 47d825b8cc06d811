#include "collector/notify/channel.h"

namespace xj::collector {

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::delivered: return "delivered";
    case Outcome::retry: return "retry";
    case Outcome::refused: return "refused";
  }
  return "";
}

}  // namespace xj::collector

#pragma once
// Sheets of rounds after they were made, on the engine's thread: found, filled, signed, frozen.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/domain/sheet.h"
#include "collector/pipeline.h"
#include "collector/store/sheets.h"

namespace xj::collector {

struct SheetView {
  Document document;  // as it was made
  Json made;          // its facts
  domain::SheetBase base;
  domain::ContractPtr contract;              // in force; where it has no such round any more, the sheet's own
  const domain::RoundSpec* round = nullptr;  // of *contract
  std::vector<domain::SheetEvent> events;
  domain::SheetState state;
  std::vector<FrozenSheet> frozen;  // without their facts
};
// Nothing when there is no such sheet, or nothing is known of its contract and round any more.
std::optional<SheetView> find_sheet(Pipeline& pipeline, const std::string& contract,
                                    const std::string& number);

// Kept, and with a step of the sign-off frozen anew in the same transaction; the sheet as it then is. Or why
// not.
std::variant<SheetView, domain::Rejection> act_on_sheet(Pipeline& pipeline, SheetView sheet,
                                                        const domain::SheetAct& act, Timestamp now);

// The document as it is now: what was frozen last when nothing came after, else a draft of it; with `n` as it
// was frozen with that event, with 0 as it was made. Nothing when there is no such one.
std::optional<Document> document_now(Pipeline& pipeline, const std::string& contract,
                                     const std::string& number, std::optional<std::uint32_t> n);

}  // namespace xj::collector

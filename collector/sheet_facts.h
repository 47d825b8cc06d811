#pragma once
// A sheet as it is printed: the facts it was made with, and what its events make of them.
#include "collector/domain/sheet.h"
#include "core/json.h"

namespace xj::collector {

// The blanks a contract wants on a sheet beside those of inspector and recorder, into its first facts.
void add_blanks(Json& facts, const domain::RoundSpec& round, const domain::Contract& contract, Lang lang);

// Pure: `made` are the facts the sheet was made with. What was measured stays as it is.
Json sheet_facts(const Json& made, const domain::SheetState& state, const domain::Zone& zone);

}  // namespace xj::collector

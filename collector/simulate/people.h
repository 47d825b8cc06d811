#pragma once
// The steps of a scenario by which people act, as its file says them: every problem at its place.
#include <string>
#include <vector>

#include "collector/simulate/scenario.h"
#include "config/reader.h"

namespace xj::collector {

// "NAME: no WHAT "VALUE"; known: …"; `what` is a message id.
void unknown_name(const config::Value& value, std::string_view what, const std::string& name,
                  const std::vector<std::string>& known);

// Keys that the steps below may hold, for a step that is none of them.
std::vector<std::string_view> keys_of_people();

// Each reads one step whose own key is `value`; false when something in it is wrong.
bool read_act_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                   const When& when, StagedAct& into);
bool read_opening_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                       StagedOpening& into);
bool read_record_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                      StagedRecord& into);
bool read_money_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                     const When& when, StagedMoney& into);
bool read_round_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                     StagedRound& into);
bool read_sheet_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                     StagedSheet& into);
bool read_duty_step(const config::Value& value, config::MapReader& m, const domain::Contract& contract,
                    StagedDuty& into, Problems& problems);

}  // namespace xj::collector

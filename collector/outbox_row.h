#pragma once
// What the domain wants told, as a row of the outbox.
#include <map>
#include <string>

#include "collector/domain/routing.h"
#include "collector/store/outbox.h"
#include "core/json.h"

namespace xj::collector {

// `event` says for machines what it is about; which route and role it went by is added. The address is that
// of the person where the channel is e-mail.
OutboxRow outbox_row(domain::Notification told, Json event, const domain::Contract& contract,
                     const std::map<std::string, bool>& channels, Timestamp now);

}  // namespace xj::collector

#include "collector/outbox_row.h"

namespace xj::collector {

OutboxRow outbox_row(domain::Notification told, Json event, const domain::Contract& contract,
                     const std::map<std::string, bool>& channels, Timestamp now) {
  OutboxRow row;
  event.set("route", told.route).set("role", told.role);
  row.event = event.dump();
  if (const auto channel = channels.find(told.channel); channel != channels.end() && channel->second)
    if (const auto person = contract.people.find(told.person); person != contract.people.end())
      row.address = person->second.mail;
  row.key = std::move(told.key);
  row.channel = std::move(told.channel);
  row.person = std::move(told.person);
  row.subject = std::move(told.subject);
  row.lines = std::move(told.body);
  row.lines.push_back(std::move(told.reason));
  row.created = row.due = now;
  return row;
}

}  // namespace xj::collector

#pragma once
// A message in few bytes, as journals, snapshots and history keep it.
#include <string>

#include "core/bytes.h"
#include "core/text.h"

namespace xj {

void put_message(std::string& out, const Message& message);
Message read_message(ByteReader& in);  // throws Fault on damage

}  // namespace xj

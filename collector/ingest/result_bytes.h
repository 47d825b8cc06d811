#pragma once
// A result in few bytes, for what is kept in memory of every check and for snapshots.
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/result.h"

namespace xj::collector {

// Everything but `check`, which the keeper knows.
void put_result(std::string& out, const Result& result, Timestamp slot);  // `slot` in place of its own
Result read_result(ByteReader& in);                                       // throws Fault on damage

}  // namespace xj::collector

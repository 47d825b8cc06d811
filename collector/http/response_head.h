#pragma once
#include <string>

#include "collector/http/message.h"
#include "core/time.h"

namespace xj::http {

// Status line and headers, up to and with the empty line. Characters that could end a header early are left
// out of what handlers give.
std::string response_head(const Response& response, bool keep_alive, Timestamp now);

}  // namespace xj::http

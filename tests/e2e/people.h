#pragma once
// What people ask of a collector that a test has started, on its socket.
#include <string>

#include "core/json.h"

namespace xj::e2e {

struct Answered {
  int status = 0;  // 0: nobody answered
  Json body;       // null when there is none, or it is no JSON
};
Answered ask(const std::string& socket, const std::string& method, const std::string& target,
             const std::string& body = {});
// The body of a 200, else null.
Json get(const std::string& socket, const std::string& target);
bool ready(const std::string& socket);

}  // namespace xj::e2e

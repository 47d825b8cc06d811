#pragma once
// Small words all handlers share.
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "collector/api/services.h"
#include "collector/domain/contract.h"
#include "collector/domain/events.h"
#include "collector/http/message.h"
#include "core/json.h"

namespace xj::collector {

http::Response json_reply(const Json& json, int status = 200);
// {"error":{"code","message":{"id","args"},"detail"}}, the detail in English.
http::Response refusal(int status, std::string_view code, const Message& message);
// Not found, bad request, conflict by what was asked.
http::Response refusal(const domain::Rejection& rejection);

// 404: none of this id is in force.
http::Response no_contract(const std::string& id);

// 503, come again in a second.
http::Response busy();

// What a handler does on the engine's thread.
using OnEngine =
    std::function<http::Response(Pipeline& pipeline, const http::Request& request, Timestamp now)>;
// Posts it and answers; 503 when the engine takes no more, 500 with a log line when it throws.
http::Handler on_engine(Services& services, OnEngine handle);

// The same for what goes on elsewhere: `handle` answers itself, once, on any thread, unless it throws.
using OverEngine =
    std::function<void(Pipeline& pipeline, const http::Request& request, Timestamp now, http::Done done)>;
http::Handler over_engine(Services& services, OverEngine handle);

// The body as a JSON object whose names are all among `known`; else the refusal to answer with.
std::variant<Json, http::Response> read_body(const http::Request& request,
                                             std::span<const std::string_view> known);
inline std::variant<Json, http::Response> read_body(const http::Request& request,
                                                    std::initializer_list<std::string_view> known) {
  return read_body(request, std::span<const std::string_view>(known.begin(), known.size()));
}
// A whole number from the query; `fallback` when absent, nothing when it is none or out of range.
std::optional<std::int64_t> query_number(const http::Request& request, const std::string& name,
                                         std::int64_t fallback, std::int64_t min, std::int64_t max);
http::Response bad_query(const std::string& name, std::string_view accepts);
std::string query_text(const http::Request& request, const std::string& name);

// The person an act is written down for: the one named, else the one whose account is on the other end.
std::variant<std::string, http::Response> acting_person(const domain::Contract& contract,
                                                        const http::Peer& peer, const std::string& as);

// The routes of each file, joined by routes.cc.
std::vector<http::Route> reading_routes(Services& services);
std::vector<http::Route> query_routes(Services& services);
std::vector<http::Route> acting_routes(Services& services);
std::vector<http::Route> obligation_routes(Services& services);
std::vector<http::Route> duty_routes(Services& services);
std::vector<http::Route> deduction_routes(Services& services);
std::vector<http::Route> knowledge_routes(Services& services);
std::vector<http::Route> round_routes(Services& services);
std::vector<http::Route> document_routes(Services& services);
std::vector<http::Route> agent_routes(Services& services);
std::vector<http::Route> notification_routes(Services& services);
std::vector<http::Route> backup_routes(Services& services);
std::vector<http::Route> history_routes(Services& services);
std::vector<http::Route> health_routes(Services& services);

}  // namespace xj::collector

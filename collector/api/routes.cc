#include "collector/api/reply.h"
#include "collector/api/services.h"

namespace xj::collector {

std::vector<http::Route> api_routes(Services& services) {
  std::vector<http::Route> all;
  const auto add = [&](std::vector<http::Route> some) {
    for (auto& route : some) all.push_back(std::move(route));
  };
  add(agent_routes(services));
  add(http::enrolment_routes(
      [&services](std::function<void(http::Enrolment&, Timestamp)> work) {
        return services.engine.post([&services, work = std::move(work)](Pipeline&) {
          work(services.enrolment, services.clock.now());
        });
      },
      services.clock));
  add(reading_routes(services));
  add(query_routes(services));
  add(acting_routes(services));
  add(obligation_routes(services));
  add(deduction_routes(services));
  add(duty_routes(services));
  add(knowledge_routes(services));
  add(round_routes(services));
  add(document_routes(services));
  add(notification_routes(services));
  add(backup_routes(services));
  add(history_routes(services));
  add(health_routes(services));
  return all;
}

}  // namespace xj::collector

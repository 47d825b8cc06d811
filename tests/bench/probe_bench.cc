// CPU of one HTTPS check in a worker: started for it alone, and beside others in the shared one; against a
// server in this process. The trust store is the test's own file, or the system's (which does not know the
// server: the exchange ends there, after the store was read).
//   probe_bench [--exchanges N]
#include <sys/resource.h>

#include <cstdio>
#include <iostream>
#include <thread>

#include "checks/probe_client.h"
#include "checks/shared_probe.h"
#include "tests/fakes/places.h"
#include "tests/integration/http_peer.h"

using namespace xj;

namespace {

double children_cpu_ms() {
  struct rusage u{};
  ::getrusage(RUSAGE_CHILDREN, &u);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return ms(u.ru_utime) + ms(u.ru_stime);
}

checks::ProbeRequest request_to(const std::string& url, const std::string& ca_file) {
  checks::ProbeRequest request;
  request.kind = "http";
  request.params["url"].texts = {url};
  if (!ca_file.empty()) request.params["ca_file"].texts = {ca_file};
  request.params["cert_warn"].texts = request.params["cert_crit"].texts = {"0s"};
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  const int exchanges = argc > 2 ? std::stoi(argv[2]) : 60;
  const SystemClock clock;
  const test::TestPki pki;
  http::ServerConfig config;
  config.people = "127.0.0.1:0";
  config.tls = pki.files();
  const auto page = [](http::Request, const http::Done& done) {
    http::Response response;
    response.body = "ok";
    done(std::move(response));
  };
  http::Server server(config, {{http::Access::open, "GET", "/page", page}}, clock);
  server.start();
  const auto url = "https://" + server.people_address() + "/page";
  const auto program = bin_dir() + "/xunjian-agent-probe";

  bool good = true;
  for (const auto& [name, ca_file, expected] : {std::tuple{"own_trust", pki.dir / "ca.pem", State::ok},
                                                std::tuple{"system_trust", std::string(), State::critical}}) {
    const auto request = request_to(url, ca_file);
    const auto seen = [&, expected = expected](const checks::ProbeAnswer& answer) {
      if (answer.outcome.state == expected) return;
      std::cerr << "probe_bench: " << render(answer.outcome.msg, Lang::en) << '\n';
      good = false;
    };
    const double before = children_cpu_ms();
    for (int i = 0; i < exchanges; ++i) seen(checks::call_probe(program, request, clock));
    while (checks::reap_strays() > 0) ::poll(nullptr, 0, 5);
    const double between = children_cpu_ms();
    {
      checks::SharedProbe shared(program);
      std::vector<checks::SharedProbe::Ticket> under_way;
      int left = exchanges;
      while (left > 0 || !under_way.empty()) {
        while (left > 0 && shared.accepts()) under_way.push_back(shared.send(request, clock.mono())), --left;
        std::vector<pollfd> polled;
        shared.add_polls(polled);
        ::poll(polled.data(), polled.size(), 1000);
        shared.poll(clock.mono());
        std::erase_if(under_way, [&](auto ticket) {
          const auto answer = shared.take(ticket);
          if (answer) seen(answer->lost ? checks::ProbeAnswer{} : answer->answer);
          return answer.has_value();
        });
      }
    }
    while (checks::reap_strays() > 0) ::poll(nullptr, 0, 5);
    const double after = children_cpu_ms();
    std::printf("{\"name\":\"probe_https_%s_cpu_ms_alone\",\"value\":%.3g,\"unit\":\"ms\"}\n", name,
                (between - before) / exchanges);
    std::printf("{\"name\":\"probe_https_%s_cpu_ms_shared\",\"value\":%.3g,\"unit\":\"ms\"}\n", name,
                (after - between) / exchanges);
  }
  server.stop(Duration{1000});
  return good ? 0 : 1;
}

#pragma once
// The handlers over a real pipeline and engine, without a socket: requests in, JSON out.
#include <gtest/gtest.h>

#include "collector/api/services.h"
#include "collector/contract/loader.h"
#include "collector/http/router.h"
#include "collector/pipeline.h"
#include "core/io/file.h"
#include "core/io/pki.h"
#include "tests/fakes/places.h"
#include "tests/fakes/temp_db.h"

namespace xj::collector {

using namespace std::chrono_literals;

// Without the system of the collector itself, which nobody watches here.
inline domain::ContractPtr example() {
  Problems problems;
  const auto contract =
      load_contract(source_dir() + "/config/examples/contracts/office-oa/contract.yaml", {}, problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  auto without = std::make_shared<domain::Contract>(*contract);
  std::erase_if(without->systems, [](const domain::System& system) { return system.id == "operations"; });
  return without;
}

class Api : public testing::Test {
 protected:
  void SetUp() override {
    const auto key = io::make_key();
    const io::Validity validity{clock_.now() - 24h, clock_.now() + 24h * 365};
    authority_ = std::make_unique<io::Authority>(io::Authority::make(key, "test", validity), key);
    db_ = temp_.open();
    const auto dir = temp_.path().substr(0, temp_.path().rfind('/'));
    pipeline_ = std::make_unique<Pipeline>(fs_, *db_, dir, std::vector{example()}, clock_.now(), options());
    engine_ = std::make_unique<Engine>(*pipeline_, clock_);
    enrolment_ = std::make_unique<http::Enrolment>(*db_, *authority_, revoked_, http::EnrolmentOptions{});
    services_ = std::make_unique<Services>(Services{*engine_,
                                                    clock_,
                                                    *enrolment_,
                                                    [this](std::function<void()> work) {
                                                      if (!room_) return false;
                                                      if (later_ != nullptr)
                                                        later_->push_back(std::move(work));
                                                      else
                                                        work();
                                                      return true;
                                                    },
                                                    {},
                                                    [this] { ++dropped_; },
                                                    {},
                                                    {}});
    router_ = std::make_unique<http::Router>(api_routes(*services_));
  }

  static PipelineOptions options() {
    PipelineOptions o;
    o.channels = {{"hook", false}, {"mail", true}};
    return o;
  }

  struct Answered {
    int status = 0;
    Json json;
    std::string body, content_type, retry_after;
  };
  Answered ask(const std::string& method, const std::string& target, const std::string& body = {},
               http::Peer peer = {"", "", "ops1", "unix"}) {
    const auto cut = target.find('?');
    const auto door = peer.agent.empty() ? http::Door::local : http::Door::agents;
    const auto match = router_->find(door, method, target.substr(0, cut), http::Bearer::not_configured);
    if (match.route == nullptr) return {match.refused.status, {}, match.refused.code, {}, {}};
    http::Request request;
    request.method = method;
    request.path = target.substr(0, cut);
    request.params = match.params;
    if (cut != std::string::npos) request.query = *http::parse_query(target.substr(cut + 1));
    request.body = body;
    request.peer = std::move(peer);
    std::optional<http::Response> response;
    match.route->handler(std::move(request), [&](http::Response r) {
      EXPECT_FALSE(response) << "answered twice";
      response = std::move(r);
    });
    for (int i = 0; i < 3 && !response; ++i) engine_->run_once();
    if (!response) {
      ADD_FAILURE() << "never answered: " << target;
      return {};
    }
    Answered out{response->status, {}, response->body, response->content_type, {}};
    for (const auto& [name, value] : response->headers)
      if (name == "Retry-After") out.retry_after = value;
    auto parsed = parse_json(response->body);
    if (auto* json = std::get_if<Json>(&parsed)) out.json = std::move(*json);
    return out;
  }

  Answered send(const std::string& agent, const std::string& check, State state, Message message = {}) {
    Result r;
    r.n = ++n_;
    r.check = check;
    r.slot = clock_.now();
    r.state = state;
    r.msg = std::move(message);
    r.metrics = {{"used_percent", 97.5}};
    wire::Batch batch;
    batch.epoch = "e1-" + agent;
    batch.sent = clock_.now();
    batch.results = {r};
    return ask("POST", "/v1/results", wire::encode(batch), {agent, "01", "", "192.0.2.1"});
  }
  // The database's port refuses twice, which is two attempts: an incident.
  void break_database() {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(send("oa-db-01", "office-oa/oa/db-port", State::critical,
                     {"core.param_missing", {{"name", "port"}}})
                    .status,
                200);
      clock_.advance(60s);
    }
  }
  std::string only_case() {
    const auto list = ask("GET", "/api/v1/cases?open=true").json["cases"];
    EXPECT_EQ(list.size(), 1U);
    return list.at(0)["number"].string_or("");
  }

  ManualClock clock_{parse_iso("2026-11-20T09:00:00+08:00").value()};
  test::TempDb temp_;
  io::PosixFileSystem fs_;
  std::unique_ptr<io::Db> db_;
  std::unique_ptr<io::Authority> authority_;
  http::RevocationList revoked_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<http::Enrolment> enrolment_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<http::Router> router_;
  bool room_ = true;                                     // in the background
  std::vector<std::function<void()>>* later_ = nullptr;  // else at once
  int dropped_ = 0;
  std::uint64_t n_ = 0;
};

}  // namespace xj::collector

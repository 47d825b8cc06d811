#include "tests/e2e/lossy_agents.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>

#include "core/io/http_client.h"
#include "core/time.h"
#include "core/wire.h"
#include "tests/fakes/identity.h"

namespace xj::e2e {
namespace {

constexpr std::uint64_t kBatch = 25;

// The next that are neither accepted nor refused, and sometimes a few before them, as after a lost answer.
std::vector<std::uint64_t> next_of(const std::set<std::uint64_t>& open, std::uint64_t allowed,
                                   std::uint64_t back) {
  std::vector<std::uint64_t> out;
  const auto first = *open.begin();
  if (first > back)
    for (auto n = first - back; n < first; ++n) out.push_back(n);
  for (auto it = open.begin(); it != open.end() && *it <= allowed && out.size() < kBatch; ++it)
    out.push_back(*it);
  return out;
}

}  // namespace

void Reckoning::expect_each_once() const {
  EXPECT_FALSE(acknowledged.empty());
  EXPECT_TRUE(lost.empty()) << "the first: " << lost.begin()->first << " result " << lost.begin()->second;
  EXPECT_TRUE(doubled.empty()) << "the first: " << doubled.begin()->first << " result "
                               << doubled.begin()->second;
}

void Reckoning::print(int kills) const {
  std::printf("kills=%d acknowledged=%zu lost=%zu doubled=%zu\n", kills, acknowledged.size(), lost.size(),
              doubled.size());
}

LossyAgents::LossyAgents(const TempDir& dir, std::string data_dir, std::string port, Plan plan)
    : dir_(dir), data_dir_(std::move(data_dir)), port_(std::move(port)), plan_(std::move(plan)) {
  void* page = ::mmap(nullptr, sizeof *allowed_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared page");
  allowed_ = new (page) std::atomic<std::uint64_t>{0};
  const auto test = ::getpid();
  for (int agent = 0; agent < plan_.agents; ++agent) {
    const auto pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork failed");
    if (pid == 0) run(agent, test);
    processes_.push_back(pid);
  }
}

LossyAgents::~LossyAgents() {
  for (const auto pid : processes_) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  ::munmap(allowed_, sizeof *allowed_);
}

bool LossyAgents::finish() {
  allow(plan_.results);
  bool well = true;
  for (const auto pid : processes_) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    std::fprintf(stderr, "an agent ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    well = false;
  }
  processes_.clear();
  return well;
}

std::set<std::uint64_t> LossyAgents::acknowledged(int agent) const {
  std::ifstream in(ledger(agent));
  std::set<std::uint64_t> out;
  for (std::uint64_t n = 0; in >> n;) out.insert(n);
  return out;
}

std::size_t LossyAgents::acknowledged() const {
  std::size_t sum = 0;
  for (int agent = 0; agent < plan_.agents; ++agent) sum += acknowledged(agent).size();
  return sum;
}

void LossyAgents::hold_against(const std::multiset<std::uint64_t>& found, int agent,
                               Reckoning& reckoning) const {
  const auto name = name_of(agent);
  const auto told = acknowledged(agent);
  EXPECT_EQ(told.size(), plan_.results) << name;
  EXPECT_EQ(found.size(), plan_.results) << name;
  for (const auto n : told) {
    reckoning.acknowledged.emplace(name, n);
    if (const auto times = found.count(n); times != 1)
      (times == 0 ? reckoning.lost : reckoning.doubled).emplace(name, n);
  }
}

void LossyAgents::run(int agent, pid_t test) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != test) ::_exit(6);
  std::mt19937_64 random(static_cast<std::uint64_t>(agent) + 17);
  std::ofstream ledger(this->ledger(agent));
  const auto client = io::make_http_client(
      "https://localhost:" + port_,
      fakes::make_identity(fakes::authority_of(data_dir_), data_dir_, name_of(agent), dir_.path()));
  std::set<std::uint64_t> open;  // neither accepted nor refused so far
  for (std::uint64_t n = 1; n <= plan_.results; ++n) open.insert(n);
  const auto give_up = std::chrono::steady_clock::now() + plan_.patience;
  while (!open.empty() && std::chrono::steady_clock::now() < give_up) {
    const auto allowed = allowed_->load();
    if (*open.begin() > allowed) {
      ::usleep(2'000);
      continue;
    }
    wire::Batch batch;
    batch.epoch = "life-1";
    batch.sent = SystemClock().now();
    for (const auto n : next_of(open, allowed, random() % 5)) {
      batch.results.push_back(plan_.result(agent, n));
      batch.results.back().n = n;
    }
    io::HttpRequest request{
        "POST", "/v1/results", {{"Content-Type", "application/json"}}, wire::encode(batch)};
    // Every fifth answer is not waited for: the connection is cut when the batch is just there.
    const bool lose = random() % 5 == 0;
    const auto result =
        client->send(request, lose ? Duration{static_cast<std::int64_t>(1 + random() % 3)} : Duration{3'000});
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr || response->status != 200) {
      client->close();
      ::usleep(5'000);
      continue;
    }
    const auto answer = wire::decode_answer(response->body);
    if (!std::holds_alternative<wire::Answer>(answer)) ::_exit(3);
    if (!std::get<wire::Answer>(answer).refused.empty()) ::_exit(4);
    for (const auto& [first, last] : std::get<wire::Answer>(answer).accepted)
      for (auto n = first; n <= last; ++n) {
        open.erase(n);
        ledger << n << '\n';
      }
    ledger.flush();
    ::usleep(static_cast<useconds_t>(random() % 25'000));
  }
  ::_exit(open.empty() ? 0 : 5);
}

}  // namespace xj::e2e

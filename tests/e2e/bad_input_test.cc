// What the shipped programs do with what they should not be given: broken and hostile requests, strange
// certificates, wrong clocks, a full disk. docs/wire.md, docs/security.md.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "core/io/http_client.h"
#include "core/io/pki.h"
#include "core/json.h"
#include "core/wire.h"
#include "tests/e2e/process.h"
#include "tests/fakes/contract_yaml.h"
#include "tests/fakes/held_port.h"
#include "tests/fakes/identity.h"

namespace xj::e2e {
namespace {

using namespace std::chrono_literals;

std::string small_contract() {
  return fakes::contract_yaml("bad", R"(  app:
    title: 应用
    hosts: [host-1]
    checks:
      cpu: {title: 处理器, kind: cpu, interval: 1s, attempts: 1, stale_after: 1h}
)");
}

int connect_to(const sockaddr* address, socklen_t size, int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, address, size) != 0) throw std::runtime_error("cannot connect");
  const timeval limit{120, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}
int connect_port(int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  return connect_to(reinterpret_cast<sockaddr*>(&a), sizeof a, AF_INET);
}
int connect_socket(const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  path.copy(a.sun_path, sizeof a.sun_path - 1);
  return connect_to(reinterpret_cast<sockaddr*>(&a), sizeof a, AF_UNIX);
}
std::string read_to_end(int fd) {
  std::string all;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  return all;
}

struct Answered {
  int status = 0;  // 0: there was no answer
  io::HttpFailure failure{};
  std::string body;
  Json json;
  std::optional<wire::Answer> answer;
  std::optional<std::string> retry_after;
};

class BadInput : public ::testing::Test {
 protected:
  void TearDown() override {
    if (!collector_.running()) return;
    collector_.signal(SIGTERM);
    EXPECT_EQ(collector_.wait(), 0) << log();
  }

  void start(const std::string& data_dir, const std::vector<std::string>& prefix = {}) {
    data_ = data_dir;
    const auto contract = dir_.write("contract.yaml", small_contract());
    const auto config = dir_.write(
        "collector.yaml", "data_dir: " + data_ + "\nlisten: {agents: \"127.0.0.1:" + std::to_string(port_) +
                              "\", people: \"127.0.0.1:0\", socket: \"" + (dir_ / "socket") +
                              "\"}\nnames: [localhost, 127.0.0.1]\n" + "contracts: [" + contract + "]\n");
    command_ = prefix;
    for (const auto& word :
         {program("xunjian-collector"), std::string("serve"), std::string("--config"), config})
      command_.push_back(word);
    again();
  }
  void start() { start(dir_ / "data"); }
  void again() {
    collector_ = Process(command_, dir_ / "collector.log");
    ASSERT_TRUE(wait_until([&] { return get("/healthz")["ok"].bool_or(false); })) << log();
  }
  std::string log() const { return read_file(dir_ / "collector.log"); }

  Json get(const std::string& target) const {
    const auto client = io::make_http_client("unix:" + (dir_ / "socket"), {});
    const auto result = client->send({"GET", target, {}, {}}, Duration{60'000});
    const auto* response = std::get_if<io::HttpResponse>(&result);
    if (response == nullptr) return {};
    auto json = parse_json(response->body);
    return std::holds_alternative<Json>(json) ? std::get<Json>(json) : Json{};
  }
  std::size_t cases() const { return get("/api/v1/cases")["cases"].size(); }

  // An `authority` other than the collector's own makes a stranger.
  io::TlsIdentity identity(const std::string& name, const io::Authority& authority) const {
    return fakes::make_identity(authority, data_, name, dir_.path());
  }
  io::TlsIdentity agent(const std::string& name = "host-1") const {
    return identity(name, fakes::authority_of(data_));
  }

  Answered post(const io::TlsIdentity& me, std::string body, bool zstd = false) const {
    const auto client = io::make_http_client("https://localhost:" + std::to_string(port_), me);
    io::HttpRequest request{"POST", "/v1/results", {{"Content-Type", "application/json"}}, std::move(body)};
    if (zstd) request.headers.emplace_back("Content-Encoding", "zstd");
    const auto result = client->send(request, Duration{60'000});
    Answered out;
    if (const auto* error = std::get_if<io::HttpError>(&result)) {
      out.failure = error->kind;
      return out;
    }
    const auto& response = std::get<io::HttpResponse>(result);
    out.status = response.status;
    out.body = response.body;
    for (const auto& [name, value] : response.headers)
      if (name == "retry-after" || name == "Retry-After") out.retry_after = value;
    if (auto json = parse_json(out.body); std::holds_alternative<Json>(json)) out.json = std::get<Json>(json);
    if (out.status == 200)
      if (auto answer = wire::decode_answer(out.body); std::holds_alternative<wire::Answer>(answer))
        out.answer = std::get<wire::Answer>(answer);
    return out;
  }

  static wire::Batch batch(std::uint64_t first, std::size_t count, Timestamp base,
                           const std::string& check = "local/x") {
    wire::Batch out;
    out.epoch = "bad-1";
    out.sent = SystemClock().now();
    for (std::size_t i = 0; i < count; ++i) {
      Result result;
      result.n = first + i;
      result.check = check;
      result.slot = base + Duration{static_cast<std::int64_t>(result.n) * 1'000};
      result.metrics = {{"n", static_cast<std::int64_t>(result.n)}};
      out.results.push_back(std::move(result));
    }
    return out;
  }
  std::multiset<std::uint64_t> held(const std::string& check = "local/x") const {
    std::multiset<std::uint64_t> out;
    const auto json = get("/api/v1/results?limit=10000&host=host-1&check=" + check);
    for (const auto& sample : json["results"].items())
      out.insert(static_cast<std::uint64_t>(sample["metrics"]["n"].int_or(0)));
    return out;
  }
  static Timestamp past() { return from_ms(to_ms(SystemClock().now()) / 1'000 * 1'000 - 7'200'000); }

  // Batches until the disk is full, room again, and everything once more from the disk.
  void fill_and_recover(std::size_t results, const std::function<void()>& take_room,
                        const std::function<void()>& give_room) {
    const auto me = agent();
    const auto base = past();
    std::uint64_t next = 1;
    std::set<std::uint64_t> told;
    const auto send = [&] {
      auto one = batch(next, results, base);
      for (auto& result : one.results) {
        result.slot =
            base + Duration{static_cast<std::int64_t>(result.n) * 10};  // many, and none ahead of now
        result.rows = {{io::random_hex(4'000)}};  // noise does not compress; the journal keeps it whole
      }
      const auto got = post(me, wire::encode(one));
      if (got.answer)
        for (const auto& [first, last] : got.answer->accepted)
          for (auto n = first; n <= last; ++n) told.insert(n);
      return got;
    };
    ASSERT_EQ(send().status, 200) << log();
    next += results;
    take_room();
    Answered refused;
    for (int i = 0; i < 200 && refused.status == 0; ++i) {
      auto got = send();
      ASSERT_NE(got.status, 0) << "a full disk must be said, not hung up on\n" << log();
      if (got.status == 200)
        next += results;
      else
        refused = std::move(got);
    }
    EXPECT_EQ(refused.status, 503) << refused.body << log();
    EXPECT_TRUE(refused.retry_after.has_value());
    EXPECT_EQ(refused.json["error"]["code"].string_or(""), "unavailable") << refused.body;
    EXPECT_FALSE(refused.json["error"]["detail"].string_or("").empty()) << refused.body;
    EXPECT_FALSE(get("/healthz")["ok"].bool_or(true)) << "whoever watches the collector is told";
    EXPECT_TRUE(collector_.running());
    EXPECT_NE(log().find("ingest is refused"), std::string::npos) << log();

    give_room();
    ASSERT_TRUE(wait_until([&] { return send().status == 200; })) << log();
    EXPECT_EQ(told.size(), next + results - 1) << "the refused batch was taken under its own numbers";
    ASSERT_TRUE(wait_until([&] { return get("/healthz")["ok"].bool_or(false); })) << log();
    for (int life = 0; life < 2; ++life) {
      const auto found = held();
      EXPECT_EQ(found.size(), told.size());
      for (const auto n : told) ASSERT_EQ(found.count(n), 1u) << n << " life " << life << '\n' << log();
      if (life == 0) {
        collector_.kill_hard();
        again();
      }
    }
  }

  // The shell only sees to it that the limit is an error of write(2) and not the end of the process.
  const std::vector<std::string> kNoSignalAtLimit{"/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"};
  void limit_files(rlim_t bytes) const {
    rlimit old{};
    ASSERT_EQ(::prlimit(collector_.pid(), RLIMIT_FSIZE, nullptr, &old), 0);
    const rlimit fresh{bytes, old.rlim_max};
    ASSERT_EQ(::prlimit(collector_.pid(), RLIMIT_FSIZE, &fresh, nullptr), 0);
  }

  TempDir dir_;
  std::string data_;
  const test::HeldPort held_port_;
  const int port_ = held_port_.number();
  std::vector<std::string> command_;
  Process collector_;
};

TEST_F(BadInput, WhatCannotBeReadIsRefusedWholeAndSaysWhy) {
  start();
  const auto me = agent();
  const auto good = wire::encode(batch(1, 3, past()));
  const auto code = [](const Answered& a) { return a.json["error"]["code"].string_or(""); };

  for (const auto& bad : {std::string("{"), good.substr(0, good.size() / 2), std::string("[]"), std::string(),
                          std::string("\xff\xfe"), std::string(100'000, '['), good + "x"}) {
    const auto got = post(me, bad);
    EXPECT_EQ(got.status, 400) << bad.substr(0, 80);
    EXPECT_EQ(code(got), "malformed_batch") << got.body;
    EXPECT_FALSE(got.json["error"]["detail"].string_or("").empty()) << got.body;
    EXPECT_EQ(got.json["error"]["message"]["id"].string_or(""), "collector.http.malformed_batch");
  }
  EXPECT_EQ(post(me, "not zstd", true).status, 400);

  auto other = good;
  other.replace(other.find("\"v\":1"), 5, "\"v\":7");
  const auto version = post(me, other);
  EXPECT_EQ(version.status, 426) << version.body;
  EXPECT_EQ(version.json["error"]["supported"].at(0).int_or(0), wire::kVersion) << version.body;

  EXPECT_EQ(post(me, std::string(9u << 20, ' ')).status, 413);
  EXPECT_EQ(post(me, wire::deflate(std::string(64u << 20, ' ')), true).status, 413)
      << "packed small, huge inside";
  EXPECT_EQ(post(me, wire::encode(batch(1, 10'001, past()))).status, 413);

  // One bad result does not take the others with it, and after all of that the collector is as it was.
  auto mixed = batch(1, 3, past());
  mixed.results[1].check = "bad/app/not-there";
  const auto got = post(me, wire::encode(mixed));
  ASSERT_TRUE(got.answer) << got.body;
  EXPECT_EQ(got.answer->accepted, (std::vector<wire::Range>{{1, 1}, {3, 3}}));
  ASSERT_EQ(got.answer->refused.size(), 1u);
  EXPECT_EQ(got.answer->refused[0].code, "unknown_check");
  EXPECT_EQ(held(), (std::multiset<std::uint64_t>{1, 3}));
}

TEST_F(BadInput, ARepeatHasNoEffectAndOtherContentIsAConflict) {
  start();
  const auto me = agent();
  const auto first = batch(1, 5, past());
  const auto body = wire::encode(first);
  for (int again = 0; again < 3; ++again) {
    const auto got = post(me, body);
    ASSERT_TRUE(got.answer) << got.body;
    EXPECT_EQ(got.answer->accepted, (std::vector<wire::Range>{{1, 5}}));
    EXPECT_EQ(got.answer->have, 5u);
  }
  EXPECT_EQ(held().size(), 5u);
  auto forged = first;
  forged.results[2].metrics = {{"n", std::int64_t{999}}};
  for (int life = 0; life < 2; ++life) {
    const auto got = post(me, wire::encode(forged));
    ASSERT_TRUE(got.answer) << got.body;
    EXPECT_EQ(got.answer->accepted, (std::vector<wire::Range>{{1, 2}, {4, 5}}));
    ASSERT_EQ(got.answer->refused.size(), 1u);
    EXPECT_EQ(got.answer->refused[0].n, 3u);
    EXPECT_EQ(got.answer->refused[0].code, "conflict");
    EXPECT_EQ(held(), (std::multiset<std::uint64_t>{1, 2, 3, 4, 5}));
    collector_.kill_hard();
    again();  // it is remembered across a crash
  }
  // Another agent's numbers are its own.
  const auto other = post(agent("host-2"), wire::encode(forged));
  ASSERT_TRUE(other.answer) << other.body;
  EXPECT_EQ(other.answer->accepted, (std::vector<wire::Range>{{1, 5}}));
  EXPECT_EQ(held().size(), 5u);
}

TEST_F(BadInput, OnlyItsOwnCertificatesOpenTheAgentsDoor) {
  start();
  const auto body = wire::encode(batch(1, 2, past()));
  auto nobody = agent();
  nobody.cert_file = nobody.key_file = {};
  const auto bare = post(nobody, body);
  EXPECT_TRUE(bare.status == 0 || bare.status == 401) << bare.body;

  const auto key = io::make_key();
  const auto now = SystemClock().now();
  const io::Authority stranger(
      io::Authority::make(key, "xunjian", {now - Duration{3'600'000}, now + Duration{3'600'000}}), key);
  const auto forged = post(identity("host-1", stranger), body);
  EXPECT_EQ(forged.status, 0) << forged.body;
  EXPECT_EQ(forged.failure, io::HttpFailure::tls_rejected_us);

  const int plain = connect_port(port_);
  const std::string request = "POST /v1/results HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  ASSERT_GT(::write(plain, request.data(), request.size()), 0);
  const auto told = read_to_end(plain);
  ::close(plain);
  EXPECT_TRUE(told.starts_with("HTTP/1.1 400 ")) << told;
  EXPECT_NE(told.find("HTTPS"), std::string::npos) << told;

  EXPECT_TRUE(held().empty());
  EXPECT_EQ(post(agent(), body).status, 200);
  EXPECT_EQ(held().size(), 2u);
}

TEST_F(BadInput, ASlowPeerIsEndedAndHoldsUpNobody) {
  start();
  const auto me = agent();
  const auto began = std::chrono::steady_clock::now();
  const auto since = [&] { return std::chrono::steady_clock::now() - began; };
  const int mute = connect_port(port_);              // never begins its handshake: 10 s
  const int drip = connect_socket(dir_ / "socket");  // a byte now and then: 30 s, however they drip
  const std::string head = "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ";
  ASSERT_GT(::write(drip, head.data(), head.size()), 0);
  std::uint64_t n = 1;
  std::optional<std::chrono::steady_clock::duration> mute_ended;
  std::string answer;
  while (since() < 150s && answer.empty()) {
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(post(me, wire::encode(batch(n++, 1, past()))).status, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 9s) << "others are served meanwhile";
    char byte = 0;
    if (!mute_ended && ::recv(mute, &byte, 1, MSG_DONTWAIT) == 0) mute_ended = since();
    char buffer[512];
    const auto got = ::recv(drip, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got == 0) break;
    if (got > 0)
      answer.assign(buffer, static_cast<std::size_t>(got));
    else
      (void)!::send(drip, "a", 1, MSG_NOSIGNAL);
    ::usleep(500'000);
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_GT(since(), 25s);
  EXPECT_LT(since(), 100s) << "every byte has bought it more time";
  ASSERT_TRUE(mute_ended.has_value());
  EXPECT_GT(*mute_ended, 8s);
  EXPECT_LT(*mute_ended, 100s);
  ::close(mute);
  ::close(drip);
}

TEST_F(BadInput, AWrongClockIsMeasuredAndRaisesNoAlarm) {
  start();
  const auto me = agent();
  const std::string check = "bad/app/cpu";
  std::uint64_t n = 1;
  const auto send = [&](Duration clock, Duration slot) {
    const auto now = SystemClock().now();
    auto one = batch(n, 1, now, check);
    one.sent = now + clock;
    one.results[0].slot = now + slot;
    ++n;
    return post(me, wire::encode(one));
  };
  const Duration hour{3'600'000}, day{24 * 3'600'000};
  // Its clock is wrong, so is its slot, by the same: it is put where it belongs.
  for (const auto clock : {hour, Duration{0} - day, Duration{0}, hour * 12}) {
    const auto got = send(clock, clock);
    ASSERT_TRUE(got.answer) << got.body;
    EXPECT_TRUE(got.answer->refused.empty()) << got.body;
    // The agent learns of it from the collector's clock in the answer.
    EXPECT_LT(std::chrono::abs(got.answer->now - SystemClock().now()), Duration{300'000});
    const auto offset = get("/api/v1/hosts")["hosts"].at(0)["offset_ms"].int_or(1);
    EXPECT_LT(std::abs(offset + clock.count()), 300'000) << offset;
    ::usleep(1'100'000);
  }
  const auto results = get("/api/v1/results?limit=100&host=host-1&check=" + check);
  EXPECT_EQ(results["results"].size(), 4u) << results.pretty();
  for (const auto& one : results["results"].items()) {
    const auto slot = parse_iso(one["slot"].string_or(""));
    ASSERT_TRUE(slot) << results.pretty();
    EXPECT_LT(std::chrono::abs(*slot - SystemClock().now()), Duration{600'000}) << results.pretty();
  }
  // Its clock is right and the slot is not: an hour ahead cannot be, a day back may be late and changes no
  // state; the months before that are not kept.
  const auto ahead = send(Duration{0}, hour);
  ASSERT_TRUE(ahead.answer && ahead.answer->refused.size() == 1) << ahead.body;
  EXPECT_EQ(ahead.answer->refused[0].code, "future");
  const auto behind = send(Duration{0}, Duration{0} - day);
  EXPECT_TRUE(behind.answer && behind.answer->refused.empty()) << behind.body;
  const auto ancient = send(Duration{0}, day * -400);
  ASSERT_TRUE(ancient.answer && ancient.answer->refused.size() == 1) << ancient.body;
  EXPECT_EQ(ancient.answer->refused[0].code, "too_old");
  ::usleep(2'500'000);  // two ticks
  EXPECT_EQ(cases(), 0u) << get("/api/v1/cases").pretty();
}

// A limit on the size of files stands for a full disk.
TEST_F(BadInput, AFullDiskRefusesLosesNothingAndRecovers) {
  start(dir_ / "data", kNoSignalAtLimit);
  fill_and_recover(20, [&] { limit_files(600'000); }, [&] { limit_files(RLIM_INFINITY); });
}

// How a program gets mounts of its own here: as root, else as root of a user namespace. Empty: neither is
// allowed (an unprivileged container).
std::vector<std::string> own_mounts(const std::string& dir) {
  for (const auto& words : {std::vector<std::string>{"unshare", "--mount"},
                            std::vector<std::string>{"unshare", "--mount", "--user", "--map-root-user"}}) {
    auto probe = words;
    for (const auto* word : {"mount", "-t", "tmpfs", "none"}) probe.push_back(word);
    probe.push_back(dir);
    if (run(probe).code == 0) return words;
  }
  return {};
}

// And a disk that really is: a small one of this test's own, in a mount namespace that ends with it. The test
// runs itself again inside; where nothing may be mounted it fills its share by the limit on files once more,
// with the same batches, rather than claim something it has not looked at.
TEST_F(BadInput, AFullTmpfsRefusesLosesNothingAndRecovers) {
  constexpr const char* kInside = "XJ_INSIDE_OWN_MOUNTS";
  const auto disk = dir_ / "disk";
  std::filesystem::create_directories(disk);
  if (std::getenv(kInside) == nullptr) {
    auto inside = own_mounts(disk);
    if (inside.empty()) {
      std::printf("nothing may be mounted here: a limit on the size of files stands for the full disk\n");
      start(disk + "/data", kNoSignalAtLimit);
      fill_and_recover(100, [&] { limit_files(3'000'000); }, [&] { limit_files(RLIM_INFINITY); });
      return;
    }
    const auto* self = ::testing::UnitTest::GetInstance()->current_test_info();
    inside.push_back(std::filesystem::read_symlink("/proc/self/exe"));
    inside.push_back("--gtest_filter=" + std::string(self->test_suite_name()) + "." + self->name());
    const auto got = run(inside, {std::string(kInside) + "=1"}, 400s);
    EXPECT_EQ(got.code, 0) << got.out << got.err;
    EXPECT_NE(got.out.find("[  PASSED  ] 1 test."), std::string::npos) << got.out << got.err;
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // unshare(1) has made the kernel forget it
  ASSERT_EQ(::mount("none", disk.c_str(), "tmpfs", 0, "size=160m"), 0) << std::strerror(errno);
  start(disk + "/data");
  const auto filler = disk + "/filler";
  fill_and_recover(
      100,
      [&] {
        const int fd = ::open(filler.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        const std::string block(64u << 10, 'x');
        while (::write(fd, block.data(), block.size()) > 0) {
        }
        EXPECT_EQ(errno, ENOSPC);
        ::close(fd);
      },
      [&] { std::filesystem::remove(filler); });
  collector_.signal(SIGTERM);
  EXPECT_EQ(collector_.wait(), 0) << log();
  ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace xj::e2e

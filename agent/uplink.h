#pragma once
// From the spool to the collector: what to ask next and what an answer means. It sees no socket and no clock;
// the loop drives it with the time and with what its transport says.
//
// One request at a time, in this order: a renewal that is due, an assignment the collector says is newer,
// live results, backlog. Live results wait for company (`every`), except after a change of state; the backlog
// goes at `replay_rate`. After a failure everything waits: 1 s, doubling to 60 s, half of it a jitter from
// the agent's name so that a site does not come back in one second; where 429 and 503 say how long, a jitter
// that grows comes on top. A 429 to the backlog puts off the backlog alone.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/spool.h"
#include "core/io/http_client.h"
#include "core/wire.h"

namespace xj::agent {

// One connection of which at most one request is under way; HttpConnection behind it, or a fake.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void start(io::HttpRequest request, MonoTime now, MonoTime deadline) = 0;
  virtual bool busy() const = 0;
  virtual bool finished() const = 0;
  virtual io::HttpConnection::Want want() const = 0;
  virtual void on_ready(MonoTime now) = 0;
  virtual io::HttpResult take() = 0;
};

struct UplinkOptions {
  std::string agent;  // seeds the jitter
  Duration timeout{30'000};
  Duration every{5'000};
  int replay_rate = 2'000;  // results a second
};

struct UplinkStatus {
  bool connected = false;          // the last request was answered as hoped
  Message trouble;                 // why not
  std::optional<Timestamp> since;  // when the trouble began
  std::optional<Duration> offset;  // collector's clock minus ours, as far as a request can tell
  std::uint64_t requests = 0, failures = 0;
};

// Owned by one thread; spool and transport are borrowed.
class Uplink {
 public:
  static constexpr std::size_t kMaxResults = 1'000;  // in a request
  static constexpr Duration kMaxBackOff{60'000};
  static constexpr Duration kMaxSpread{30'000};  // behind the moment a collector named
  static constexpr Duration kHeartbeat{30'000};  // an empty batch when nothing else was sent that long
  static constexpr Duration kAskAgain{60'000};   // after an assignment could not be had

  Uplink(Spool& spool, Transport& transport, UplinkOptions options);
  void set_options(UplinkOptions options) { options_ = std::move(options); }

  static constexpr int kGiveUpAtOnce = 3;  // unreadable results in a row before each one costs a back-off

  // A result was appended; `urgent`: it says something new and should not wait for company.
  void appended(MonoTime mono, bool urgent);
  // The revision the agent runs, empty before the first. At the start it is compared with the collector's.
  void set_revision(const std::string& revision) { revision_ = revision; }
  // Sends this certificate request until there is an answer.
  void renew(std::string csr) { csr_ = std::move(csr); }
  bool renewing() const { return !csr_.empty(); }

  // Takes what has come and starts what is due. Call after each wait.
  void step(Timestamp now, MonoTime mono);
  MonoTime next(MonoTime mono) const;  // of step(), besides what the transport waits for

  // What came, each once.
  std::optional<wire::Assignment> take_assignment();
  std::vector<wire::Command> take_commands();
  std::optional<std::string> take_certificate();  // PEM
  std::vector<std::string> take_log();            // lines in English: trouble that began, changed or ended

  UplinkStatus status() const { return status_; }

 private:
  enum class Asking { nothing, results, assignment, renewal };
  Asking due(Timestamp now, MonoTime mono);
  void ask(Asking what, Timestamp now, MonoTime mono);
  void answered(io::HttpResult result, Timestamp now, MonoTime mono);
  void answered_results(const io::HttpResponse& response, Timestamp now, MonoTime mono);
  void answered_assignment(const io::HttpResponse& response, Timestamp now, MonoTime mono);
  void answered_renewal(const io::HttpResponse& response, Timestamp now, MonoTime mono);
  void refused_batch(const std::string& code, const Message& why, Timestamp now, MonoTime mono);
  void failed(Message why, Timestamp now, MonoTime mono, std::optional<Duration> wait = {});
  void succeeded();
  void put_off_replay(MonoTime mono, std::optional<Duration> wait);
  Duration random_up_to(Duration most);
  Duration back_off();
  Duration spread(Duration told, int times);

  Spool& spool_;
  Transport& transport_;
  UplinkOptions options_;

  Asking asking_ = Asking::nothing;
  wire::Lane lane_ = wire::Lane::live;  // of the next batch
  SpoolPiece piece_;                    // under way, without the bytes
  Timestamp asked_at_{};

  std::string revision_;
  std::optional<std::string> wanted_;  // what the collector said last; empty before the first answer
  std::string heard_;                  // revision named by the newest answer
  std::string csr_;
  std::optional<MonoTime> oldest_live_;  // when the first result that waits for company came
  bool urgent_ = false;
  std::size_t max_results_ = kMaxResults;
  MonoTime retry_at_{}, replay_at_{}, assignment_at_{}, renewal_at_{};
  std::optional<MonoTime> last_sent_;
  int failures_in_a_row_ = 0;
  int replays_put_off_ = 0;    // in a row
  int given_up_in_a_row_ = 0;  // single results the collector could not read
  std::uint64_t random_ = 0;

  std::optional<wire::Assignment> assignment_;
  std::vector<wire::Command> commands_;
  std::optional<std::string> certificate_;
  UplinkStatus status_;
  std::vector<std::string> lines_;
};

// The words of a refusal in the API's form, or its status.
Message refusal_of(const io::HttpResponse& response);

}  // namespace xj::agent

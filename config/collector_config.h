#pragma once
// The collector's own file: where it listens, keeps and delivers; what it is bound to stands in the
// contracts.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/fault.h"
#include "core/time.h"

namespace xj::config {

// Mail goes to the people of the contract; secrets are files, never values.
struct EmailChannel {
  std::string url;  // smtp://host:port (STARTTLS as `tls` says) or smtps://host:port
  std::string from;
  std::string user;           // empty: no login
  std::string password_file;  // absolute; required with a user
  std::string ca_file;        // empty: the system's
  enum class Tls { required, when_offered, never } tls = Tls::required;
  Duration timeout{30'000};
};
struct WebhookChannel {
  std::string url;
  std::string token_file;   // absolute; sent as "Authorization: Bearer …"
  std::string secret_file;  // absolute; signs what is sent
  std::string ca_file;
  Duration timeout{10'000};
  std::string body;  // JSON with {{id}}, {{subject}}, {{text}}, {{person}}, {{event}}; empty: the plain form
  std::string accept;  // "errcode=0": what the JSON answer must say; empty: the status decides
};
using Channel = std::variant<EmailChannel, WebhookChannel>;

struct CollectorConfig {
  std::string file;
  std::string data_dir = "/var/lib/xunjian-collector";
  struct Listen {
    std::string agents = "0.0.0.0:7443";  // mutual TLS; "host:port", "[v6]:port", port 0: any free one
    std::string people = "127.0.0.1:7444";
    std::string socket = "/run/xunjian/collector.sock";
    std::string
        people_token_file;  // bearer token for reading over TCP; empty: only the socket answers people
    int threads = 1;        // I/O threads
  } listen;
  std::vector<std::string>
      names;  // DNS names or addresses in the server certificate; the first is the public one
  std::vector<std::string>
      contracts;  // absolute paths of contract files, or folders with contract.yaml in or below
  std::vector<std::string> holidays;  // absolute paths of holiday CSVs
  std::map<std::string, Channel> channels;
  struct Enrolment {
    Duration certificate_life = std::chrono::hours{24 * 90};  // agents renew by themselves at a third left
    Duration token_life = std::chrono::hours{24};
  } enrolment;
  Duration tick{1'000};
  struct Retention {
    Duration history = std::chrono::hours{24 * 400};
    // Free room of data_dir's file system below which the oldest days of history go: the smaller of both, one
    // of them 0 when the file says.
    std::int64_t min_free_bytes = std::int64_t{2} << 30;
    double min_free_percent = 5;
    int min_days = 7;                                       // that room does not take
    Duration notifications = std::chrono::hours{24 * 400};  // those delivered, refused or given up
    Duration rollups = std::chrono::hours{24 * 3'700};      // as far back as a question may reach
  } retention;
};

CollectorConfig read_collector_config(std::string_view yaml, const std::string& file, Problems& problems,
                                      std::set<std::string>* asked = nullptr);
CollectorConfig load_collector_config(const std::string& path, Problems& problems);

}  // namespace xj::config

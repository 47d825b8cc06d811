#pragma once
// The seam of everything that carries a message out of the house. One implementation a file, one row in
// builtin.cc; tests/fakes holds a twin that fails on demand.
#include <string>
#include <string_view>

#include "core/time.h"

namespace xj::collector {

// Ready to send: already in the recipient's language.
struct OutMessage {
  std::string key;      // the same at every attempt; Message-ID, Idempotency-Key
  std::string to;       // address in the channel's own form; empty for a webhook
  std::string person;   // id in the contract, may be empty
  std::string subject;  // one line, UTF-8
  std::string text;     // paragraphs by '\n', UTF-8
  std::string event;    // JSON object
  Timestamp created;    // when the event was committed
};

enum class Outcome {
  delivered,  // the peer took responsibility for it
  retry,      // may work later: no connection, time-out, 4xx of SMTP, 5xx of HTTP
  refused,    // will never work as it is: unknown recipient, bad address, HTTP 4xx
};
std::string_view to_text(Outcome outcome);

struct Delivery {
  Outcome outcome = Outcome::retry;
  std::string reason;       // English, for the log and last_error; without secrets
  Duration retry_after{0};  // asked for by the peer; zero: the dispatcher's own schedule
};

// Used by one thread. send() blocks no longer than the channel's own timeout and does not throw for anything
// the network or the peer does.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Delivery send(const OutMessage& message, Timestamp now) = 0;
};

}  // namespace xj::collector

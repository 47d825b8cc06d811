#pragma once
// Notifications waiting to go out. The engine adds rows in the transaction that commits the case events they
// tell of; the dispatcher (its own thread, its own Db) takes due rows and records what became of them. At
// least once: a row is marked only after the channel answered, and its key travels with the message, so that
// a receiver can tell a repetition.
//
// The table, in the store's migrations:
//   create table outbox (
//     key text primary key, channel text not null, person text not null, address text not null,
//     lang text not null, subject text not null, lines text not null, event text not null,
//     created integer not null, due integer not null, state text not null default 'waiting',
//     attempts integer not null default 0, last_error text not null default '', done integer,
//     tells text not null default '', news text not null default '', summary text not null default '')
//     strict;
//   create index outbox_due on outbox(due) where state = 'waiting';
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/io/db.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::collector {

// waiting → delivered | refused (the peer will never take it) | expired (too old to be news).
// held (by the storm brake) → summed (said in the message `summary` names).
enum class OutboxState { waiting, delivered, refused, expired, held, summed };
std::string_view to_text(OutboxState state);
std::optional<OutboxState> parse_outbox_state(std::string_view text);

struct OutboxRow {
  std::string key;      // unique and stable: "<contract>/<case>/<event n>/<route>/<person>/<channel>"
  std::string channel;  // name in collector.yaml
  std::string person;   // id in the contract; empty for a channel that addresses nobody by name
  std::string address;  // mail address for e-mail; empty for a webhook
  Lang lang = Lang::zh;
  Message subject;
  std::vector<Message> lines;  // the body, one paragraph each
  std::string event = "{}";    // JSON object for machines: contract, case, n, kind, grade, at, ...
  Timestamp created;
  Timestamp due;  // not before; moved by each failed attempt
  OutboxState state = OutboxState::waiting;
  int attempts = 0;
  std::string last_error;         // English, of the last attempt
  std::optional<Timestamp> done;  // delivered, refused, expired or summed up at
  std::string tells;              // what the contract wants told by it, JSON; empty: nothing, or it is known
  std::string news;               // the contract, of a row that the storm brake counts
  std::string summary;            // of a row that was summed up: the key of the message that says it
};

// On the thread that owns the Db. Each call is one statement; wrap it in the caller's transaction where
// needed.
class Outbox {
 public:
  explicit Outbox(io::Db& db) : db_(db) {}

  bool add(const OutboxRow& row);  // false: the key is known already (replay), nothing changed
  std::vector<std::string> due_channels(Timestamp now);  // those with rows waiting and due
  std::vector<OutboxRow> due(const std::string& channel, Timestamp now, int limit);  // oldest due first
  std::optional<Timestamp> next_due();                                               // of those waiting
  void finish(const std::string& key, OutboxState state, Timestamp now, const std::string& last_error);
  void retry(const std::string& key, Timestamp due, const std::string& last_error);  // counts an attempt
  // After the clock was set back: what waits is due at `now` plus what its attempts so far cost, at the
  // latest, and not created in the future. `wait_of(n)` is the wait after n attempts, the same for all n >=
  // `steps`. Returns how many were moved.
  std::int64_t pull_in(Timestamp now, const std::function<Duration(int)>& wait_of, int steps);
  // Removes rows that were delivered, refused, given up or summed up before `done_before`, the oldest first,
  // at most `limit` of them, and storms that were over by then; returns how many rows. What still waits or is
  // held is never removed.
  std::int64_t forget(Timestamp done_before, int limit);
  std::vector<OutboxRow> recent(int limit, std::optional<OutboxState> state = {});  // newest first
  std::optional<OutboxRow> find(const std::string& key);
  // Rows that tell what a contract wants told and wait no more, until told_known().
  std::vector<OutboxRow> told(int limit);
  std::vector<OutboxRow> telling(Timestamp now);  // those that still wait, due
  void told_known(const std::string& key);
  // Person and channel of every row about a case, whatever became of it, as long as the rows are kept.
  std::vector<std::pair<std::string, std::string>> heard(std::string_view contract, std::string_view number);
  std::int64_t waiting();
  // Of a contract, to one person over one channel: how many rows the storm brake counts in (after, to], which
  // are held, as they came, and that one message says these.
  std::int64_t news(const std::string& contract, const std::string& person, const std::string& channel,
                    Timestamp after, Timestamp to);
  std::vector<OutboxRow> held(const std::string& contract, const std::string& person,
                              const std::string& channel);
  void sum_up(const std::string& contract, const std::string& person, const std::string& channel,
              const std::string& summary, Timestamp now);

 private:
  io::Db& db_;
};

}  // namespace xj::collector

#pragma once
// The way of the data, in order: reading pipeline.cc is reading the product. Two things write, take() and
// tick(), and share one tail. The engine thread owns it; tests and the simulator call it directly.
//
//   take   dedupe → journal, one sync                      commit (a): the answers may leave
//   apply  history, evaluate → transitions (rare)
//   settle case events → grades, clocks → routes → outbox   commit (b): state.db, with the journal position
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/contract/assignment.h"
#include "collector/domain/case_book.h"
#include "collector/domain/dependency.h"
#include "collector/domain/incident.h"
#include "collector/duty_desk.h"
#include "collector/history/history.h"
#include "collector/ingest/counted.h"
#include "collector/ingest/journal_record.h"
#include "collector/ingest/submission.h"
#include "collector/memory.h"
#include "collector/remains.h"
#include "collector/runs.h"
#include "collector/settled_costs.h"
#include "collector/store/cases.h"
#include "collector/store/documents.h"
#include "collector/store/knowledge.h"
#include "collector/store/outbox.h"
#include "collector/storm_desk.h"
#include "core/io/db.h"
#include "core/io/file.h"
#include "core/io/record_log.h"
#include "core/wire.h"

namespace xj::collector {

struct PipelineOptions {
  io::RecordLogOptions journal{.segment_bytes = 64u << 20, .max_record = 16u << 20, .spare_segments = 2};
  HistoryOptions history;
  std::uint64_t max_journal = 4ull << 30;  // of files that wait for history and snapshot: held_back()
  Duration too_old{35LL * 24 * 3600'000};  // a slot further back is refused
  Duration future{5 * 60'000};             // a slot further ahead is refused
  Duration scan_silence{5'000};            // how often silence is looked for
  // A contract revision read back from its tree, for cases bound to one that is no longer in force.
  std::function<domain::ContractPtr(const std::string& tree)> read_contract;
  std::map<std::string, bool> channels;  // by name; true: messages need a mail address
};

// The newest result of a check and how the collector stands to it.
struct ItemView {
  std::string key;  // empty: the result itself
  domain::Standing standing;
  State state = State::ok;  // as last seen, soft or hard
  Timestamp since{};        // since when the standing holds
  bool held = false;        // the problem is held back
  Message why;              // by what
};
struct CheckView {
  std::string agent, check;
  domain::ContractPtr contract;                // null for a check of the agent's own file
  const domain::System* system = nullptr;      // of *contract
  const domain::CheckSpec* spec = nullptr;     // of *contract
  std::optional<domain::Tightened> tightened;  // in a key period: what is asked instead, and by which
  bool runs_tightened = false;                 // its agent says that it does it already
  Result latest;                               // slot as the collector counts it
  Timestamp received{};
  std::vector<ItemView> items;  // those evaluated; empty for local checks
};
struct AgentView {
  std::string name;
  Timestamp heard{};
  bool silent = false;
  Duration offset{0};  // collector's clock minus agent's
  Duration shift{0};
  std::string config;  // assignment it runs
  std::size_t checks = 0;
  std::uint64_t conflicts = 0, future = 0;  // results refused as such since start
};

struct PipelineFigures {
  std::uint64_t batches = 0, results = 0, values = 0, repeats = 0, refused = 0;  // since start
  std::uint64_t conflicts = 0, future = 0;                                       // of the refused
  std::uint64_t nameless = 0;   // items that found no room by name
  std::uint64_t unapplied = 0;  // results that are in the journal and could not be applied: a fault of ours
  std::uint64_t transitions = 0, events = 0, notifications = 0;
  std::size_t unsettled = 0;  // transitions that wait for state.db
  std::uint64_t journal_position = 0, snapshot_position = 0;
  std::uint64_t journal_bytes = 0;
};

class Pipeline {
 public:
  // Opens journal, history and snapshot below `dir`, and replays what they do not hold yet. Borrows fs and
  // db; the database is migrated already. Throws Fault when the parts do not fit each other.
  Pipeline(io::FileSystem& fs, io::Db& db, std::string dir, std::vector<domain::ContractPtr> contracts,
           Timestamp now, PipelineOptions options = {});
  // On what was looked at already, below the same `dir`.
  Pipeline(io::FileSystem& fs, io::Db& db, std::string dir, std::vector<domain::ContractPtr> contracts,
           Timestamp now, PipelineOptions options, Remains remains);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Commit (a) for all of them: answers in the same order; durable when it returns. A throw (disk full)
  // accepts nothing: the agents send again. apply() follows; what it left is applied before more is taken.
  std::vector<wire::Answer> take(std::vector<Submission> batches, Timestamp now);
  // What was taken goes its way, down to commit (b). A throw loses nothing: call settle() again later. A
  // result that cannot be applied is logged and counted, and holds up no other.
  void apply(Timestamp now);
  // pipeline_counted.cc. Stretches of agents, taken and applied as if each of their results had come at its
  // slot and a tick had followed each, up to `until`. False, and nothing is touched, where that could have
  // changed anything but counts, history and the latest results: then they are to be sent one by one.
  bool take_counted(const std::vector<CountedStretch>& stretches, Timestamp until);
  // Before it time alone brings nothing, as far as is known now.
  Timestamp quiet_until() const;
  // Why nothing more may be taken for now: history and snapshot lag so far behind the journal that memory or
  // disk would grow without bound. Empty: go on. Passes by itself when they are written.
  std::string held_back() const;
  // What time alone brings: silence, warnings and breaches of clocks, ends of watch periods.
  void tick(Timestamp now);
  // The collector itself was not listening until now, or its clock was set: from here on silence counts anew.
  void listening_from(Timestamp now);
  // Messages that told what a contract wants told, and arrived: their cases know it from here on. tick() does
  // it too.
  void record_told(Timestamp now);
  // Commits what waits for state.db. apply() and tick() end with it.
  void settle(Timestamp now);

  // A person's act on a case.
  std::variant<std::vector<domain::Event>, domain::Rejection> act(const domain::CaseRef& which,
                                                                  const domain::Act& what, Timestamp now);

  // A message that is about nothing but the channel itself, on the way every other takes; its row's key.
  std::variant<std::string, domain::Rejection> test_channel(const std::string& channel,
                                                            const std::string& address, Lang lang,
                                                            const std::string& by, Timestamp now);

  // A person opens a case. The contract is one in force.
  std::variant<std::vector<domain::Event>, domain::Rejection> open_case(const std::string& contract_id,
                                                                        const domain::Opening& what,
                                                                        Timestamp now);

  // These checks shall run now, by agent: the answers to the agents say so until the results are in.
  const Run& run_now(std::map<std::string, std::vector<std::string>> checks, Timestamp now) {
    return runs_.ask(std::move(checks), now);
  }
  const Run* run(std::string_view id, Timestamp now) const { return runs_.find(id, now); }
  // Agents whose certificate several senders were seen to use within the last hour.
  std::vector<std::string> shared_certificates(Timestamp now) const;
  // Whether a result is in that was measured since then, or was under way.
  bool arrived(const std::string& agent, const std::string& check, Timestamp asked);

  // Other contracts from now on. Cases stay bound to the revision they were decided under. Where anything
  // differs, silence counts anew.
  void set_contracts(std::vector<domain::ContractPtr> contracts, Timestamp now);
  // A person changed who is on duty: it holds at once. set_contracts() follows all of it by itself.
  void follow_duty(Timestamp now);
  void set_channels(std::map<std::string, bool> channels);  // as in PipelineOptions
  const std::map<std::string, bool>& channels() const { return options_.channels; }
  void set_contract_reader(std::function<domain::ContractPtr(const std::string& tree)> read);

  // The snapshot's bytes, to be written by any thread with write_snapshot(); then snapshot_written(). Nothing
  // while something waits to be settled. state.db knows of it first.
  struct Snapshot {
    std::uint64_t position = 0;
    std::string bytes;
  };
  std::optional<Snapshot> snapshot();
  void write_snapshot(const Snapshot& snapshot) const;  // touches nothing but the file
  void snapshot_written(std::uint64_t position);
  // Frees the journal behind snapshot and history, unless somebody holds it.
  void release_journal();
  // For a backup: while it lives no history file of this moment and no record of the journal goes away. Any
  // thread may end it.
  struct Hold {
    History::Hold history;
    std::shared_ptr<const int> journal;
    std::uint64_t synced = 0;  // records up to it are durable
  };
  Hold hold() { return {history_.hold(), journal_hold_, journal_ ? journal_->synced() : memory_.position}; }
  // Orderly end, and tests: settle, history, snapshot, journal, all on this thread.
  void save(Timestamp now);

  // ---- reading ----
  const std::vector<domain::ContractPtr>& contracts() const { return contracts_; }
  domain::ContractPtr contract(std::string_view id) const;  // in force; null when there is none
  // The revision a case is bound to; the one in force when it cannot be read any more.
  domain::ContractPtr contract(const std::string& id, const std::string& revision);
  wire::Assignment assignment(const std::string& agent) const;
  std::vector<AgentView> agents() const;
  std::optional<AgentView> agent(std::string_view name) const;
  std::vector<CheckView> checks(std::string_view agent);  // empty: of all agents
  std::optional<CheckView> check(std::string_view agent, std::string_view id);
  // A case under its revision, whether open or over.
  struct CaseView {
    domain::CaseState state;
    domain::ContractPtr contract;
    std::vector<domain::Event> events;
  };
  std::optional<CaseView> find_case(const domain::CaseRef& which);
  const domain::CaseBook& book() const { return book_; }
  History& history() { return history_; }
  const History& history() const { return history_; }
  std::uint64_t applied() const { return memory_.position; }
  std::uint64_t snapshot_position() const { return snapshot_position_; }
  Cases& cases() { return cases_; }
  Documents& documents() { return documents_; }
  Knowledge& knowledge() { return knowledge_; }
  // The next revision of an entry, kept, or why not; nothing when there is no such entry.
  std::optional<std::variant<domain::KnowledgeEntry, domain::Rejection>> revise_knowledge(
      const domain::Contract& contract, const std::string& id, const domain::KnowledgeChange& change,
      Timestamp now);
  Outbox& outbox() { return outbox_; }
  StormDesk& storms() { return storms_; }
  DutyDesk& duties() { return duties_; }
  SettledCosts& settled_costs() { return settled_costs_; }
  io::Db& db() { return db_; }
  PipelineFigures figures() const;

 private:
  // A batch that is in the journal, and which of its results are new.
  struct Taken {
    std::string agent;
    wire::Batch batch;
    std::vector<wire::Range> fresh;
    std::vector<CheckEntry*>
        checks;  // of each fresh result in order, where admit() has looked them up already
    Duration shift{0};
    Timestamp received;
    std::uint64_t record = 0;  // 0: nothing was new, so there is none
  };
  struct Scope {  // what still lacks a record that is replayed
    bool history = true;
    bool memory = true;
    bool cases = true;
  };
  struct Pending {
    domain::ContractPtr contract;
    domain::ItemRef item;
    domain::Transition transition;
  };

  void open_journal();
  void replay_record(std::uint64_t number, std::string_view bytes, Scope scope);
  void restore_book(Timestamp now);
  wire::Answer admit(const Submission& submission, Timestamp now, Taken& taken);
  void tell_refused(const std::string& name, AgentEntry& agent, std::uint64_t conflicts, std::uint64_t future,
                    Timestamp now, Duration offset);
  static void heed_turns(const std::string& name, AgentEntry& agent, const std::string& epoch, Timestamp now);
  const std::string& assigned_revision(const std::string& agent, AgentEntry& entry);
  CheckEntry* find_check_entry(const std::string& agent, AgentEntry& entry, const std::string& check,
                               std::uint32_t& place);
  void apply_taken();
  void take_back(const std::vector<Taken>& batches);
  void apply_batch(const Taken& taken, Scope scope);
  void apply_result(const Taken& taken, const Result& result, AgentEntry& agent, CheckEntry& check,
                    Scope scope);
  const Item* worst_without_room(const Taken& taken, AgentEntry& agent, const CheckEntry& check,
                                 const Result& result);
  void tell_nameless(const Taken& taken, AgentEntry& agent, const Result& result, const Item& worst,
                     std::uint64_t count);
  void see_result(const Taken& taken, const Result& result, AgentEntry& agent, CheckEntry& check,
                  Scope scope);
  void remember_latest(const Result& result, Timestamp slot, Timestamp received, CheckEntry& check);
  bool nothing_happens(const std::vector<CountedStretch>& stretches, Timestamp until);
  bool nothing_happens(const std::string& name, AgentEntry& agent, Duration limit,
                       const CountedStretch* stretch, Timestamp until);
  std::uint64_t keep(const CountedStretch& stretch);
  void apply_counted(const CountedStretch& stretch, Scope scope);
  void replay_counted(std::uint64_t number, const CountedRecord& record, Scope scope);
  void judge(const Taken& taken, const AgentEntry& agent, const CheckEntry& check, ItemEntry& entry,
             const std::string& item, const domain::Observation& seen, Scope scope);
  // What holds for it now, resolved where it was not yet.
  const CheckTerms& bind(const AgentEntry& agent, CheckEntry& check);
  // pipeline_tighten.cc
  void key_periods_at(Timestamp t);
  void look_what_runs(const std::string& name, AgentEntry& agent);
  static domain::EvalPolicy policy_for(const AgentEntry& agent, const CheckEntry& check,
                                       const ItemEntry& entry, Timestamp slot);
  void decide(const domain::ContractPtr& contract, domain::ItemRef item, domain::Transition transition,
              bool& held, bool cases);
  void transition_of_agent(const std::string& agent, const domain::Transition& transition, bool cases);
  std::size_t judge_silence(Timestamp now, Timestamp listening_since, bool cases);
  std::size_t end_maintenance(const std::string& agent, AgentEntry& entry, Duration limit, Timestamp now,
                              Timestamp listening_since, bool cases);
  bool end_maintenance(const std::string& agent, const domain::AgentMemory& of_agent, const CheckEntry& check,
                       ItemEntry& entry, const std::string& item, Timestamp now, Timestamp listening_since,
                       bool cases);
  void find_contradicted(Timestamp now);
  // What holds an item back because it needs it, with the case in which that stands; see
  // pipeline_dependency.cc.
  struct HeldUnder {
    domain::Cause cause;
    std::string number;  // empty: in none
  };
  std::optional<domain::Footing> footing(const domain::Contract& contract, const domain::Place& place) const;
  domain::Footings footings(const domain::Contract& contract) const;
  const domain::OpenCase* case_of(const domain::Contract& contract, const domain::ItemRef& item) const;
  std::optional<HeldUnder> held_under(const domain::Contract& contract, const domain::ItemRef& item) const;
  Message why_held(const domain::Contract& contract, const domain::ItemRef& item) const;
  const domain::ItemMemory* memory_of(const std::string& contract, const domain::ItemRef& item) const;
  void note_held(const domain::Contract& contract, const domain::ItemRef& item, bool held);
  void find_held();
  void review_dependents(Timestamp now);
  std::vector<domain::Event> dependents_of(const domain::OpenCase& open, const domain::Contract& in_force,
                                           const std::vector<std::pair<domain::ItemRef, HeldUnder>>& held,
                                           Timestamp now) const;
  std::optional<domain::Transition> still_bad(const domain::CaseProblem& problem,
                                              const std::string& contract_id, Timestamp since, Timestamp now);
  void review_watch(Timestamp now);
  static void tell_numbers_used_up(const domain::Contract& contract, const domain::Event& event);
  void commit(const std::vector<domain::Event>& events, const domain::ContractPtr& contract,
              domain::CaseState state, Timestamp now);
  // Events of several cases, in order: those in the book as they stand there, `given` as it is, others anew
  // under `contract`.
  void commit_all(const std::vector<domain::Event>& events, const domain::ContractPtr& contract,
                  Timestamp now, const domain::CaseState* given = nullptr);
  std::set<std::pair<std::string, std::string>> heard_of(const std::string& contract,
                                                         const std::string& number);
  // Also with no events: what is owed to be told again by now.
  void notify(const std::vector<domain::Event>& events, const domain::CaseState& state,
              const domain::Contract& contract, Timestamp now);
  domain::CaseNow case_now(const domain::CaseRef& which);
  CheckView view_of(const std::string& agent, CheckEntry& check);

  io::FileSystem& fs_;
  io::Db& db_;
  std::string dir_;
  PipelineOptions options_;
  std::vector<domain::ContractPtr> given_;      // as configured
  std::vector<domain::ContractPtr> contracts_;  // in force: those, with what people put on top of rosters
  std::uint64_t generation_ = 1;                // of contracts_ and tightenings_
  std::map<std::pair<std::string_view, bool>, std::shared_ptr<const CheckTerms>> terms_;  // by id, tightened
  std::uint64_t terms_generation_ = 0;
  Tightenings tightenings_;  // as of the instant that was last looked at
  std::map<std::pair<std::string, std::string>, domain::ContractPtr> old_contracts_;
  // Systems with checks on a host, and the longest silence allowed there.
  struct Host {
    std::vector<std::pair<domain::ContractPtr, std::string>> systems;
    Duration limit{0};
    Duration tight_limit{0};  // in a key period, of an agent that runs what it asks
  };
  std::map<std::string, Host, std::less<>> hosts_;
  // What is held back, of contracts with dependencies, by contract. Follows from memory_.
  std::set<std::pair<std::string, domain::ItemRef>> held_;

  std::unique_ptr<io::RecordLog> journal_;  // null after a fault, opened again by the next take()
  std::shared_ptr<const int> journal_hold_ = std::make_shared<const int>(0);
  History history_;
  Memory memory_;
  std::string latest_;  // scratch
  domain::CaseBook book_;
  Cases cases_;
  Documents documents_;
  Knowledge knowledge_;
  Outbox outbox_;
  StormDesk storms_;
  DutyDesk duties_;
  SettledCosts settled_costs_;

  Runs runs_;
  std::vector<Taken> taken_;
  std::size_t applied_ = 0;      // of them
  std::deque<Pending> pending_;  // transitions not in state.db yet
  bool book_damaged_ = false;    // a commit failed half way: read it from the store again
  Timestamp listening_since_{};
  Timestamp next_scan_{};
  std::uint64_t snapshot_position_ = 0;
  PipelineFigures figures_;
};

}  // namespace xj::collector

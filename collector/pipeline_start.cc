// How the pipeline comes back to where it was, and what it leaves behind for that.
#include <algorithm>

#include "collector/domain/telling.h"
#include "collector/pipeline.h"
#include "collector/positions.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

std::string snapshot_path(const std::string& dir) { return dir + "/snapshot"; }

}  // namespace

Pipeline::Pipeline(io::FileSystem& fs, io::Db& db, std::string dir,
                   std::vector<domain::ContractPtr> contracts, Timestamp now, PipelineOptions options)
    : Pipeline(fs, db, dir, std::move(contracts), now, options,
               look_at_remains(fs, &db, dir, options.journal)) {}

Pipeline::Pipeline(io::FileSystem& fs, io::Db& db, std::string dir,
                   std::vector<domain::ContractPtr> contracts, Timestamp now, PipelineOptions options,
                   Remains remains)
    : fs_(fs),
      db_(db),
      dir_(std::move(dir)),
      options_(std::move(options)),
      history_(fs, dir_ + "/history", options_.history),
      cases_(db),
      documents_(db),
      knowledge_(db),
      outbox_(db),
      storms_(db, outbox_),
      duties_(db),
      listening_since_(now),
      next_scan_(now + options_.scan_silence) {
  memory_ = std::move(remains.memory);
  snapshot_position_ = memory_.position;
  set_contracts(std::move(contracts), now);
  restore_book(now);

  journal_ = std::move(remains.journal);
  journal_->own();
  const auto kept = remains.positions.state;
  const auto seen = remains.positions.seen;
  const auto settled = kept.value_or(0);
  const auto durable = history_.durable_position();
  if (const auto behind = journal_->opened().behind; behind > 0)
    log::error(
        "journal: record {} is damaged, and with it {} whole ones behind it are gone; unless the power "
        "failed "
        "while they were written, the disk has lost what was acknowledged: put back a backup",
        journal_->last() + 1, behind);
  else if (journal_->opened().torn_bytes > 0)
    log::info("journal: {} bytes of a record that was never acknowledged are cut",
              journal_->opened().torn_bytes);

  const auto from = std::min(snapshot_position_, durable) + 1;
  auto expected = from;
  journal_->read(from, [&](std::uint64_t number, std::string_view bytes) {
    if (number != expected)
      log::error("journal: records {} to {} are lost to damage on disk", expected, number - 1);
    expected = number + 1;
    const bool memory = number > snapshot_position_;
    replay_record(number, bytes,
                  {.history = number > durable, .memory = memory, .cases = memory && number > settled});
    history_.settle(std::max(number, durable), now);
    return true;
  });
  if (journal_->last() >= from) log::info("journal: {} records replayed", journal_->last() - from + 1);
  key_periods_at(now);
  settle(now);
  if (!kept || *kept < memory_.position || !seen) {
    io::Transaction transaction(db_);
    cases_.set_position(memory_.position);
    if (!seen) cases_.set_position(snapshot_position_, Cases::kSnapshot);
    transaction.commit();
  }
}

Pipeline::~Pipeline() = default;

void Pipeline::replay_record(std::uint64_t number, std::string_view bytes, Scope scope) {
  const auto record = decode_record(bytes);
  if (const auto* tick = std::get_if<TickRecord>(&record)) {
    if (scope.memory) judge_silence(tick->at, tick->listening_since, scope.cases);
  } else if (const auto* counted = std::get_if<CountedRecord>(&record)) {
    replay_counted(number, *counted, scope);
  } else {
    const auto& batch = std::get<BatchRecord>(record);
    auto read = read_submission(batch.agent, std::string(batch.body), batch.zstd);
    if (const auto* bad = std::get_if<wire::Malformed>(&read))
      throw Fault("journal record " + std::to_string(number) +
                      " holds a batch this program cannot read: " + bad->detail,
                  "start the program that wrote it, stop it in good order, and update again");
    auto& submission = std::get<Submission>(read);
    Taken taken;
    taken.agent = batch.agent;
    taken.fresh = batch.fresh;
    taken.shift = batch.shift;
    taken.received = batch.received;
    taken.record = number;
    taken.batch = std::move(submission.decoded.batch);
    if (scope.memory) {
      auto& epoch = memory_.accepted.epoch(taken.agent, taken.batch.epoch, taken.received);
      std::size_t at = 0;
      for (std::size_t i = 0; i < taken.batch.results.size(); ++i) {
        const auto n = taken.batch.results[i].n;
        while (at < taken.fresh.size() && taken.fresh[at].second < n) ++at;
        if (at < taken.fresh.size() && taken.fresh[at].first <= n)
          epoch.add(n, submission.hashes[i], taken.received);
      }
    }
    apply_batch(taken, scope);
  }
  memory_.position = std::max(memory_.position, number);
}

// Also after a fault: records that were written but never asked to be kept are found and applied. Nobody was
// told that they are in, so the agents send them again and hear that they are.
void Pipeline::open_journal() {
  if (journal_ != nullptr) return;
  auto journal = std::make_unique<io::RecordLog>(fs_, dir_ + "/journal", options_.journal);
  if (journal->last() < memory_.position)
    throw Fault("the journal in " + dir_ + " lost records after a fault of the disk",
                "look into the kernel log for disk errors, then restart");
  journal->read(memory_.position + 1, [&](std::uint64_t number, std::string_view bytes) {
    replay_record(number, bytes, {});
    return true;
  });
  journal_ = std::move(journal);
}

void Pipeline::restore_book(Timestamp now) {
  domain::CaseBook book;
  for (const auto& ref : cases_.numbers()) book.remember_number(ref);
  for (const auto& ref : cases_.held()) {
    auto state = domain::fold(cases_.events(ref.contract, ref.number));
    auto bound = contract(state.contract, state.revision);
    if (bound == nullptr) {
      log::error("case {}/{}: no contract of that name is configured; its clocks stand still", ref.contract,
                 ref.number);
      continue;
    }
    // One that ended before its row said whether it owes anything; it is not read again.
    if (domain::is_over(state.status) && !domain::owes_behind_end(state, *bound))
      cases_.put_row(row_of(state, bound.get()));
    book.restore(std::move(state), std::move(bound), now);
    // What is told without an event, and was not while nobody looked or could write it down, stands nowhere.
    book.look_at(ref, now);
  }
  book_ = std::move(book);
  book_damaged_ = false;
}

void Pipeline::set_contracts(std::vector<domain::ContractPtr> contracts, Timestamp now) {
  {
    io::Transaction transaction(db_);
    for (const auto& contract : contracts)
      cases_.keep_contract(contract->id, contract->revision, now, contract->tree);
    transaction.commit();
  }
  // Agents need a while to hear what is asked of them anew: until then they are not silent.
  const auto same = [](const domain::ContractPtr& a, const domain::ContractPtr& b) {
    return a->id == b->id && a->revision == b->revision;
  };
  if (!std::equal(contracts.begin(), contracts.end(), contracts_.begin(), contracts_.end(), same))
    listening_since_ = now;
  given_ = std::move(contracts);
  contracts_.clear();
  for (const auto& contract : given_) contracts_.push_back(duties_.with_duty(contract));
  ++generation_;
  duties_.look_again();
  settled_costs_.clear();
  hosts_.clear();
  for (const auto& contract : contracts_)
    for (const auto& system : contract->systems)
      for (const auto& check : system.checks)
        for (const auto& name : check.hosts) {
          auto& host = hosts_[name];
          const std::pair<domain::ContractPtr, std::string> place{contract, system.id};
          if (std::find(host.systems.begin(), host.systems.end(), place) == host.systems.end())
            host.systems.push_back(place);
          // The check that speaks most often is the one whose absence tells first.
          const auto limit = domain::policy_of(check).stale_after;
          if (host.limit == Duration{0} || limit < host.limit) host.limit = limit;
        }
  find_held();
  tightenings_ = {};
  key_periods_at(now);
}

void Pipeline::follow_duty(Timestamp now) { set_contracts(std::vector(given_), now); }

void Pipeline::set_channels(std::map<std::string, bool> channels) { options_.channels = std::move(channels); }

void Pipeline::set_contract_reader(std::function<domain::ContractPtr(const std::string& tree)> read) {
  options_.read_contract = std::move(read);
  old_contracts_.clear();
  settled_costs_.clear();
}

std::optional<Pipeline::Snapshot> Pipeline::snapshot() {
  if (!pending_.empty() || !taken_.empty() || book_damaged_) return std::nullopt;
  // Before the snapshot can be there: a state.db that does not know of it is an older one.
  io::Transaction transaction(db_);
  cases_.set_position(memory_.position);
  cases_.set_position(memory_.position, Cases::kSnapshot);
  transaction.commit();
  return Snapshot{memory_.position, encode_snapshot(memory_)};
}

void Pipeline::write_snapshot(const Snapshot& snapshot) const {
  io::write_whole(fs_, snapshot_path(dir_), wire::deflate(snapshot.bytes));
}

void Pipeline::snapshot_written(std::uint64_t position) {
  snapshot_position_ = std::max(snapshot_position_, position);
}

void Pipeline::release_journal() {
  if (journal_ != nullptr && journal_hold_.use_count() == 1)
    journal_->release(std::min(snapshot_position_, history_.durable_position()) + 1);
}

std::string Pipeline::held_back() const {
  if (history_.overfull()) return "history: what waits to be written fills the memory it may take";
  if (journal_ != nullptr && journal_->bytes() >= options_.max_journal)
    return "journal: " + std::to_string(journal_->bytes() >> 20) + " MiB wait for history and snapshot";
  return {};
}

void Pipeline::save(Timestamp now) {
  settle(now);
  history_.flush(memory_.position, now);
  if (const auto taken = snapshot()) {
    write_snapshot(*taken);
    snapshot_written(taken->position);
  }
  release_journal();
}

}  // namespace xj::collector

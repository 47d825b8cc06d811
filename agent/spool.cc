#include "agent/spool.h"

#include <algorithm>

#include "core/io/pki.h"
#include "core/json.h"
#include "core/wire_epochs.h"

namespace xj::agent {
namespace {

constexpr std::uint64_t kRestoredRecent = 1'000;  // results looked at when opening, for the live lane
constexpr std::size_t kStamp = 8;  // bytes before the encoded result: when it was appended, ms, little endian

std::string stamp(Timestamp at) {
  auto ms = static_cast<std::uint64_t>(to_ms(at));
  std::string out(kStamp, '\0');
  for (auto& c : out) c = static_cast<char>(ms & 0xFF), ms >>= 8;
  return out;
}

Timestamp read_stamp(std::string_view payload) {
  std::uint64_t ms = 0;
  for (std::size_t i = kStamp; i-- > 0;) ms = ms << 8 | static_cast<unsigned char>(payload[i]);
  return from_ms(static_cast<std::int64_t>(ms));
}

}  // namespace

Spool::Spool(io::FileSystem& fs, SpoolOptions options, Timestamp now, MonoTime mono)
    : fs_(fs), options_(std::move(options)) {
  if (!options_.make_epoch) options_.make_epoch = [] { return io::random_hex(6); };
  memory_epoch_ = std::string(wire::kMemoryEpoch) + options_.make_epoch();
  last_housekeeping_ = mono;
  open(now, mono);
}

Spool::~Spool() = default;

void Spool::trouble(const std::string& doing, const Fault& fault) {
  if (trouble_.empty()) lines_.push_back("spool: " + doing + ": " + fault.what());
  trouble_ = {"agent.spool.trouble", {{"dir", options_.dir}, {"detail", fault.what()}}};
}

void Spool::open(Timestamp now, MonoTime mono) {
  try {
    fs_.make_dirs(options_.dir);
    io::RecordLogOptions log_options;
    log_options.segment_bytes = std::clamp<std::uint64_t>(options_.max_bytes / 8, 64u << 10, 1u << 20);
    auto log = std::make_unique<io::RecordLog>(fs_, options_.dir, log_options);
    const auto opened = log->opened();
    if (opened.torn_bytes > 0)
      lines_.push_back("spool: cut " + std::to_string(opened.torn_bytes) + " bytes of an unfinished write");

    std::string why;
    if (!epoch_.empty()) {
      // Opened anew after a fault: what is known here is newer than the position file.
      if (opened.last < known_last_) why = "the log lost what was synced", done_.clear(), done_through_ = 0;
      if (opened.last >= moved_.first && moved_.first > 0)
        mark_done(moved_.first, std::min(moved_.second, opened.last));
    } else if (const auto position_file = options_.dir + ".position"; !fs_.exists(position_file)) {
      why = "first start";
    } else {
      const auto parsed = parse_json(io::read_whole(fs_, position_file, 1u << 20));
      const auto* json = std::get_if<Json>(&parsed);
      if (json == nullptr || !wire::valid_epoch((*json)["epoch"].string_or(""))) {
        why = "the position file cannot be read";
      } else if (static_cast<std::uint64_t>((*json)["last"].int_or(0)) > opened.last) {
        // Numbers beyond the log's end were given once and would be given again.
        why = "the log ends before the saved position";
      } else {
        epoch_ = (*json)["epoch"].string_or("");
        for (const auto& range : (*json)["done"].items()) {
          const auto first = range.at(0).int_or(0), last = range.at(1).int_or(0);
          if (first > 0 && last >= first)
            mark_done(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last));
        }
      }
    }
    moved_ = {};
    log_ = std::move(log);
    // What is no longer in the log was released because it was settled.
    if (opened.first > 1) mark_done(1, opened.first - 1);
    if (opened.first == 0 && opened.last > 0) mark_done(1, opened.last);
    if (!why.empty()) begin_epoch(why);
    // A restart of moments makes nothing old: what was fresh before it still goes first.
    if (not_done(1, log_->last()) <= kRestoredRecent)
      log_->read(done_through_ + 1, [&](std::uint64_t n, std::string_view payload) {
        if (payload.size() < kStamp || done(n)) return true;
        const auto at = read_stamp(payload);
        if (at > now || now - at > options_.live_age) return true;
        recent_.push_back({n, at, std::string(payload.substr(kStamp))});
        recent_bytes_ += recent_.back().encoded.size();
        return true;
      });
    trouble_ = {};
  } catch (const Fault& fault) {
    log_.reset();
    trouble("cannot be opened", fault);
    retry_open_ = mono + kReopenAfter;
  }
}

// The name must be on disk before the first number is sent under it.
void Spool::begin_epoch(const std::string& why) {
  const auto before = std::exchange(epoch_, options_.make_epoch());
  try {
    save_position();
  } catch (const Fault&) {
    epoch_ = before;
    throw;
  }
  lines_.push_back("spool: new epoch " + epoch_ + " (" + why + ")");
}

void Spool::save_position() {
  Json::Array done;
  const auto range = [](std::uint64_t a, std::uint64_t b) {
    return Json(Json::Array{Json(static_cast<std::int64_t>(a)), Json(static_cast<std::int64_t>(b))});
  };
  if (done_through_ > 0) done.push_back(range(1, done_through_));
  for (const auto& [first, last] : done_) done.push_back(range(first, last));
  Json json;
  json.set("epoch", epoch_);
  json.set("last", static_cast<std::int64_t>(log_->synced()));
  json.set("done", Json(std::move(done)));
  io::write_whole(fs_, options_.dir + ".position", json.dump() + '\n');
  unsaved_ = false;
  unsaved_results_ = 0;
}

void Spool::append(Result result, Timestamp now, MonoTime mono, bool urgent) {
  wire::fit(result);
  if (!log_) return keep_in_memory(std::move(result), now);
  result.n = log_->last() + 1;
  std::string encoded = wire::encode(result);
  try {
    const auto at = stamp(now);
    log_->append({at, encoded});
  } catch (const Fault& fault) {
    trouble("a result cannot be written", fault);
    if (!log_->usable()) give_up_log(mono);
    return keep_in_memory(std::move(result), now);
  }
  // At most once in kSyncEvery; the very first at once.
  auto at = ever_synced_ ? last_sync_ + kSyncEvery : mono;
  if (!urgent && ever_synced_) at = std::max(at, mono + options_.lazy);
  sync_at_ = sync_at_ ? std::min(*sync_at_, at) : at;
  full_ = full_ || log_->bytes() > options_.max_bytes;
  recent_bytes_ += encoded.size();
  recent_.push_back({result.n, now, std::move(encoded)});
  while (recent_bytes_ > kRecentBytes) recent_bytes_ -= recent_.front().encoded.size(), recent_.pop_front();
}

void Spool::keep_in_memory(Result result, Timestamp now) {
  result.n = ++memory_last_;
  memory_.push_back({result.n, now, wire::encode(result)});
  while (memory_.size() > kMemoryResults) memory_.pop_front(), ++dropped_;
}

MonoTime Spool::next() const {
  auto out = last_housekeeping_ + kHousekeeping;
  if (!log_) return std::min(out, retry_open_);
  if (sync_at_) out = std::min(out, *sync_at_);
  return out;
}

void Spool::tick(Timestamp now, MonoTime mono) {
  if (!log_ && mono >= retry_open_) open(now, mono);
  if (log_ && sync_at_ && mono >= *sync_at_) {
    sync_at_.reset();
    last_sync_ = mono;
    ever_synced_ = true;
    try {
      log_->sync();
      if (!trouble_.empty()) lines_.push_back("spool: writing again");
      trouble_ = {};
    } catch (const Fault& fault) {
      trouble("cannot be synced", fault);
      give_up_log(mono);
    }
  }
  if (full_) enforce_bytes();
  const bool due = mono - last_housekeeping_ >= kHousekeeping;
  // After a crash what is settled and not saved is sent again, and must still be known by content.
  if (!due && unsaved_results_ < kSaveAfter) return;
  unsaved_results_ = 0;  // a disk that fails is asked again in its turn
  last_housekeeping_ = mono;
  if (!log_) return;
  try {
    enforce_age(now);
    if (unsaved_) save_position();
  } catch (const Fault& fault) {
    trouble("housekeeping", fault);
  }
}

// After a failed sync the log holds nothing for sure beyond the last good one. Those results must not wait
// for the disk: they move to the lane in memory, and should they turn up in the log after all, they are
// settled there.
void Spool::give_up_log(MonoTime mono) {
  known_last_ = log_->synced();
  while (!recent_.empty() && recent_.back().n > known_last_) {
    auto decoded = wire::decode_result(recent_.back().encoded);
    moved_ = {recent_.back().n, std::max(moved_.second, recent_.back().n)};
    if (auto* result = std::get_if<Result>(&decoded)) keep_in_memory(std::move(*result), recent_.back().at);
    recent_bytes_ -= recent_.back().encoded.size();
    recent_.pop_back();
  }
  log_.reset();
  recent_.clear();
  recent_bytes_ = 0;
  retry_open_ = mono + kReopenAfter;
}

void Spool::close() {
  if (!log_) return;
  try {
    log_->sync();
    save_position();
  } catch (const Fault& fault) {
    trouble("at the end", fault);
  }
}

bool Spool::done(std::uint64_t n) const {
  if (n <= done_through_) return true;
  auto it = done_.upper_bound(n);
  return it != done_.begin() && std::prev(it)->second >= n;
}

void Spool::mark_done(std::uint64_t first, std::uint64_t last) {
  if (last <= done_through_ || first > last) return;
  unsaved_ = true;
  first = std::max(first, done_through_ + 1);
  auto it = done_.upper_bound(first);
  if (it != done_.begin() && std::prev(it)->second + 1 >= first) {
    --it;
    first = it->first;
    last = std::max(last, it->second);
  }
  while (it != done_.end() && it->first <= last + 1) {
    last = std::max(last, it->second);
    it = done_.erase(it);
  }
  if (first == done_through_ + 1)
    done_through_ = last;
  else
    done_.emplace(first, last);
}

std::uint64_t Spool::not_done(std::uint64_t first, std::uint64_t last) const {
  first = std::max(first, done_through_ + 1);
  if (first > last) return 0;
  std::uint64_t out = last - first + 1;
  for (const auto& [a, b] : done_)
    if (a <= last && b >= first) out -= std::min(b, last) - std::max(a, first) + 1;
  return out;
}

std::uint64_t Spool::first_held() {
  std::uint64_t out = 0;
  log_->read(1, [&out](std::uint64_t n, std::string_view) {
    out = n;
    return false;
  });
  return out;
}

void Spool::drop_before(std::uint64_t n) {
  if (n <= done_through_ + 1) return;
  const auto lost = not_done(1, n - 1);
  if (lost > 0) {
    dropped_ += lost;
    lines_.push_back("spool: dropped " + std::to_string(lost) + " results");
  }
  mark_done(1, n - 1);
  while (!recent_.empty() && recent_.front().n < n)
    recent_bytes_ -= recent_.front().encoded.size(), recent_.pop_front();
}

// Whole segments go, oldest first; where they end only the log knows, so ask for more until one is gone.
void Spool::enforce_bytes() {
  try {
    while (log_ && log_->bytes() > options_.max_bytes) {
      const auto first = first_held();
      if (first == 0) break;
      auto now_first = first;
      for (std::uint64_t step = 1; now_first == first && first + step <= log_->last(); step *= 2) {
        log_->release(first + step);
        now_first = first_held();
      }
      if (now_first == first) break;
      drop_before(now_first == 0 ? log_->last() + 1 : now_first);
    }
    full_ = false;
  } catch (const Fault& fault) {
    trouble("cannot make room", fault);
  }
}

void Spool::enforce_age(Timestamp now) {
  const auto oldest = now - options_.max_age;
  std::uint64_t keep_from = done_through_ + 1;
  log_->read(done_through_ + 1, [&](std::uint64_t n, std::string_view payload) {
    if (payload.size() < kStamp || read_stamp(payload) < oldest) return keep_from = n + 1, true;
    return false;
  });
  drop_before(keep_from);
  log_->release(done_through_ + 1);
}

void Spool::forget_old_recent(Timestamp now) {
  while (!recent_.empty() && (done(recent_.front().n) || now - recent_.front().at > options_.live_age))
    recent_bytes_ -= recent_.front().encoded.size(), recent_.pop_front();
}

std::uint64_t Spool::live_from() const { return recent_.empty() ? log_->last() + 1 : recent_.front().n; }

SpoolPiece Spool::peek(wire::Lane lane, std::size_t max, Timestamp now) {
  SpoolPiece piece;
  piece.lane = lane;
  std::size_t bytes = 0;
  const auto take = [&](std::uint64_t n, std::string_view encoded) {
    if (piece.numbers.size() >= max || (!piece.numbers.empty() && bytes + encoded.size() > kPieceBytes))
      return false;
    bytes += encoded.size();
    piece.numbers.push_back(n);
    piece.encoded.emplace_back(encoded);
    return true;
  };
  if (lane == wire::Lane::live && !memory_.empty()) {
    piece.epoch = memory_epoch_;
    piece.memory = true;
    for (const auto& held : memory_)
      if (!take(held.n, held.encoded)) break;
    return piece;
  }
  if (!log_) return piece;
  forget_old_recent(now);
  piece.epoch = epoch_;
  const auto synced = log_->synced();
  if (lane == wire::Lane::live) {
    for (const auto& held : recent_) {
      if (held.n > synced) break;
      if (!done(held.n) && !take(held.n, held.encoded)) break;
    }
    return piece;
  }
  const auto end = std::min(live_from(), synced + 1);
  if (done_through_ + 1 >= end) return piece;
  try {
    // Damaged places show as gaps in the numbers: lost, counted, never waited for.
    std::uint64_t expected = done_through_ + 1;
    bool stopped = false;
    const auto pass = [&](std::uint64_t upto) {
      if (expected >= upto) return;
      const auto lost = not_done(expected, upto - 1);
      dropped_ += lost;
      if (lost > 0) lines_.push_back("spool: " + std::to_string(lost) + " results were damaged on disk");
      mark_done(expected, upto - 1);
    };
    log_->read(expected, [&](std::uint64_t n, std::string_view payload) {
      if (n >= end) return false;
      pass(n);
      expected = n + 1;
      if (done(n)) return true;
      if (payload.size() < kStamp) return expected = n, true;  // nothing we wrote looks like this
      stopped = !take(n, payload.substr(kStamp));
      return !stopped;
    });
    if (!stopped) pass(end);
  } catch (const Fault& fault) {
    trouble("cannot be read", fault);
  }
  return piece;
}

bool Spool::has(wire::Lane lane, Timestamp now) {
  if (lane == wire::Lane::live) {
    if (!memory_.empty()) return true;
    if (!log_) return false;
    forget_old_recent(now);
    return std::any_of(recent_.begin(), recent_.end(),
                       [this](const Held& h) { return h.n <= log_->synced() && !done(h.n); });
  }
  if (!log_) return false;
  forget_old_recent(now);
  return not_done(1, std::min(live_from() - 1, log_->synced())) > 0;
}

bool Spool::acknowledge(const SpoolPiece& piece, const wire::Answer& answer) {
  const auto accepted = [&](std::uint64_t n) {
    return std::any_of(answer.accepted.begin(), answer.accepted.end(),
                       [n](const wire::Range& r) { return r.first <= n && n <= r.second; });
  };
  const auto refusal = [&](std::uint64_t n) -> const wire::Refusal* {
    for (const auto& r : answer.refused)
      if (r.n == n) return &r;
    return nullptr;
  };
  // An answer that shows this machine was set back vouches for nothing: "in already" may then mean what stood
  // under these numbers in the life that was lost. Twice in history is the lesser harm.
  const bool ours = !piece.memory && log_ && piece.epoch == epoch_;
  const bool conflict =
      ours && !epoch_from_conflict_ &&
      std::any_of(answer.refused.begin(), answer.refused.end(), [&](const wire::Refusal& r) {
        return r.code == "conflict" &&
               std::find(piece.numbers.begin(), piece.numbers.end(), r.n) != piece.numbers.end();
      });
  if (conflict || (ours && answer.have > log_->last())) {
    try {
      begin_epoch(conflict ? "the collector holds other content under our numbers"
                           : "the collector knows number " + std::to_string(answer.have) + ", we gave only " +
                                 std::to_string(log_->last()));
      epoch_from_conflict_ = conflict;
      return true;
    } catch (const Fault& fault) {
      trouble("after an answer", fault);
      return false;  // nothing of this piece is settled; it goes again
    }
  }
  bool progress = false;
  struct Told {
    std::uint64_t first = 0, count = 0;
    std::string detail;
  };
  std::map<std::string, Told> told;  // by code: a wrong clock has all of a batch refused, which is one line
  for (const auto n : piece.numbers) {
    const auto* refused = refusal(n);
    if (!accepted(n) && refused == nullptr) continue;
    if (refused != nullptr) {
      ++refused_;
      if (refused->code == "future") ++future_;
      auto& one = told[refused->code];
      if (one.count++ == 0) one.first = n, one.detail = refused->detail;
    }
    progress = true;
    if (refused == nullptr) epoch_from_conflict_ = false;
    if (!piece.memory) {
      mark_done(n, n);
      ++unsaved_results_;
      continue;
    }
    const auto it = std::find_if(memory_.begin(), memory_.end(), [n](const Held& h) { return h.n == n; });
    if (it != memory_.end()) memory_.erase(it);
  }
  for (const auto& [code, one] : told)
    lines_.push_back("spool: the collector refused " +
                     (one.count == 1 ? "result " : std::to_string(one.count) + " results, the first ") +
                     std::to_string(one.first) + ": " + code + ' ' + one.detail);
  if (piece.memory || !log_) return progress;
  try {
    log_->release(done_through_ + 1);
  } catch (const Fault& fault) {
    trouble("after an answer", fault);
  }
  return progress;
}

std::uint64_t Spool::last() const { return log_ ? log_->last() : 0; }

SpoolStatus Spool::status() const {
  SpoolStatus out;
  out.held = memory_.size() + (log_ ? not_done(1, log_->last()) : 0);
  out.bytes = log_ ? log_->bytes() : 0;
  out.dropped = dropped_;
  out.refused = refused_;
  out.future = future_;
  out.trouble = trouble_;
  return out;
}

std::vector<std::string> Spool::take_log() { return std::exchange(lines_, {}); }

}  // namespace xj::agent

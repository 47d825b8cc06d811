#include "collector/history/chunk.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

namespace xj::collector {

std::size_t size_of(const Message& msg) {
  auto size = msg.id.size() + 8;
  for (const auto& [name, value] : msg.args) size += name.size() + value.size() + 4;
  return size;
}

bool Chunk::takes(const Chunk& other) const {
  if (slots_.empty()) return true;
  const auto together = [&](std::size_t columns) {
    const auto all = rows() + other.rows();
    return all <= kMaxRows && columns <= kChunkColumns && all * columns <= kChunkCells &&
           message_bytes_ + other.message_bytes_ <= kChunkMessages;
  };
  // The parts of a day look alike almost always.
  if (std::equal(columns_.begin(), columns_.end(), other.columns_.begin(), other.columns_.end(),
                 [](const Column& a, const Column& b) { return a.name() == b.name(); }))
    return together(columns_.size());
  std::set<std::string_view> names;
  for (const auto* chunk : {this, &other})
    for (const auto& column : chunk->columns_) names.insert(column.name());
  return together(names.size());
}

std::uint32_t Chunk::message(const Message& msg) {
  if (msg.empty()) return 0;
  // Messages repeat with the state they tell of; a look at the last few finds almost every repetition.
  const std::size_t looked = std::min<std::size_t>(messages_.size(), 8);
  for (std::size_t i = 0; i < looked; ++i)
    if (const auto index = messages_.size() - 1 - i; messages_[index] == msg)
      return static_cast<std::uint32_t>(index + 1);
  messages_.push_back(msg);
  message_bytes_ += size_of(msg);
  return static_cast<std::uint32_t>(messages_.size());
}

void Chunk::say(State state, std::uint32_t message) {
  if (!said_.empty() && said_.back().state == state && said_.back().message == message)
    ++said_.back().rows;
  else
    said_.push_back({1, state, message});
}

void Chunk::expect(std::size_t rows) {
  expected_ = std::min<std::size_t>(rows, 1'024);  // of each column: they may be many, and mostly empty
  slots_.reserve(rows);
}

std::size_t Chunk::column(std::string_view name) {
  const auto it =
      std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name() == name; });
  const auto place = static_cast<std::size_t>(it - columns_.begin());
  if (it == columns_.end()) columns_.emplace_back(std::string(name)).expect(expected_);
  return place;
}

void Chunk::begin_row(Timestamp slot, State state, std::uint32_t message) {
  slots_.push_back(to_ms(slot));
  say(state, message);
}

void Chunk::put(std::size_t column, const Number& value) {
  auto& into = columns_[column];
  const auto before = slots_.size() - 1;
  if (into.presence().rows() > before) return;  // a name given twice: the first counts
  into.skip(before - into.presence().rows());
  into.push(value);
}

void Chunk::add(Timestamp slot, State state, const Message& msg, const std::vector<Metric>& metrics) {
  begin_row(slot, state, message(msg));
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    // Metrics come in the same order every time; only a newcomer has to be looked for.
    const bool here = i < columns_.size() && columns_[i].name() == metrics[i].name;
    put(here ? i : column(metrics[i].name), metrics[i].value);
  }
}

void Chunk::append(const Chunk& other) {
  const auto before = slots_.size();
  slots_.insert(slots_.end(), other.slots_.begin(), other.slots_.end());
  std::vector<std::uint32_t> renumbered(other.messages_.size() + 1, 0);
  for (std::size_t i = 0; i < other.messages_.size(); ++i) renumbered[i + 1] = message(other.messages_[i]);
  for (const auto& run : other.said_) said_.push_back({run.rows, run.state, renumbered[run.message]});
  for (const auto& theirs : other.columns_) {
    auto it = std::find_if(columns_.begin(), columns_.end(),
                           [&](const Column& c) { return c.name() == theirs.name(); });
    auto& ours = it != columns_.end() ? *it : columns_.emplace_back(theirs.name());
    ours.skip(before - ours.presence().rows());
    std::size_t next = 0;
    const auto& runs = theirs.presence().runs();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i % 2 == 1) {
        ours.skip(runs[i]);
        continue;
      }
      for (std::uint32_t k = 0; k < runs[i]; ++k) ours.push(theirs.at(next++));
    }
  }
}

void Chunk::sort() {
  if (std::is_sorted(slots_.begin(), slots_.end())) return;
  std::vector<std::size_t> order(slots_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return slots_[a] < slots_[b]; });

  Chunk sorted;
  std::vector<const Said*> said;
  said.reserve(slots_.size());
  for (const auto& run : said_) said.insert(said.end(), run.rows, &run);
  for (const auto row : order) {
    sorted.slots_.push_back(slots_[row]);
    sorted.say(said[row]->state, said[row]->message);
  }
  for (const auto& column : columns_) {
    const auto indexes = column.presence().indexes();
    auto& into = sorted.columns_.emplace_back(column.name());
    for (const auto row : order) {
      // Rows after the last presence are absent.
      if (row < indexes.size() && indexes[row] >= 0)
        into.push(column.at(static_cast<std::size_t>(indexes[row])));
      else
        into.skip(1);
    }
  }
  sorted.messages_ = std::move(messages_);
  sorted.message_bytes_ = message_bytes_;
  *this = std::move(sorted);
}

std::size_t Chunk::values() const {
  std::size_t sum = 0;
  for (const auto& column : columns_) sum += column.values();
  return sum;
}

Timestamp Chunk::first() const {
  return slots_.empty() ? Timestamp{} : from_ms(*std::min_element(slots_.begin(), slots_.end()));
}
Timestamp Chunk::last() const {
  return slots_.empty() ? Timestamp{} : from_ms(*std::max_element(slots_.begin(), slots_.end()));
}

void Chunk::read(Timestamp from, Timestamp to, std::vector<Sample>& out) const {
  const auto start = out.size();
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < slots_.size(); ++row)
    if (slots_[row] >= to_ms(from) && slots_[row] < to_ms(to)) rows.push_back(row);
  if (rows.empty()) return;
  out.resize(start + rows.size());
  std::size_t run = 0, run_end = said_.empty() ? 0 : said_[0].rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& sample = out[start + i];
    sample.slot = from_ms(slots_[rows[i]]);
    while (rows[i] >= run_end) run_end += said_[++run].rows;
    sample.state = said_[run].state;
    if (said_[run].message > 0) sample.msg = messages_[said_[run].message - 1];
  }
  for (const auto& column : columns_) {
    const auto indexes = column.presence().indexes();
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] < indexes.size() && indexes[rows[i]] >= 0)
        out[start + i].metrics.push_back(
            {column.name(), column.at(static_cast<std::size_t>(indexes[rows[i]]))});
  }
}

void Chunk::read(Timestamp from, Timestamp to, std::string_view metric, Rows& out) const {
  std::vector<double> all(slots_.size(), std::numeric_limits<double>::quiet_NaN());
  for (const auto& column : columns_)
    if (column.name() == metric) column.numbers(all.data());
  std::size_t row = 0;
  for (const auto& run : said_)
    for (std::uint32_t i = 0; i < run.rows; ++i, ++row) {
      if (slots_[row] < to_ms(from) || slots_[row] >= to_ms(to)) continue;
      out.slots.push_back(slots_[row]);
      out.states.push_back(run.state);
      out.values.push_back(all[row]);
    }
}

void Chunk::encode(std::string& out) const {
  put_varint(out, slots_.size());
  put_ints(out, slots_);
  put_varint(out, messages_.size());
  for (const auto& msg : messages_) {
    put_text(out, msg.id);
    put_varint(out, msg.args.size());
    for (const auto& [name, value] : msg.args) put_text(out, name), put_text(out, value);
  }
  put_varint(out, said_.size());
  for (const auto& run : said_) {
    put_varint(out, run.rows);
    out += static_cast<char>(run.state);
    put_varint(out, run.message);
  }
  put_varint(out, columns_.size());
  for (const auto& column : columns_) column.encode(out, slots_.size());
}

std::size_t Chunk::read_messages(ByteReader& in, bool keep) {
  const auto all = in.count(2);
  for (auto count = all; count > 0; --count) {
    Message msg;
    const auto id = in.text();
    for (auto args = in.count(2); args > 0; --args) {
      const auto name = in.text(), value = in.text();
      if (keep) msg.args.emplace_back(std::string(name), std::string(value));
    }
    if (!keep) continue;
    msg.id = id;
    message_bytes_ += size_of(msg);
    messages_.push_back(std::move(msg));
  }
  return all;
}

void Chunk::read_states(ByteReader& in, std::uint64_t rows, std::size_t messages) {
  std::uint64_t said = 0;
  for (auto count = in.count(3); count > 0; --count) {
    const auto run = in.varint();
    const auto state = static_cast<unsigned char>(in.take(1)[0]);
    const auto message = in.varint();
    if (run == 0 || run > rows - said || state > 3 || message > messages)
      throw Fault("damaged chunk: states do not add up");
    said += run;
    said_.push_back({static_cast<std::uint32_t>(run), static_cast<State>(state),
                     messages_.empty() ? 0 : static_cast<std::uint32_t>(message)});
  }
  if (said != rows) throw Fault("damaged chunk: states do not add up");
}

Chunk Chunk::decode(ByteReader& in) {
  Chunk chunk;
  const auto rows = in.varint();
  if (rows > kMaxRows) throw Fault("damaged chunk: too many rows");
  chunk.slots_ = read_ints(in, static_cast<std::size_t>(rows));
  chunk.read_states(in, rows, chunk.read_messages(in, true));
  // A column of a full chunk may take a few bytes only, so many columns of many rows could still be asked
  // for.
  std::uint64_t cells = 0;
  std::set<std::string> names;
  for (auto count = in.count(3); count > 0; --count) {
    cells += rows;
    if (cells > kMaxCells) throw Fault("damaged chunk: too many cells");
    auto column = Column::decode(in, static_cast<std::size_t>(rows));
    if (!names.insert(column.name()).second) throw Fault("damaged chunk: a metric stands twice");
    chunk.columns_.push_back(std::move(column));
  }
  return chunk;
}

Chunk Chunk::decode(ByteReader& in, std::string_view metric) {
  Chunk chunk;
  const auto rows = in.varint();
  if (rows > kMaxRows) throw Fault("damaged chunk: too many rows");
  chunk.slots_ = read_ints(in, static_cast<std::size_t>(rows));
  chunk.read_states(in, rows, chunk.read_messages(in, false));
  if (metric.empty()) return chunk;
  for (auto count = in.count(3); count > 0; --count) {
    auto ahead = in;
    if (ahead.text() != metric) {
      Column::pass(in, static_cast<std::size_t>(rows));
      continue;
    }
    chunk.columns_.push_back(Column::decode(in, static_cast<std::size_t>(rows)));
    break;
  }
  return chunk;
}

}  // namespace xj::collector

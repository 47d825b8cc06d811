#pragma once
// The samples of one series in columns, and as bytes in a file.
#include <string>
#include <string_view>
#include <vector>

#include "collector/history/columns.h"
#include "collector/history/series.h"

namespace xj::collector {

// What a chunk that is written may hold, well within what a reader takes. A series whose metrics are named
// differently every time, as of plugins that name processes, has many columns; it takes another chunk, and so
// does one of very many rows.
inline constexpr std::size_t kChunkColumns = 1'024;
inline constexpr std::size_t kChunkCells = kMaxCells / 4;
inline constexpr std::size_t kChunkMessages = 16u << 20;  // bytes

std::size_t size_of(const Message& msg);  // as it counts against kChunkMessages

// Rows in the order they came until sort(); a value type.
class Chunk {
 public:
  // Whether all of another chunk still goes in. An empty chunk takes any.
  bool takes(const Chunk& other) const;
  void add(Timestamp slot, State state, const Message& msg, const std::vector<Metric>& metrics);
  // The same in steps, for who has columns' and messages' places at hand: a row, then its numbers.
  void expect(std::size_t rows);              // that many; saves growing
  std::size_t column(std::string_view name);  // its place, made when it is new
  std::uint32_t message(const Message& msg);  // likewise; 0 for an empty one
  void begin_row(Timestamp slot, State state, std::uint32_t message);
  void put(std::size_t column, const Number& value);  // a second of a row is left out
  // The rows of another chunk of the series after ours.
  void append(const Chunk& other);
  // By slot; rows of one slot stay in the order they came.
  void sort();

  std::size_t rows() const { return slots_.size(); }
  std::size_t columns() const { return columns_.size(); }
  const std::vector<std::int64_t>& slots() const { return slots_; }  // ms, in row order
  const std::vector<Column>& metrics() const { return columns_; }
  std::size_t values() const;  // numbers; states are not counted
  Timestamp first() const;     // smallest and highest slot; zero when empty
  Timestamp last() const;

  // Samples with from <= slot < to, in row order, appended to `out`.
  void read(Timestamp from, Timestamp to, std::vector<Sample>& out) const;

  // The same of one metric, without messages.
  void read(Timestamp from, Timestamp to, std::string_view metric, Rows& out) const;

  void encode(std::string& out) const;
  static Chunk decode(ByteReader& in);  // throws Fault on damage
  // With that column alone, and without the messages: costs what it holds.
  static Chunk decode(ByteReader& in, std::string_view metric);

 private:
  struct Said {  // a run of rows with the same state and message
    std::uint32_t rows;
    State state;
    std::uint32_t message;  // index + 1, 0: none
  };
  std::size_t read_messages(ByteReader& in, bool keep);
  void read_states(ByteReader& in, std::uint64_t rows, std::size_t messages);
  void say(State state, std::uint32_t message);
  std::vector<std::int64_t> slots_;
  std::vector<Said> said_;
  std::vector<Message> messages_;
  std::size_t message_bytes_ = 0;  // of messages_, about
  std::vector<Column> columns_;
  std::size_t expected_ = 0;
};

}  // namespace xj::collector

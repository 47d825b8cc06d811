#pragma once
// The samples of one series in columns: in memory while they come in, as bytes in a file afterwards.
#include <string>
#include <string_view>
#include <vector>

#include "collector/history/columns.h"
#include "collector/history/series.h"

namespace xj::collector {

// Rows in the order they came until sort(); a value type.
class Chunk {
 public:
  void add(Timestamp slot, State state, const Message& msg, const std::vector<Metric>& metrics);
  // The rows of another chunk of the series after ours.
  void append(const Chunk& other);
  // By slot; rows of one slot stay in the order they came.
  void sort();

  std::size_t rows() const { return slots_.size(); }
  std::size_t values() const;  // numbers; states are not counted
  std::size_t bytes() const;   // of memory, estimated
  Timestamp first() const;     // smallest and highest slot; zero when empty
  Timestamp last() const;
  bool full() const { return rows() >= kMaxRows; }

  // Samples with from <= slot < to, in row order, appended to `out`.
  void read(Timestamp from, Timestamp to, std::vector<Sample>& out) const;

  void encode(std::string& out) const;
  static Chunk decode(ByteReader& in);  // throws Fault on damage

 private:
  struct Said {  // a run of rows with the same state and message
    std::uint32_t rows;
    State state;
    std::uint32_t message;  // index + 1, 0: none
  };
  std::uint32_t message_index(const Message& msg);
  void say(State state, std::uint32_t message);
  std::vector<std::int64_t> slots_;
  std::vector<Said> said_;
  std::vector<Message> messages_;
  std::vector<Column> columns_;
};

}  // namespace xj::collector

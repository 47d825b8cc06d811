#pragma once
// Rows as they come in, of all series, until they are in a file: row by row in few bytes. What thousands of
// agents sent since the last flush is most of what a collector holds in memory, and a chunk a series takes
// ten times as much for a handful of rows.
//
// Everything stands in blocks of one arena and goes with it: nothing is freed by itself, and nothing moves.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "collector/history/chunk.h"
#include "collector/history/series.h"

namespace xj::collector {

// Gives out bytes that live as long as itself.
class Arena {
 public:
  void* take(std::size_t size);  // aligned to 8
  std::size_t bytes() const { return before_ + used_; }

 private:
  std::vector<std::unique_ptr<std::uint64_t[]>> slabs_;
  std::size_t before_ = 0, size_ = 0,
              used_ = 0;  // all slabs but the last; the last: its size, and used of it
};

// Names of metrics in an order: what the rows of a series, and of many series, have in common.
struct RowShape {
  const std::string_view* names;
  std::uint32_t count;
  std::uint32_t columns;  // different ones; a row that names a metric twice means the first
};

// Rows of one series and UTC day in the order they came. Lives in its OpenRows.
class RowList {
 public:
  RowList(RowList* behind, std::int64_t midnight, const RowShape* shape)
      : slot_(midnight), shape_(shape), behind_(behind) {}
  std::int64_t day() const;
  std::size_t rows() const { return rows_; }
  // Of the same series: of other days, and older rows of the same day that filled a list.
  const RowList* behind() const { return behind_; }

  Chunk chunk() const;
  // As Chunk::read() of one metric; of the state alone where `metric` is empty.
  void read(Timestamp from, Timestamp to, std::string_view metric, Rows& out) const;

 private:
  friend class OpenRows;
  struct Words {  // a message
    const Words* before;
    std::size_t size;
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  struct Use {  // of a shape, once a list has several
    const Use* before;
    const RowShape* shape;
    std::uint32_t number;
    std::uint32_t columns;  // different ones up to here
  };
  class Reader;
  std::string bytes() const;

  char* first_ = nullptr;  // blocks, each ending in the address of the next; see block_after()
  char* end_ = nullptr;    // of what is written
  std::uint32_t room_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint32_t rows_ = 0;
  std::uint32_t message_bytes_ = 0;
  std::int64_t slot_, step_ = 0;  // of the newest row; step: since the one before it
  const RowShape* shape_;         // likewise
  const Use* uses_ = nullptr;     // newest first
  const Words* words_ = nullptr;  // newest first
  RowList* behind_;
};

// Owned by one thread; once nothing is added any more, its lists may be read on any.
class OpenRows {
 public:
  // Puts a row to its series: `lists` is what the call before gave for that series, null at first.
  RowList* add(RowList* lists, Timestamp slot, State state, const Message& msg,
               const std::vector<Metric>& metrics);

  std::size_t bytes() const;           // of memory
  bool full() const { return full_; }  // a list takes no more rows, or soon will

 private:
  struct ShapeHash {
    using is_transparent = void;
    std::size_t operator()(const RowShape* shape) const;
    std::size_t operator()(const std::vector<Metric>& metrics) const;
  };
  struct ShapeEqual {
    using is_transparent = void;
    bool operator()(const RowShape* a, const RowShape* b) const { return a == b; }
    bool operator()(const std::vector<Metric>& metrics, const RowShape* shape) const;
    bool operator()(const RowShape* shape, const std::vector<Metric>& metrics) const;
  };
  const RowShape* shape_of(const std::vector<Metric>& metrics);
  template <typename T, typename... Args>
  T* make(Args... args);
  std::string_view keep(std::string_view text);
  static RowList* of_day(RowList*& lists, std::int64_t day);
  struct Fit {
    const RowShape* shape = nullptr;
    std::size_t columns = 0;   // of the list with it
    std::uint32_t number = 0;  // of the shape in the list
    bool other = false;        // than that of the row before
    bool fresh = false;        // new to the list
  };
  Fit fit(const RowList& list, const std::vector<Metric>& metrics);
  void use(RowList& list, const Fit& fit);
  unsigned say(RowList& list, const Message& msg);
  void write(RowList& list, std::string_view row);

  Arena arena_;
  std::unordered_set<const RowShape*, ShapeHash, ShapeEqual> shapes_;
  bool full_ = false;
  std::string row_, words_;  // scratch
};

}  // namespace xj::collector

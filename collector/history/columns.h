#pragma once
// How runs of numbers become few bytes. Pure; docs/storage.md specifies the bytes.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace xj::collector {

// Rows a chunk may hold, and rows times columns: bounds what damaged bytes can make us allocate.
inline constexpr std::size_t kMaxRows = 1u << 20;
inline constexpr std::size_t kMaxCells = 32 * kMaxRows;

// Integers as the cheapest of: themselves less the first, differences, differences of differences; plain or
// as runs. Reading needs the count.
void put_ints(std::string& out, std::span<const std::int64_t> values);
std::vector<std::int64_t> read_ints(ByteReader& in, std::size_t count);
void skip_ints(ByteReader& in, std::size_t count);

// Which rows a thing is there: lengths of runs, beginning with a run of presence.
class Presence {
 public:
  void push(bool present, std::size_t times = 1);
  void push_present() {  // the way of almost every row
    if (runs_.size() % 2 == 0) return push(true);
    ++runs_.back(), ++rows_, ++present_;
  }
  std::size_t rows() const { return rows_; }
  std::size_t present() const { return present_; }
  const std::vector<std::uint32_t>& runs() const { return runs_; }
  void encode(std::string& out) const;
  static Presence decode(ByteReader& in, std::size_t rows);  // throws Fault unless the runs make up `rows`
  // For each row the index of its value, or -1.
  std::vector<std::int32_t> indexes() const;

 private:
  std::vector<std::uint32_t> runs_;       // present, absent, present, ...; the first may be 0
  std::uint32_t rows_ = 0, present_ = 0;  // kMaxRows at most
};

// The numbers of one metric where it was there. Reads back exactly, also whether a number was an integer.
class Column {
 public:
  explicit Column(std::string name = {}) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  const Presence& presence() const { return presence_; }
  std::size_t values() const { return bits_.size(); }

  void expect(std::size_t values) { bits_.reserve(values); }
  void skip(std::size_t rows) { presence_.push(false, rows); }
  void push(const Number& value);
  Number at(std::size_t index) const;  // index among the values

  // `rows` of the chunk: those after the last one pushed are absent.
  void encode(std::string& out, std::size_t rows) const;
  static Column decode(ByteReader& in, std::size_t rows);
  // Behind one without making it; its name.
  static std::string_view pass(ByteReader& in, std::size_t rows);
  // As doubles into the row each belongs to, from `out` on; other rows are left alone.
  void numbers(double* out) const;

 private:
  bool is_double(std::size_t index) const;
  std::string name_;
  Presence presence_;
  std::vector<std::int64_t> bits_;  // the integer, or the bits of the double
  bool any_int_ = false, any_double_ = false;
  std::vector<bool> doubles_;  // only when both kinds occur
};

}  // namespace xj::collector

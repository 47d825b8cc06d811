#include "collector/history/open_rows.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "collector/history/segment.h"
#include "core/message_bytes.h"

namespace xj::collector {
namespace {

constexpr std::int64_t kDay = 24LL * 3600 * 1000;
constexpr std::size_t kFirstSlab = 16u << 10, kSlab = 256u << 10;  // bytes
// Of one list: a series that names its metrics in ever other ways takes another list, which costs little.
constexpr std::uint32_t kShapes = 64;
constexpr std::size_t kShapeEntry = 40;  // of the set of shapes, about

// A row: flags, slot, number of its shape where that is another one than the row's before, kinds of its
// numbers where there are both, numbers.
constexpr unsigned kStateBits = 3, kSameWords = 4, kNewWords = 8, kDoubles = 16, kMixed = 32,
                   kOtherShape = 64;

// Bytes a block holds that begins behind `written` bytes: little for the few rows of most series, at most a
// third too much for others.
std::size_t block_after(std::size_t written) {
  return std::clamp<std::size_t>((written / 2 + 7) / 8 * 8, 40, 4'080);
}

std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t midnight(std::int64_t slot) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(utc_day(from_ms(slot))) *
                                   static_cast<std::uint64_t>(kDay));
}

// As ByteReader, but out of bytes that are our own: each number of every row goes through here.
std::uint64_t read_number(const char*& at) {
  std::uint64_t n = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    n |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return n;
  }
}

std::size_t hash_more(std::size_t hash, std::string_view name) {
  return hash * 31 + std::hash<std::string_view>{}(name);
}

// Whether a name stands before that place in its own shape.
bool stands_before(const RowShape& shape, std::size_t at) {
  return std::find(shape.names, shape.names + at, shape.names[at]) != shape.names + at;
}

}  // namespace

void* Arena::take(std::size_t size) {
  size = (size + 7) / 8 * 8;
  if (slabs_.empty() || size > size_ - used_) {
    const auto next = std::max(size, std::clamp(before_ + size_, kFirstSlab, kSlab));
    slabs_.push_back(std::make_unique_for_overwrite<std::uint64_t[]>(next / 8));
    before_ += std::exchange(size_, next);
    used_ = 0;
  }
  auto* at = slabs_.back().get() + used_ / 8;
  used_ += size;
  return at;
}

// ---- reading ----

std::int64_t RowList::day() const { return utc_day(from_ms(slot_)); }

std::string RowList::bytes() const {
  std::string out;
  out.reserve(bytes_);
  for (const char* block = first_; out.size() < bytes_;) {
    const auto size = block_after(out.size());
    out.append(block, std::min<std::size_t>(size, bytes_ - out.size()));
    if (out.size() < bytes_) std::memcpy(&block, block + size, sizeof block);
  }
  return out;
}

class RowList::Reader {
 public:
  explicit Reader(const RowList& list)
      : bytes_(list.bytes()), at_(bytes_.data()), slot_(midnight(list.slot_)), shape_(list.shape_) {
    for (const auto* use = list.uses_; use != nullptr; use = use->before) shapes_.push_back(use->shape);
    std::reverse(shapes_.begin(), shapes_.end());
    if (!shapes_.empty()) shape_ = shapes_.front();
    for (const auto* words = list.words_; words != nullptr; words = words->before) said_.push_back(words);
  }

  // On to the next row; all numbers of the one before must have been read.
  bool next() {
    if (at_ == bytes_.data() + bytes_.size()) return false;
    flags_ = static_cast<unsigned char>(*at_++);
    const auto step = plus(step_, unzigzag(read_number(at_)));
    slot_ = plus(slot_, step);
    step_ = first_ ? 0 : step;
    first_ = false;
    if ((flags_ & kOtherShape) != 0) shape_ = shapes_[read_number(at_)];
    if ((flags_ & kNewWords) != 0) last_said_ = said_.back(), said_.pop_back();
    return true;
  }
  std::int64_t slot() const { return slot_; }
  State state() const { return static_cast<State>(flags_ & kStateBits); }
  const Words* words() const { return (flags_ & (kSameWords | kNewWords)) != 0 ? last_said_ : nullptr; }
  const RowShape* shape() const { return shape_; }

  // Each number of the row with its place in the shape, in order.
  template <typename Visit>
  void numbers(Visit visit) {
    const char* kinds = at_;
    if ((flags_ & kMixed) != 0) at_ += (shape_->count + 7) / 8;
    for (std::uint32_t i = 0; i < shape_->count; ++i) {
      const bool real = (flags_ & kMixed) == 0 ? (flags_ & kDoubles) != 0
                                               : (static_cast<unsigned char>(kinds[i / 8]) >> i % 8 & 1) != 0;
      if (!real) {
        visit(i, Number{unzigzag(read_number(at_))});
        continue;
      }
      double number;
      std::memcpy(&number, at_, sizeof number);
      at_ += sizeof number;
      visit(i, Number{number});
    }
  }

 private:
  std::string bytes_;
  const char* at_;
  std::int64_t slot_, step_ = 0;
  bool first_ = true;
  unsigned flags_ = 0;
  const RowShape* shape_;
  std::vector<const RowShape*> shapes_;
  std::vector<const Words*> said_;  // still to come, the next one last
  const Words* last_said_ = nullptr;
};

Chunk RowList::chunk() const {
  constexpr auto kNone = std::numeric_limits<std::size_t>::max();
  Chunk chunk;
  chunk.expect(rows_);
  Reader row(*this);
  const RowShape* shape = nullptr;
  std::vector<std::size_t> columns;  // of the shape's names
  const Words* words = nullptr;
  std::uint32_t message = 0;
  while (row.next()) {
    if (row.words() != nullptr && row.words() != words) {
      words = row.words();
      ByteReader in({words->bytes(), words->size});
      message = chunk.message(read_message(in));
    }
    chunk.begin_row(from_ms(row.slot()), row.state(), row.words() == nullptr ? 0 : message);
    if (row.shape() != shape) {
      shape = row.shape();
      columns.clear();
      for (std::size_t i = 0; i < shape->count; ++i) {
        const bool again = shape->columns < shape->count && stands_before(*shape, i);
        columns.push_back(again ? kNone : chunk.column(shape->names[i]));
      }
    }
    row.numbers([&](std::size_t i, const Number& number) {
      if (columns[i] != kNone) chunk.put(columns[i], number);
    });
  }
  return chunk;
}

void RowList::read(Timestamp from, Timestamp to, std::string_view metric, Rows& out) const {
  Reader row(*this);
  const RowShape* shape = nullptr;
  std::size_t wanted = 0;  // its place in the shape
  while (row.next()) {
    if (row.shape() != shape) {
      shape = row.shape();
      const auto* end = shape->names + shape->count;
      wanted = static_cast<std::size_t>(std::find(shape->names, end, metric) - shape->names);
    }
    auto value = std::numeric_limits<double>::quiet_NaN();
    row.numbers([&](std::size_t i, const Number& number) {
      if (i == wanted) value = as_double(number);
    });
    if (row.slot() < to_ms(from) || row.slot() >= to_ms(to)) continue;
    out.slots.push_back(row.slot());
    out.states.push_back(row.state());
    out.values.push_back(value);
  }
}

// ---- writing ----

std::size_t OpenRows::ShapeHash::operator()(const RowShape* shape) const {
  std::size_t hash = 0;
  for (std::size_t i = 0; i < shape->count; ++i) hash = hash_more(hash, shape->names[i]);
  return hash;
}
std::size_t OpenRows::ShapeHash::operator()(const std::vector<Metric>& metrics) const {
  std::size_t hash = 0;
  for (const auto& metric : metrics) hash = hash_more(hash, metric.name);
  return hash;
}
bool OpenRows::ShapeEqual::operator()(const std::vector<Metric>& metrics, const RowShape* shape) const {
  return std::equal(metrics.begin(), metrics.end(), shape->names, shape->names + shape->count,
                    [](const Metric& metric, std::string_view name) { return metric.name == name; });
}
bool OpenRows::ShapeEqual::operator()(const RowShape* shape, const std::vector<Metric>& metrics) const {
  return (*this)(metrics, shape);
}

std::size_t OpenRows::bytes() const { return arena_.bytes() + shapes_.size() * kShapeEntry; }

template <typename T, typename... Args>
T* OpenRows::make(Args... args) {
  static_assert(std::is_trivially_destructible_v<T>, "nothing of an arena is ended by itself");
  return new (arena_.take(sizeof(T))) T(args...);
}

std::string_view OpenRows::keep(std::string_view text) {
  auto* at = static_cast<char*>(arena_.take(text.size()));
  std::copy(text.begin(), text.end(), at);
  return {at, text.size()};
}

const RowShape* OpenRows::shape_of(const std::vector<Metric>& metrics) {
  if (const auto it = shapes_.find(metrics); it != shapes_.end()) return *it;
  auto* names = static_cast<std::string_view*>(arena_.take(metrics.size() * sizeof(std::string_view)));
  auto* shape = make<RowShape>();
  shape->names = names;
  for (const auto& metric : metrics) {
    new (&names[shape->count]) std::string_view(keep(metric.name));
    shape->columns += stands_before(*shape, shape->count) ? 0 : 1;
    ++shape->count;
  }
  shapes_.insert(shape);
  return shape;
}

// The newest list of that day, at the front from now on; null when there is none. The order of the lists of a
// day stays.
RowList* OpenRows::of_day(RowList*& lists, std::int64_t day) {
  RowList* before = nullptr;
  for (auto* list = lists; list != nullptr; before = list, list = list->behind_) {
    if (list->day() != day) continue;
    if (before != nullptr) {
      before->behind_ = list->behind_;
      list->behind_ = lists;
      lists = list;
    }
    return list;
  }
  return nullptr;
}

// How a row with these metrics goes into a list.
OpenRows::Fit OpenRows::fit(const RowList& list, const std::vector<Metric>& metrics) {
  Fit fit;
  fit.columns = list.uses_ == nullptr ? list.shape_->columns : list.uses_->columns;
  fit.shape = list.shape_;
  if (ShapeEqual{}(metrics, list.shape_)) return fit;
  fit.shape = shape_of(metrics);
  fit.other = true;
  fit.number = list.uses_ == nullptr ? 1 : list.uses_->number + 1;
  for (const auto* use = list.uses_; use != nullptr; use = use->before)
    if (use->shape == fit.shape) {
      fit.number = use->number;
      return fit;
    }
  fit.fresh = true;
  const auto known = [&](std::string_view name) {
    const auto in = [&](const RowShape* shape) {
      return std::find(shape->names, shape->names + shape->count, name) != shape->names + shape->count;
    };
    if (list.uses_ == nullptr) return in(list.shape_);
    for (const auto* use = list.uses_; use != nullptr; use = use->before)
      if (in(use->shape)) return true;
    return false;
  };
  for (std::uint32_t i = 0; i < fit.shape->count; ++i)
    if (!known(fit.shape->names[i]) && !stands_before(*fit.shape, i)) ++fit.columns;
  return fit;
}

// Notes that rows of that shape follow; the first one's use is noted with the second's.
void OpenRows::use(RowList& list, const Fit& fit) {
  const auto note = [&](const RowShape* shape, std::uint32_t number, std::size_t columns) {
    list.uses_ =
        make<RowList::Use>(RowList::Use{list.uses_, shape, number, static_cast<std::uint32_t>(columns)});
  };
  if (list.uses_ == nullptr) note(list.shape_, 0, list.shape_->columns);
  note(fit.shape, fit.number, fit.columns);
}

void OpenRows::write(RowList& list, std::string_view row) {
  while (!row.empty()) {
    if (list.room_ == 0) {
      const auto size = block_after(list.bytes_);
      auto* block = static_cast<char*>(arena_.take(size + sizeof(char*)));
      if (list.first_ == nullptr)
        list.first_ = block;
      else
        std::memcpy(list.end_, &block, sizeof block);
      list.end_ = block;
      list.room_ = static_cast<std::uint32_t>(size);
    }
    const auto part = static_cast<std::uint32_t>(std::min<std::size_t>(list.room_, row.size()));
    std::memcpy(list.end_, row.data(), part);
    list.end_ += part, list.room_ -= part, list.bytes_ += part;
    row.remove_prefix(part);
  }
}

// The message in the list, unless it is the one that was said last; its flag.
unsigned OpenRows::say(RowList& list, const Message& msg) {
  if (msg.empty()) return 0;
  words_.clear();
  put_message(words_, msg);
  const auto* last = list.words_;
  if (last != nullptr && std::string_view(last->bytes(), last->size) == words_) return kSameWords;
  auto* words = static_cast<RowList::Words*>(arena_.take(sizeof(RowList::Words) + words_.size()));
  new (words) RowList::Words{last, words_.size()};
  std::memcpy(words + 1, words_.data(), words_.size());
  list.words_ = words;
  list.message_bytes_ += static_cast<std::uint32_t>(size_of(msg));
  return kNewWords;
}

RowList* OpenRows::add(RowList* lists, Timestamp slot, State state, const Message& msg,
                       const std::vector<Metric>& metrics) {
  const auto ms = to_ms(slot);
  auto* list = of_day(lists, utc_day(slot));
  Fit how;
  if (list != nullptr) {
    how = fit(*list, metrics);
    const std::size_t rows = list->rows_ + 1;
    const bool takes = rows <= kMaxRows && how.columns <= kChunkColumns &&
                       rows * how.columns <= kChunkCells &&
                       list->message_bytes_ + (msg.empty() ? 0 : size_of(msg)) <= kChunkMessages;
    full_ = full_ || !takes || rows * 2 >= kMaxRows;
    if (!takes || how.number >= kShapes) list = nullptr;
  }
  if (list == nullptr) {
    lists = list = make<RowList>(lists, midnight(ms), shape_of(metrics));
    how = {};
    how.shape = list->shape_;
  } else if (how.fresh) {
    use(*list, how);
  }
  list->shape_ = how.shape;

  unsigned flags = static_cast<unsigned>(state) | say(*list, msg) | (how.other ? kOtherShape : 0u);
  const auto reals =
      static_cast<std::size_t>(std::count_if(metrics.begin(), metrics.end(), [](const Metric& m) {
        return std::holds_alternative<double>(m.value);
      }));
  if (reals > 0) flags |= reals == metrics.size() ? kDoubles : kMixed;
  const auto kinds = (flags & kMixed) != 0 ? (metrics.size() + 7) / 8 : 0;
  row_.resize(std::max(row_.size(), 1 + 2 * kMostVarint + kinds + metrics.size() * kMostVarint));
  auto* at = row_.data();
  *at++ = static_cast<char>(flags);
  const auto step = minus(ms, list->slot_);
  at = write_varint(at, zigzag(minus(step, list->step_)));
  if (how.other) at = write_varint(at, how.number);
  auto* const bits = std::exchange(at, at + kinds);
  std::fill(bits, at, '\0');
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (const auto* whole = std::get_if<std::int64_t>(&metrics[i].value)) {
      at = write_varint(at, zigzag(*whole));
      continue;
    }
    std::memcpy(at, std::get_if<double>(&metrics[i].value), sizeof(double));
    at += sizeof(double);
    if (kinds > 0) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
  }
  write(*list, {row_.data(), static_cast<std::size_t>(at - row_.data())});
  list->slot_ = ms;
  list->step_ = list->rows_ == 0 ? 0 : step;
  ++list->rows_;
  return lists;
}

}  // namespace xj::collector

#pragma once
// A few things of one owner by name: a pointer each, in order. They stay where they are, and an empty table
// costs nothing; thousands of agents have one each, and so has every check.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace xj::collector {

// E has name(), which never changes.
template <typename E>
class SortedEntries {
  using Entries = std::vector<std::unique_ptr<E>>;

 public:
  template <typename Inner, typename Entry>
  class Iterator {
   public:
    explicit Iterator(Inner at) : at_(at) {}
    Entry& operator*() const { return **at_; }
    Entry* operator->() const { return at_->get(); }
    Iterator& operator++() { return ++at_, *this; }
    bool operator==(const Iterator&) const = default;

   private:
    Inner at_;
  };
  auto begin() { return Iterator<typename Entries::iterator, E>(entries_.begin()); }
  auto end() { return Iterator<typename Entries::iterator, E>(entries_.end()); }
  auto begin() const { return Iterator<typename Entries::const_iterator, const E>(entries_.begin()); }
  auto end() const { return Iterator<typename Entries::const_iterator, const E>(entries_.end()); }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  E* find(std::string_view name) { return const_cast<E*>(std::as_const(*this).find(name)); }
  const E* find(std::string_view name) const {  // null when there is none
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), name, before);
    return it != entries_.end() && (*it)->name() == name ? it->get() : nullptr;
  }
  // The same, looked for first where it stood the last time. `place` is where that was, by what was kept for
  // the one asked for before it, and is where it stands afterwards: who asks for thousands in the same order
  // again and again is told them without a search.
  E* find(std::string_view name, std::uint32_t& place) {
    if (place < entries_.size() && entries_[place]->name() == name) return entries_[place].get();
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), name, before);
    if (it == entries_.end() || (*it)->name() != name) return nullptr;
    place = static_cast<std::uint32_t>(it - entries_.begin());
    return it->get();
  }
  // None of that name is there yet.
  E& add(std::unique_ptr<E> entry) {
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), entry->name(), before);
    return **entries_.insert(it, std::move(entry));
  }

 private:
  static bool before(const std::unique_ptr<E>& entry, std::string_view name) { return entry->name() < name; }
  Entries entries_;
};

}  // namespace xj::collector

#pragma once
// Typed reading of a document that never stops at the first problem: every getter leaves its target alone and
// adds a Problem when the value is wrong, every map tells of keys nobody asked for when it is done.
//
//   MapReader top(document, problems);
//   top["collector"].required().map([&](MapReader& m) { m["url"].required().text(config.url); });
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"
#include "core/params.h"
#include "core/time.h"

namespace xj::config {

class MapReader;

// What one reading shares. Borrowed by all readers; must outlive them.
struct ReadContext {
  std::string file;
  Problems& problems;
  std::set<std::string>* asked = nullptr;  // every key asked for, as "spool.max_bytes"; for tests of the docs
};

// A value that may be absent. Cheap to copy; borrows the document.
class Value {
 public:
  Value(ReadContext& context, const Node* node, std::string path, Place place)
      : context_(&context), node_(node), path_(std::move(path)), place_(std::move(place)) {}

  bool given() const { return node_ != nullptr; }
  const std::string& name() const { return path_; }
  const Place& place() const { return place_; }  // of the value, else of the map it is missing from
  const Node* node() const { return node_; }
  // The problem "… is missing" when it is; returns itself, so that a getter can follow.
  const Value& required() const;

  // Each returns true when `into` was set.
  bool text(std::string& into) const;  // any scalar that is not empty
  bool id(std::string& into) const;    // is_id()
  bool flag(bool& into) const;
  bool integer(std::int64_t& into, std::int64_t min, std::int64_t max) const;
  bool integer(int& into, int min, int max) const;
  bool percent(double& into) const;
  bool duration(Duration& into, Duration min = Duration{0}, Duration max = Duration::max()) const;
  bool bytes(std::int64_t& into, std::int64_t min, std::int64_t max) const;
  bool texts(std::vector<std::string>& into) const;  // a list, or one text
  bool path(std::string& into) const;  // a file, made absolute relative to the document's folder
  bool paths(std::vector<std::string>& into) const;
  bool params(ParamMap& into) const;  // a flat map of scalars and lists of scalars, with places
  template <typename E>
  bool choice(E& into, std::initializer_list<std::pair<std::string_view, E>> words) const {
    std::vector<std::string> known;
    for (const auto& [word, value] : words) known.emplace_back(word);
    const auto index = chosen(known);
    if (index < 0) return false;
    into = (words.begin() + index)->second;
    return true;
  }

  // Visit the inside; nothing happens, beyond a problem, when the value is absent or of another kind.
  bool map(const std::function<void(MapReader&)>& visit) const;
  bool list(
      const std::function<void(const Value&)>& visit) const;  // one scalar or map counts as a list of one
  // A map whose keys are ids of the author's choosing, in the order of the file.
  bool each(const std::function<void(const std::string& id, const Value&)>& visit) const;

  void problem(Message what) const;
  void warning(Message what) const;
  // "NAME: "value" is not accepted; expected …", `accepts` being a message id.
  void wrong(std::string_view accepts) const;

 private:
  bool scalar(std::string_view accepts) const;
  int chosen(const std::vector<std::string>& words) const;
  ReadContext* context_;
  const Node* node_;
  std::string path_;
  Place place_;
};

// One map of the file. Unknown keys are reported, with what was meant, when it is destroyed.
class MapReader {
 public:
  MapReader(ReadContext& context, const Node& node, std::string path);
  ~MapReader();
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  Value operator[](std::string_view key);
  // A key the caller knows of but reads elsewhere.
  void ignore(std::string_view key);
  const Place& place() const { return place_; }
  void problem(Message what) const;

 private:
  ReadContext& context_;
  const Node& node_;
  std::string path_;
  Place place_;
  std::vector<std::string> known_;
};

// Reads the top of a document; a top that is no map is a problem.
void read_top(const Document& document, ReadContext& context, const std::function<void(MapReader&)>& visit);

// Names people choose: letters, digits, "-", "_", ".", beginning with a letter or digit, at most 64.
bool is_id(std::string_view text);
// `path` as it is when absolute, else inside the folder of `file`.
std::string relative_to(const std::string& file, const std::string& path);
// True for "host:port", "[v6]:port", ":port"; a port from 0 to 65535.
bool is_listen_address(std::string_view text);

}  // namespace xj::config

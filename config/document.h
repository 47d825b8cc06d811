#pragma once
// YAML as our own tree, every key and value with its place; the only user of the YAML library.
// Bounded: size, depth and count are limited, anchors, aliases and tags are refused, so a small file cannot
// become a large tree.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fault.h"

namespace xj::config {

struct Limits {
  std::size_t bytes = 4u << 20;
  std::size_t nodes = 200'000;
  int depth = 32;
};

// A value of the file. Lines and columns count from 1, columns in characters.
struct Node {
  enum class Kind { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  bool quoted = false;  // a scalar written in quotes or as a block: never null, whatever it says
  int line = 0;
  int column = 0;
  std::string text;            // of a scalar
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map, in the order of the file; a key occurs once

  const Node* find(std::string_view key) const;  // null when absent or no map
};
struct Node::Entry {
  std::string key;
  int line = 0;
  int column = 0;
  Node value;
};

struct Document {
  std::string file;       // as shown in problems
  bool readable = false;  // false: not a tree at all, the problems say why; reading goes no further
  Node root;
  Place place(const Node& node) const { return {file, node.line, node.column}; }
};

// UTF-8 without control characters; the first byte that is not is a problem at its place.
bool is_plain_text(std::string_view text, const std::string& file, Problems& problems);
// The file's bytes, one more than `most` where it has more: whoever reads them refuses that. Nothing, and a
// problem, when it cannot be read.
std::optional<std::string> read_bytes(const std::string& path, std::size_t most, Problems& problems);

// Bytes to a tree. Duplicate keys, anchors and tags are problems, and the tree goes on without them.
Document parse_document(std::string_view yaml, std::string file, Problems& problems,
                        const Limits& limits = {});
Document load_document(const std::string& path, Problems& problems, const Limits& limits = {});

// The tree without comments and layout, as JSON (which is YAML): what is hashed, stored and read back.
// Scalars become strings, the order of keys is kept, because it can mean something (grades).
std::string canonical(const Node& node);

}  // namespace xj::config

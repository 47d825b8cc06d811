#include "config/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <unordered_set>

namespace xj::config {
namespace {

// The length of the UTF-8 character at `at`, 0 when there is none: overlong forms, surrogates and what lies
// beyond U+10FFFF are none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto tail = [&](std::size_t n) {
    if (at + n >= text.size()) return false;
    for (std::size_t i = 1; i <= n; ++i)
      if ((byte(i) & 0xC0) != 0x80) return false;
    return true;
  };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(2) || (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(3) || (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
    return 4;
  }
  return 0;
}

// The library counts columns in bytes; people count characters.
class Columns {
 public:
  explicit Columns(std::string_view yaml) : yaml_(yaml) {
    starts_.push_back(0);
    for (std::size_t at = 0; at < yaml.size(); ++at)
      if (yaml[at] == '\n') starts_.push_back(at + 1);
  }
  int in_characters(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return 1;
    const auto from = starts_[static_cast<std::size_t>(mark.line)];
    const auto to = std::min(yaml_.size(), from + static_cast<std::size_t>(std::max(0, mark.column)));
    return 1 + static_cast<int>(std::count_if(yaml_.begin() + static_cast<std::ptrdiff_t>(from),
                                              yaml_.begin() + static_cast<std::ptrdiff_t>(to), [](char c) {
                                                return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                                              }));
  }

 private:
  std::string_view yaml_;
  std::vector<std::size_t> starts_;
};

struct LimitReached {
  Message message;
  YAML::Mark mark;
};

class Builder final : public YAML::EventHandler {
 public:
  Builder(const Columns& columns, std::string file, Problems& problems, const Limits& limits)
      : columns_(columns), file_(std::move(file)), problems_(problems), limits_(limits) {}

  Node take() { return std::move(root_); }
  const YAML::Mark& start() const { return start_; }
  const YAML::Mark& last() const { return last_; }  // where the last value or key began

  void OnDocumentStart(const YAML::Mark& mark) override { start_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_anchor(mark, anchor);
    add(node_at(mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problem(mark, "config.alias");
    add(node_at(mark));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_anchor(mark, anchor);
    check_tag(mark, tag);
    Node node = node_at(mark);
    node.quoted = tag == "!";
    if (node.quoted || !(value.empty() || value == "~" || value == "null")) {
      node.kind = Node::Kind::scalar;
      node.text = value;
    }
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  void problem(const YAML::Mark& mark, std::string_view id, Message::Args args = {}) {
    problems_.push_back({place(mark), {std::string(id), std::move(args)}});
  }

 private:
  struct Open {
    Node node;
    bool has_key = false;  // of a map: the next value belongs to `key`
    bool skip = false;     // the key was no text or came twice: its value is dropped
    Node::Entry key;
    std::unordered_set<std::string> keys;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, columns_.in_characters(mark)}; }
  Node node_at(const YAML::Mark& mark) {
    if (++count_ > limits_.nodes)
      throw LimitReached{{"config.too_many_nodes", {{"limit", std::to_string(limits_.nodes)}}}, mark};
    last_ = mark;
    Node node;
    node.line = mark.line + 1;
    node.column = columns_.in_characters(mark);
    return node;
  }
  void check_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) problem(mark, "config.anchor");
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") problem(mark, "config.tag", {{"tag", tag}});
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    check_anchor(mark, anchor);
    check_tag(mark, tag);
    if (static_cast<int>(open_.size()) >= limits_.depth)
      throw LimitReached{{"config.too_deep", {{"limit", std::to_string(limits_.depth)}}}, mark};
    Open o;
    o.node = node_at(mark);
    o.node.kind = kind;
    open_.push_back(std::move(o));
  }
  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }
  void add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& in = open_.back();
    if (in.node.kind == Node::Kind::list) {
      in.node.items.push_back(std::move(node));
      return;
    }
    if (!in.has_key) {
      in.has_key = true;
      in.skip = node.kind != Node::Kind::scalar;
      if (in.skip) {
        problems_.push_back({{file_, node.line, node.column}, {"config.key_not_text", {}}});
      } else if (!in.keys.insert(node.text).second) {
        in.skip = true;
        const auto first = std::find_if(in.node.entries.begin(), in.node.entries.end(),
                                        [&](const Node::Entry& e) { return e.key == node.text; });
        problems_.push_back(
            {{file_, node.line, node.column},
             {"config.duplicate_key", {{"key", node.text}, {"line", std::to_string(first->line)}}}});
      }
      in.key = {std::move(node.text), node.line, node.column, {}};
      return;
    }
    in.has_key = false;
    if (in.skip) return;
    in.key.value = std::move(node);
    in.node.entries.push_back(std::move(in.key));
  }

  const Columns& columns_;
  std::string file_;
  Problems& problems_;
  Limits limits_;
  std::size_t count_ = 0;
  std::vector<Open> open_;
  Node root_;
  YAML::Mark start_ = YAML::Mark::null_mark();
  YAML::Mark last_ = YAML::Mark::null_mark();
};

// The library's words for the slips people make most, with what to do about them.
Message syntax_message(const std::string& said) {
  struct Known {
    std::string_view said, id;
  };
  static const std::array<Known, 10> known{{
      {YAML::ErrorMsg::END_OF_MAP, "config.yaml.end_of_map"},
      {YAML::ErrorMsg::END_OF_SEQ, "config.yaml.end_of_list"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "config.yaml.brace_open"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "config.yaml.bracket_open"},
      {YAML::ErrorMsg::MAP_VALUE, "config.yaml.colon"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "config.yaml.quote_open"},
      {YAML::ErrorMsg::DOC_IN_SCALAR, "config.yaml.quote_open"},
      {YAML::ErrorMsg::TAB_IN_INDENTATION, "config.yaml.tab"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "config.yaml.token"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "config.yaml.dash"},
  }};
  for (const auto& k : known)
    if (said == k.said) return {std::string(k.id), {}};
  return {"config.yaml.other", {{"detail", said}}};
}

void json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7F) {
      out += "\\u00";
      out += hex[u >> 4];
      out += hex[u & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_canonical(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: out += "null"; return;
    case Node::Kind::scalar: json_string(out, node.text); return;
    case Node::Kind::list: {
      out += '[';
      bool first = true;
      for (const auto& item : node.items) {
        if (!first) out += ',';
        first = false;
        write_canonical(out, item);
      }
      out += ']';
      return;
    }
    case Node::Kind::map: {
      out += '{';
      bool first = true;
      for (const auto& entry : node.entries) {
        if (!first) out += ',';
        first = false;
        json_string(out, entry.key);
        out += ": ";
        write_canonical(out, entry.value);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

bool is_plain_text(std::string_view text, const std::string& file, Problems& problems) {
  int line = 1, column = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    const auto length = utf8_length(text, at);
    if (length == 0 || (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F) {
      problems.push_back(
          {{file, line, column}, {length == 0 ? "config.not_utf8" : "config.control_character", {}}});
      return false;
    }
    at += length;
    if (c == '\n')
      ++line, column = 1;
    else
      ++column;
  }
  return true;
}

Document parse_document(std::string_view yaml, std::string file, Problems& problems, const Limits& limits) {
  Document document;
  document.file = std::move(file);
  document.root.line = document.root.column = 1;
  if (yaml.size() > limits.bytes) {
    problems.push_back(
        {{document.file, 0, 0}, {"config.too_large", {{"limit", std::to_string(limits.bytes)}}}});
    return document;
  }
  if (yaml.starts_with("\xEF\xBB\xBF")) yaml.remove_prefix(3);
  if (!is_plain_text(yaml, document.file, problems)) return document;
  const Columns columns(yaml);
  Builder builder(columns, document.file, problems, limits);
  const auto at = [&](const YAML::Mark& mark) {
    return mark.is_null() ? Place{document.file, 1, 1}
                          : Place{document.file, mark.line + 1, columns.in_characters(mark)};
  };
  try {
    // Without an end marker the library takes an open quotation mark at the end of the file for a closed one.
    std::string marked(yaml);
    if (!marked.ends_with('\n')) marked += '\n';
    std::istringstream stream{marked + "...\n"};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      document.root = builder.take();
      document.readable = true;
      // A second one is named, never silently left out.
      Problems ignored;
      Builder more(columns, document.file, ignored, limits);
      if (parser && parser.HandleNextDocument(more))
        problems.push_back({at(more.start()), {"config.second_document", {}}});
    } else {
      document.readable = true;  // nothing but comments: an empty map to whoever reads it
    }
  } catch (const LimitReached& limit) {
    document.readable = false;
    problems.push_back({at(limit.mark), limit.message});
  } catch (const YAML::Exception& e) {
    document.readable = false;
    auto message = syntax_message(e.msg);
    // The end of the file is no help in finding an open quotation mark; what was read last is.
    const auto& mark = message.id == "config.yaml.quote_open" ? builder.last() : e.mark;
    problems.push_back({at(mark), std::move(message)});
  }
  return document;
}

std::optional<std::string> read_bytes(const std::string& path, std::size_t most, Problems& problems) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes;
  if (in) {
    bytes.resize(most + 1);
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof() && bytes.empty()) {
    problems.push_back({{path, 0, 0}, {"config.cannot_read", {}}});
    return std::nullopt;
  }
  return bytes;
}

Document load_document(const std::string& path, Problems& problems, const Limits& limits) {
  if (const auto bytes = read_bytes(path, limits.bytes, problems))
    return parse_document(*bytes, path, problems, limits);
  Document document;
  document.file = path;
  return document;
}

std::string canonical(const Node& node) {
  std::string out;
  write_canonical(out, node);
  return out;
}

}  // namespace xj::config

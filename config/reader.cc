#include "config/reader.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>

namespace xj::config {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// What a person would recognise of a value in a problem.
std::string shown(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "";
    case Node::Kind::scalar: {
      // Cut at a character; 60 bytes are enough to be recognised.
      std::size_t end = std::min<std::size_t>(node.text.size(), 60);
      while (end < node.text.size() && end > 0 && (static_cast<unsigned char>(node.text[end]) & 0xC0) == 0x80)
        --end;
      return node.text.substr(0, end) + (end < node.text.size() ? "…" : "");
    }
    case Node::Kind::list: return "[…]";
    case Node::Kind::map: return "{…}";
  }
  return "";
}

template <typename T>
bool whole(const std::string& text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

const Value& Value::required() const {
  if (node_ == nullptr) context_->problems.push_back({place_, {"config.missing", {{"name", path_}}}});
  return *this;
}

void Value::problem(Message what) const { context_->problems.push_back({place_, std::move(what)}); }
void Value::warning(Message what) const { context_->problems.push_back({place_, std::move(what), true}); }
void Value::wrong(std::string_view accepts) const {
  problem({"config.wrong",
           {{"name", path_},
            {"value", node_ == nullptr ? "" : shown(*node_)},
            {"accepts", "@" + std::string(accepts)}}});
}

bool Value::scalar(std::string_view accepts) const {
  if (node_ == nullptr) return false;
  if (node_->kind == Node::Kind::scalar) return true;
  wrong(accepts);
  return false;
}

bool Value::text(std::string& into) const {
  if (!scalar("core.accepts.text")) return false;
  if (node_->text.empty()) {
    problem({"config.empty", {{"name", path_}}});
    return false;
  }
  into = node_->text;
  return true;
}

bool Value::id(std::string& into) const {
  if (!scalar("config.accepts.id")) return false;
  if (!is_id(node_->text)) {
    wrong("config.accepts.id");
    return false;
  }
  into = node_->text;
  return true;
}

bool Value::flag(bool& into) const {
  if (!scalar("core.accepts.flag")) return false;
  const auto& t = node_->text;
  if (t == "true" || t == "yes" || t == "on")
    into = true;
  else if (t == "false" || t == "no" || t == "off")
    into = false;
  else {
    wrong("core.accepts.flag");
    return false;
  }
  return true;
}

bool Value::integer(std::int64_t& into, std::int64_t min, std::int64_t max) const {
  if (!scalar("core.accepts.integer")) return false;
  std::int64_t value = 0;
  if (!whole(node_->text, value)) {
    wrong("core.accepts.integer");
    return false;
  }
  if (value < min || value > max) {
    problem({"config.range",
             {{"name", path_},
              {"value", node_->text},
              {"min", std::to_string(min)},
              {"max", std::to_string(max)}}});
    return false;
  }
  into = value;
  return true;
}

bool Value::integer(int& into, int min, int max) const {
  std::int64_t value = 0;
  if (!integer(value, min, max)) return false;
  into = static_cast<int>(value);
  return true;
}

bool Value::percent(double& into) const {
  if (!scalar("core.accepts.percent")) return false;
  const auto value = parse_percent(node_->text);
  if (!value) {
    wrong("core.accepts.percent");
    return false;
  }
  into = *value;
  return true;
}

bool Value::duration(Duration& into, Duration min, Duration max) const {
  if (!scalar("core.accepts.duration")) return false;
  const auto value = parse_duration(node_->text);
  if (!value) {
    wrong("core.accepts.duration");
    return false;
  }
  if (*value < min || *value > max) {
    if (max == Duration::max())
      problem({"config.at_least", {{"name", path_}, {"value", node_->text}, {"min", to_text(min)}}});
    else
      problem({"config.range",
               {{"name", path_}, {"value", node_->text}, {"min", to_text(min)}, {"max", to_text(max)}}});
    return false;
  }
  into = *value;
  return true;
}

bool Value::bytes(std::int64_t& into, std::int64_t min, std::int64_t max) const {
  if (!scalar("core.accepts.bytes")) return false;
  const auto value = parse_bytes(node_->text);
  if (!value) {
    wrong("core.accepts.bytes");
    return false;
  }
  const auto size = [](std::int64_t n) {
    for (const auto& [unit, shift] : {std::pair{"GiB", 30}, std::pair{"MiB", 20}, std::pair{"KiB", 10}})
      if (n > 0 && n % (std::int64_t{1} << shift) == 0) return std::to_string(n >> shift) + unit;
    return std::to_string(n) + "B";
  };
  if (*value < min || *value > max) {
    problem(
        {"config.range", {{"name", path_}, {"value", node_->text}, {"min", size(min)}, {"max", size(max)}}});
    return false;
  }
  into = *value;
  return true;
}

bool Value::texts(std::vector<std::string>& into) const {
  if (node_ == nullptr) return false;
  if (node_->kind != Node::Kind::list && node_->kind != Node::Kind::scalar) {
    wrong("core.accepts.text_list");
    return false;
  }
  std::vector<std::string> read;
  bool good = true;
  list([&](const Value& item) {
    std::string one;
    good = item.text(one) && good;
    read.push_back(std::move(one));
  });
  if (good) into = std::move(read);
  return good;
}

bool Value::path(std::string& into) const {
  std::string written;
  if (!text(written)) return false;
  into = relative_to(context_->file, written);
  return true;
}

bool Value::paths(std::vector<std::string>& into) const {
  std::vector<std::string> written;
  if (!texts(written)) return false;
  into.clear();
  for (const auto& one : written) into.push_back(relative_to(context_->file, one));
  return true;
}

bool Value::params(ParamMap& into) const {
  if (node_ == nullptr) return false;
  if (node_->kind != Node::Kind::map) {
    wrong("config.accepts.map");
    return false;
  }
  ParamMap read;
  bool good = true;
  for (const auto& entry : node_->entries) {
    const Value value(*context_, &entry.value, path_ + '.' + entry.key,
                      {context_->file, entry.value.line, entry.value.column});
    ParamValue param;
    param.place = {context_->file, entry.line, entry.column};
    switch (entry.value.kind) {
      case Node::Kind::scalar: param.texts.push_back(entry.value.text); break;
      case Node::Kind::list:
        param.list = true;
        for (const auto& item : entry.value.items) {
          if (item.kind != Node::Kind::scalar) {
            value.wrong("core.accepts.text_list");
            good = false;
            break;
          }
          param.texts.push_back(item.text);
        }
        break;
      case Node::Kind::null:
      case Node::Kind::map:
        value.wrong("config.accepts.param");
        good = false;
        break;
    }
    read.emplace(entry.key, std::move(param));
  }
  if (good) into = std::move(read);
  return good;
}

int Value::chosen(const std::vector<std::string>& words) const {
  if (!scalar("core.accepts.text")) return -1;
  const auto it = std::find(words.begin(), words.end(), node_->text);
  if (it != words.end()) return static_cast<int>(it - words.begin());
  problem({"config.choice", {{"name", path_}, {"value", shown(*node_)}, {"known", joined(words)}}});
  return -1;
}

bool Value::map(const std::function<void(MapReader&)>& visit) const {
  if (node_ == nullptr) return false;
  if (node_->kind != Node::Kind::map) {
    wrong("config.accepts.map");
    return false;
  }
  MapReader reader(*context_, *node_, path_);
  visit(reader);
  return true;
}

bool Value::list(const std::function<void(const Value&)>& visit) const {
  if (node_ == nullptr) return false;
  const auto one = [&](const Node& node, std::size_t index) {
    visit(Value(*context_, &node, path_ + '[' + std::to_string(index + 1) + ']',
                {context_->file, node.line, node.column}));
  };
  if (node_->kind == Node::Kind::list) {
    for (std::size_t i = 0; i < node_->items.size(); ++i) one(node_->items[i], i);
    return true;
  }
  if (node_->kind == Node::Kind::null) {
    wrong("config.accepts.list");
    return false;
  }
  one(*node_, 0);
  return true;
}

bool Value::each(const std::function<void(const std::string&, const Value&)>& visit) const {
  if (node_ == nullptr) return false;
  if (node_->kind != Node::Kind::map) {
    wrong("config.accepts.map");
    return false;
  }
  if (context_->asked != nullptr) context_->asked->insert(path_ + ".*");
  for (const auto& entry : node_->entries) {
    if (!is_id(entry.key)) {
      context_->problems.push_back(
          {{context_->file, entry.line, entry.column},
           {"config.bad_id", {{"id", entry.key}, {"accepts", "@config.accepts.id"}}}});
      continue;
    }
    visit(entry.key, Value(*context_, &entry.value, path_ + '.' + entry.key,
                           {context_->file, entry.value.line, entry.value.column}));
  }
  return true;
}

MapReader::MapReader(ReadContext& context, const Node& node, std::string path)
    : context_(context), node_(node), path_(std::move(path)), place_{context.file, node.line, node.column} {}

MapReader::~MapReader() {
  for (const auto& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    const Place place{context_.file, entry.line, entry.column};
    if (const auto near = did_you_mean(entry.key, known_); !near.empty())
      context_.problems.push_back({place, {"config.unknown_key_near", {{"key", entry.key}, {"near", near}}}});
    else
      context_.problems.push_back(
          {place, {"config.unknown_key", {{"key", entry.key}, {"known", joined(known_)}}}});
  }
}

Value MapReader::operator[](std::string_view key) {
  ignore(key);
  const auto name = path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
  for (const auto& entry : node_.entries)
    if (entry.key == key) {
      // "key:" with nothing behind it: the place is the key's, since there is nothing else to point at.
      const bool none = entry.value.kind == Node::Kind::null;
      return {
          context_,
          &entry.value,
          name,
          {context_.file, none ? entry.line : entry.value.line, none ? entry.column : entry.value.column}};
    }
  return {context_, nullptr, name, place_};
}

void MapReader::ignore(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (context_.asked != nullptr)
    context_.asked->insert(path_.empty() ? std::string(key) : path_ + '.' + std::string(key));
}

void MapReader::problem(Message what) const { context_.problems.push_back({place_, std::move(what)}); }

void read_top(const Document& document, ReadContext& context, const std::function<void(MapReader&)>& visit) {
  if (!document.readable) return;
  if (document.root.kind != Node::Kind::map && document.root.kind != Node::Kind::null) {
    context.problems.push_back(
        {{document.file, document.root.line, document.root.column}, {"config.top", {}}});
    return;
  }
  MapReader reader(context, document.root, "");
  visit(reader);
}

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return word(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
           return word(c) || c == '-' || c == '_' || c == '.';
         });
}

std::string relative_to(const std::string& file, const std::string& path) {
  const std::filesystem::path written(path);
  if (written.is_absolute()) return written.lexically_normal().string();
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(file, ignored).parent_path();
  return (folder / written).lexically_normal().string();
}

bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (host.find(':') != std::string_view::npos && !(host.starts_with('[') && host.ends_with(']')))
    return false;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  return error == std::errc{} && end == port.data() + port.size() && value <= 65535;
}

}  // namespace xj::config

#include "reports/template.h"

#include "reports/template_tree.h"

namespace xj::reports {
namespace {

using Kind = FactType::Kind;
constexpr std::size_t kMostNodes = 2'000'000;

std::string number_of(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return std::string(digits);
}

// What came from outside as text that can be shown anywhere: well-formed UTF-8, no control characters but
// line ends and tabs, no code points that XML and HTML exclude.
std::string clean(std::string text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
    char32_t c = size == 1 ? lead : size == 0 ? 0 : lead & (0xFFu >> (size + 1));
    bool good = size > 0 && i + size <= text.size();
    for (std::size_t k = 1; good && k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      good = (next & 0xC0) == 0x80;
      c = (c << 6) | (next & 0x3Fu);
    }
    static constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    good = good && c >= least[size] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && (c & 0xFFFE) != 0xFFFE;
    if (!good) {
      out += "\xEF\xBF\xBD";
      i += 1;
      continue;
    }
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    if (!control) out.append(text, i, size);
    i += size;
  }
  return out;
}

class Filler {
 public:
  Filler(const Manifest& manifest, const Json& facts)
      : manifest_(manifest), facts_(facts), lang_(facts_lang(facts)) {}

  void fill(const TemplateNode& from, std::vector<Node>& into) {
    if (!from.repeat) {
      if (!from.condition || holds(*from.condition)) into.push_back(make(from));
      return;
    }
    const Json& list = value(*from.repeat);
    const auto mark = variables_.size();
    std::int64_t counter = 0;
    for (const auto& item : list.items()) {
      const Json number(++counter);
      variables_.push_back(&item);
      if (from.counted) variables_.push_back(&number);
      if (!from.condition || holds(*from.condition)) into.push_back(make(from));
      variables_.resize(mark);
    }
  }

 private:
  Node make(const TemplateNode& from) {
    if (++nodes_ > kMostNodes) throw Fault("the document would have more than 2,000,000 parts");
    Node out;
    out.kind = from.kind;
    out.tag = from.tag;
    out.text = text(from.text);
    for (const auto& [name, pieces] : from.attributes) out.attributes.emplace_back(name, text(pieces));
    for (const auto& child : from.children) fill(child, out.children);
    return out;
  }

  const Json& value(const Ref& ref) const {
    const Json* at = ref.from == Ref::From::variable ? variables_[ref.variable] : &facts_;
    for (const auto& name : ref.path) at = &(*at)[name];
    return *at;
  }

  bool holds(const Condition& condition) const {
    bool yes = false;
    if (condition.equals) {
      yes = text(condition.ref) == *condition.equals;
    } else if (condition.ref.from == Ref::From::label || condition.ref.from == Ref::From::form ||
               !condition.ref.column.empty()) {
      const auto shown = text(condition.ref);
      yes = !shown.empty() && shown != "0";
    } else {
      const Json& v = value(condition.ref);
      yes = v.is_bool()     ? v.bool_or(false)
            : v.is_number() ? v.number_or(0) != 0
            : v.is_string() ? !v.string_or("").empty()
                            : v.size() > 0;
    }
    return yes != condition.negate;
  }

  std::string text(const Pieces& pieces) const {
    std::string out;
    for (const auto& piece : pieces) out += piece.ref ? clean(text(*piece.ref)) : piece.literal;
    return out;
  }

  std::string text(const Ref& ref) const {
    if (ref.from == Ref::From::label) return manifest_.label(ref.path[0])->in(lang_);
    if (ref.from == Ref::From::form)
      return ref.path[0] == "name" ? manifest_.form : manifest_.title.in(lang_);
    const Json& v = value(ref);
    if (v.is_null()) return ref.column == "count" ? "0" : "";
    switch (ref.type.kind) {
      case Kind::text: return v.string_or("");
      case Kind::message: return render(fact_message(v), lang_);
      case Kind::integer:
      case Kind::number:
      case Kind::flag: return v.dump();
      case Kind::date: return date(v.string_or(""), ref.column);
      case Kind::time: return time(v.string_or(""), ref.column);
      case Kind::choice: return choice(ref, v.string_or(""));
      case Kind::list: return std::to_string(v.size());
      case Kind::record: return {};
    }
    return {};
  }

  // Facts are proven: a date has the form 2026-09-30.
  std::string date(std::string_view iso, std::string_view column) const {
    if (iso.size() < 10) return std::string(iso);
    const auto year = iso.substr(0, 4), month = iso.substr(5, 2), day = iso.substr(8, 2);
    if (column == "year") return std::string(year);
    if (column == "month") return number_of(month);
    if (column == "day") return number_of(day);
    if (column == "iso" || lang_ == Lang::en) return std::string(iso.substr(0, 10));
    return std::string(year) + "年" + number_of(month) + "月" + number_of(day) + "日";
  }

  // In the offset it was written with: that is the contract's zone.
  std::string time(std::string_view iso, std::string_view column) const {
    if (iso.size() < 19 || column == "iso") return std::string(iso);
    if (column == "date") return std::string(iso.substr(0, 10));
    if (column == "clock") return std::string(iso.substr(11, 5));
    if (column == "seconds") return std::string(iso.substr(11, 8));
    return std::string(iso.substr(0, 10)) + ' ' + std::string(iso.substr(11, 5));
  }

  std::string choice(const Ref& ref, const std::string& code) const {
    if (ref.column == "code") return code;
    const auto* set = manifest_.choice(ref.type.choice);
    const auto* row = set == nullptr ? nullptr : set->code(code);
    if (row == nullptr) return code;
    const auto* label = row->column(ref.column.empty() ? "title" : std::string_view(ref.column));
    return label == nullptr ? std::string{} : label->in(lang_);
  }

  const Manifest& manifest_;
  const Json& facts_;
  const Lang lang_;
  std::vector<const Json*> variables_;
  std::size_t nodes_ = 0;
};

std::chrono::minutes offset_of(std::string_view iso) {
  if (iso.size() < 6 || iso.ends_with('Z')) return std::chrono::minutes{0};
  const auto tail = iso.substr(iso.size() - 6);
  const auto two = [&](std::size_t at) { return (tail[at] - '0') * 10 + (tail[at + 1] - '0'); };
  const int minutes = two(1) * 60 + two(4);
  return std::chrono::minutes{tail[0] == '-' ? -minutes : minutes};
}

std::string words_of(const Node& node) {
  std::string out = node.kind == Node::Kind::text ? node.text : std::string{};
  for (const auto& child : node.children) out += words_of(child);
  return out;
}

}  // namespace

std::string_view Node::attribute(std::string_view name) const {
  for (const auto& [key, value] : attributes)
    if (key == name) return value;
  return {};
}

const Node* Node::child(std::string_view tag_name) const {
  for (const auto& c : children)
    if (c.kind == Kind::element && c.tag == tag_name) return &c;
  return nullptr;
}

bool is_running(const Node& node) {
  return node.kind == Node::Kind::element && (node.tag == "header" || node.tag == "footer");
}

Template::Template(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Document Template::fill(const Json& facts) const {
  Document out;
  out.lang = facts_lang(facts);
  const auto made = facts["made"].string_or("");
  out.made = parse_iso(made).value_or(Timestamp{});
  out.zone = offset_of(made);
  std::vector<Node> html;
  Filler(*tree_->manifest, facts).fill(tree_->root, html);
  if (html.empty()) return out;
  for (auto& part : html.front().children) {
    if (part.tag == "body")
      out.body = std::move(part);
    else if (part.tag == "head")
      if (const auto* title = part.child("title")) out.title = words_of(*title);
  }
  return out;
}

}  // namespace xj::reports

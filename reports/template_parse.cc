#include <expat.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "reports/template.h"
#include "reports/template_tree.h"

namespace xj::reports {
namespace {

// What an element may stand in and may hold. `inside` names its parents' groups.
struct Element {
  std::string_view tag;
  std::string_view group;  // of this element: what a parent's `holds` may name
  std::string_view holds;  // groups of children, separated by blanks; "text" for words
};
constexpr Element kElements[] = {
    {"html", "root", "head body"},
    {"head", "head", "title"},
    {"title", "title", "text"},
    {"body", "body", "running block inline text"},
    {"header", "running", "block inline text"},
    {"footer", "running", "block inline text"},
    {"section", "block", "block inline text"},
    {"div", "block", "block inline text"},
    {"p", "block", "inline text"},
    {"h1", "block", "inline text"},
    {"h2", "block", "inline text"},
    {"h3", "block", "inline text"},
    {"table", "block", "columns rows row"},
    {"colgroup", "columns", "column"},
    {"col", "column", ""},
    {"thead", "rows", "row"},
    {"tbody", "rows", "row"},
    {"tr", "row", "cell"},
    {"th", "cell", "block inline text"},
    {"td", "cell", "block inline text"},
    {"span", "inline", "inline text"},
    {"strong", "inline", "inline text"},
    {"b", "inline", "inline text"},
    {"br", "inline", ""},
    {"svg", "block", ""},
};
constexpr std::array<std::string_view, 10> kAttributes = {"class",        "id",         "lang",  "colspan",
                                                          "rowspan",      "xmlns",      "title", "data-pages",
                                                          "data-counter", "data-repeat"};

const Element* element(std::string_view tag) {
  for (const auto& e : kElements)
    if (e.tag == tag) return &e;
  return nullptr;
}

bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Moves a place over text that stands in the source as it is.
void advance(Place& place, std::string_view over) {
  for (const char c : over) {
    if (c == '\n')
      ++place.line, place.column = 1;
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      ++place.column;
  }
}

class Parser {
 public:
  Parser(std::string_view source, const std::string& file, const Manifest& manifest, Problems& problems,
         TemplateLimits limits)
      : source_(source), file_(file), manifest_(manifest), problems_(problems), limits_(limits) {}

  TemplateNode run() {
    if (source_.size() > limits_.bytes) {
      problem({file_, 0, 0}, {"reports.template_large", {{"limit", std::to_string(limits_.bytes)}}});
      return {};
    }
    std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
        XML_ParserCreate("UTF-8"), XML_ParserFree);
    if (!parser) throw Fault("out of memory while reading " + file_);
    xml_ = parser.get();
    XML_SetUserData(xml_, this);
    XML_SetElementHandler(
        xml_,
        [](void* self, const char* tag, const char** atts) { static_cast<Parser*>(self)->start(tag, atts); },
        [](void* self, const char*) { static_cast<Parser*>(self)->end(); });
    XML_SetCharacterDataHandler(xml_, [](void* self, const char* text, int size) {
      static_cast<Parser*>(self)->words({text, static_cast<std::size_t>(size)});
    });
    XML_SetStartDoctypeDeclHandler(xml_, [](void* self, const char*, const char*, const char*, int) {
      static_cast<Parser*>(self)->refuse({"reports.template_dtd", {}});
    });
    XML_SetProcessingInstructionHandler(xml_, [](void* self, const char*, const char*) {
      static_cast<Parser*>(self)->refuse({"reports.template_instruction", {}});
    });
    const auto status = XML_Parse(xml_, source_.data(), static_cast<int>(source_.size()), XML_TRUE);
    if (status != XML_STATUS_OK && !refused_)
      problem(here(), {"reports.template_malformed", {{"what", XML_ErrorString(XML_GetErrorCode(xml_))}}});
    return std::move(root_);
  }

 private:
  struct Open {
    TemplateNode node;
    const Element* kind = nullptr;  // null: unknown, its content is read for more problems
    std::size_t variables = 0;      // in scope outside it
    std::string text;               // words since the last child
    std::vector<std::pair<std::size_t, Place>> places;  // offset in text → place in the source
  };

  Place here() const {
    return {file_, static_cast<int>(XML_GetCurrentLineNumber(xml_)),
            static_cast<int>(XML_GetCurrentColumnNumber(xml_)) + 1};
  }
  void problem(Place place, Message what) {
    if (problems_.size() < 200) problems_.push_back({std::move(place), std::move(what)});
  }
  void refuse(Message what) {
    if (refused_) return;
    problem(here(), std::move(what));
    refused_ = true;
    XML_StopParser(xml_, XML_FALSE);
  }

  void start(const char* name, const char** atts) {
    if (refused_) return;
    const std::string_view tag(name);
    if (++nodes_ > limits_.nodes || stack_.size() + static_cast<std::size_t>(svg_depth_) >= limits_.depth)
      return refuse({"reports.template_large", {{"limit", std::to_string(limits_.nodes)}}});
    if (svg_depth_ > 0 || tag == "svg") {
      svg_attributes(tag, atts);
      if (svg_depth_++ > 0) return;
      svg_start_ = static_cast<std::size_t>(XML_GetCurrentByteIndex(xml_));
    }
    if (!stack_.empty()) flush();
    const auto* kind = element(tag);
    if (kind == nullptr) {
      std::vector<std::string> known;
      for (const auto& e : kElements) known.emplace_back(e.tag);
      const auto near = did_you_mean(tag, known);
      problem(here(), near.empty()
                          ? Message{"reports.element_unknown", {{"name", name}}}
                          : Message{"reports.element_unknown_near", {{"name", name}, {"near", near}}});
    } else if (stack_.empty() ? tag != "html"
                              : stack_.back().kind && !has_word(stack_.back().kind->holds, kind->group)) {
      problem(here(), {"reports.element_place",
                       {{"name", name}, {"parent", stack_.empty() ? "-" : stack_.back().node.tag}}});
    }
    Open open;
    open.kind = kind;
    open.node.tag = tag;
    open.variables = variables_.size();
    if (tag == "svg") {
      open.node.kind = Node::Kind::svg;
      stack_.push_back(std::move(open));
      return;
    }
    attributes(open, atts);
    stack_.push_back(std::move(open));
  }

  // Where the value of an attribute starts in the source: expat says only where the element does.
  std::pair<Place, std::string_view> attribute_value(std::string_view name) const {
    const auto begin = static_cast<std::size_t>(XML_GetCurrentByteIndex(xml_));
    const auto raw = source_.substr(begin, static_cast<std::size_t>(XML_GetCurrentByteCount(xml_)));
    auto at = raw.find_first_of(" \t\r\n");
    while (at < raw.size()) {
      at = raw.find_first_not_of(" \t\r\n", at);
      if (at == std::string_view::npos) break;
      const auto equals = raw.find('=', at);
      if (equals == std::string_view::npos) break;
      auto word = raw.substr(at, equals - at);
      word = word.substr(0, word.find_first_of(" \t\r\n"));
      const auto open = raw.find_first_of("'\"", equals);
      if (open == std::string_view::npos) break;
      const auto close = raw.find(raw[open], open + 1);
      if (close == std::string_view::npos) break;
      if (word == name) {
        auto place = here();
        advance(place, raw.substr(0, open + 1));
        return {place, raw.substr(open + 1, close - open - 1)};
      }
      at = close + 1;
    }
    return {here(), {}};
  }

  void attributes(Open& open, const char** atts) {
    const char* repeat = nullptr;
    const char* condition = nullptr;
    for (auto a = atts; *a != nullptr; a += 2) {
      if (std::strcmp(a[0], "repeat") == 0) repeat = a[1];
      if (std::strcmp(a[0], "if") == 0) condition = a[1];
    }
    // The repeat first: its variables are in scope for the condition and the other attributes.
    Message what;
    if (repeat != nullptr) {
      auto found = Expressions(manifest_, variables_).repeat(repeat, what);
      if (!found) {
        problem(attribute_value("repeat").first, what);
        // A variable of any type, so that one wrong list does not make every name below it wrong as well.
      } else {
        open.node.repeat = std::move(found->list);
        variables_.push_back(std::move(found->item));
        if (!found->counter.empty()) {
          open.node.counted = true;
          FactType integer;
          integer.kind = FactType::Kind::integer;
          variables_.push_back({found->counter, integer});
        }
      }
      broken_ += !found;
      open.node.counted = open.node.counted && found;
    }
    if (condition != nullptr) {
      auto found = Expressions(manifest_, variables_).condition(condition, what);
      if (!found && broken_ == 0) problem(attribute_value("if").first, what);
      open.node.condition = std::move(found);
    }
    for (auto a = atts; *a != nullptr; a += 2) {
      const std::string_view name(a[0]);
      if (name == "repeat" || name == "if") continue;
      if (std::find(kAttributes.begin(), kAttributes.end(), name) == kAttributes.end()) {
        problem(attribute_value(name).first,
                {"reports.attribute_unknown", {{"name", a[0]}, {"element", open.node.tag}}});
        continue;
      }
      if (name == "xmlns") continue;
      open.node.attributes.emplace_back(name, pieces(a[1], [&](std::size_t nth, std::size_t) {
                                          auto [place, raw] = attribute_value(name);
                                          std::size_t at = 0;
                                          for (std::size_t i = 0;; ++i) {
                                            at = raw.find("{{", at);
                                            if (at == std::string_view::npos) break;
                                            if (i == nth) {
                                              advance(place, raw.substr(0, at));
                                              break;
                                            }
                                            at += 2;
                                          }
                                          return place;
                                        }));
    }
  }

  void svg_attributes(std::string_view tag, const char** atts) {
    static constexpr std::array<std::string_view, 4> refused = {"script", "foreignObject", "image", "style"};
    if (std::find(refused.begin(), refused.end(), tag) != refused.end())
      problem(here(), {"reports.svg_refused", {{"name", std::string(tag)}}});
    for (auto a = atts; *a != nullptr; a += 2) {
      const std::string_view name(a[0]), value(a[1]);
      if (name.starts_with("on") || (name.ends_with("href") && !value.starts_with("#")))
        problem(here(), {"reports.svg_refused", {{"name", a[0]}}});
    }
  }

  // Cuts text at {{names}}; `where(nth, offset)` gives the place of the nth, at that offset.
  template <typename Where>
  Pieces pieces(std::string_view text, const Where& where) {
    Pieces out;
    Message what;
    std::size_t nth = 0;
    for (std::size_t at = 0; at < text.size();) {
      const auto open = text.find("{{", at);
      if (open != at) out.push_back({std::string(text.substr(at, open - at)), {}});
      if (open == std::string_view::npos) break;
      const auto close = text.find("}}", open);
      if (close == std::string_view::npos) {
        problem(where(nth, open), {"reports.expression_open", {}});
        break;
      }
      auto ref = Expressions(manifest_, variables_).reference(text.substr(open + 2, close - open - 2), what);
      if (ref)
        out.push_back({{}, std::move(ref)});
      else if (broken_ == 0)
        problem(where(nth, open), what);
      ++nth;
      at = close + 2;
    }
    return out;
  }

  void words(std::string_view text) {
    if (refused_ || svg_depth_ > 0 || stack_.empty()) return;
    auto& open = stack_.back();
    open.places.emplace_back(open.text.size(), here());
    open.text += text;
  }

  // Turns the words gathered so far into a child of the innermost element.
  void flush() {
    auto& open = stack_.back();
    const auto text = std::move(open.text);
    const auto places = std::move(open.places);
    open.text.clear();
    open.places.clear();
    if (text.empty() || open.node.kind == Node::Kind::svg) return;
    const bool holds_text = open.kind == nullptr || has_word(open.kind->holds, "text");
    if (!holds_text) {
      if (!blank(text)) problem(places.front().second, {"reports.text_place", {{"parent", open.node.tag}}});
      return;
    }
    TemplateNode child;
    child.kind = Node::Kind::text;
    child.text = pieces(text, [&](std::size_t, std::size_t offset) {
      auto it = std::upper_bound(places.begin(), places.end(), offset,
                                 [](std::size_t o, const auto& entry) { return o < entry.first; });
      --it;
      auto place = it->second;
      advance(place, std::string_view(text).substr(it->first, offset - it->first));
      return place;
    });
    open.node.children.push_back(std::move(child));
  }

  void end() {
    if (refused_ || stack_.empty()) return;
    if (svg_depth_ > 0) {
      if (--svg_depth_ > 0) return;
      auto stop = static_cast<std::size_t>(XML_GetCurrentByteIndex(xml_)) +
                  static_cast<std::size_t>(XML_GetCurrentByteCount(xml_));
      stack_.back().node.text.push_back({std::string(source_.substr(svg_start_, stop - svg_start_)), {}});
    } else {
      flush();
    }
    Open open = std::move(stack_.back());
    stack_.pop_back();
    if (open.variables < variables_.size()) variables_.resize(open.variables);
    if (stack_.empty())
      root_ = std::move(open.node);
    else
      stack_.back().node.children.push_back(std::move(open.node));
  }

  std::string_view source_;
  const std::string& file_;
  const Manifest& manifest_;
  Problems& problems_;
  TemplateLimits limits_;
  XML_Parser xml_ = nullptr;
  std::vector<Open> stack_;
  std::vector<Variable> variables_;
  TemplateNode root_;
  std::size_t nodes_ = 0;
  std::size_t svg_start_ = 0;
  int svg_depth_ = 0;
  int broken_ = 0;  // repeats whose variables are unknown: names are no longer judged
  bool refused_ = false;
};

}  // namespace

Template Template::parse(std::string_view xhtml, const std::string& file, const Manifest& manifest,
                         Problems& problems, TemplateLimits limits) {
  auto tree = std::make_unique<Tree>();
  tree->manifest = &manifest;
  tree->root = Parser(xhtml, file, manifest, problems, limits).run();
  return Template(std::move(tree));
}

}  // namespace xj::reports

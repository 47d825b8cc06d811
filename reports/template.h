#pragma once
// A form's template: well-formed XHTML in a small subset, parsed once, names proved against the manifest,
// then filled on the tree. Escaping cannot be forgotten: a fact only ever becomes text of a node or an
// attribute.
#include <memory>
#include <string>
#include <string_view>

#include "core/fault.h"
#include "core/json.h"
#include "reports/document.h"
#include "reports/facts.h"

namespace xj::reports {

struct TemplateLimits {
  std::size_t bytes = 1u << 20;
  std::size_t depth = 64;
  std::size_t nodes = 50'000;
};

class Template {
 public:
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  // Every fault is a Problem at file:line:column (a byte-order mark, a DTD and processing instructions are
  // faults). With errors the result must not be filled. The manifest must outlive the template.
  static Template parse(std::string_view xhtml, const std::string& file, const Manifest& manifest,
                        Problems& problems, TemplateLimits limits = {});

  // Facts must have passed facts_problems. Throws Fault when the document would pass 2,000,000 nodes.
  Document fill(const Json& facts) const;

 private:
  struct Tree;
  explicit Template(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

}  // namespace xj::reports

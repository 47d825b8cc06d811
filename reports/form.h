#pragma once
// A loaded form, all its files proven.
#include <string>

#include "reports/facts.h"
#include "reports/template.h"
#include "reports/typeset/style.h"

namespace xj::reports {

struct Form {
  std::string name;
  std::shared_ptr<const Manifest> manifest;  // the template holds on to it
  Template content;
  std::string css;  // as written: the HTML carries it
  StyleSheet sheet;
  std::string hash;  // SHA-256 over the three files
};

// The three files of a form, wherever they came from; `where` is shown in Problems before the file's name.
struct FormFiles {
  std::string where;
  std::string manifest, content, style;
};
std::shared_ptr<const Form> make_form(std::string_view name, const FormFiles& files, Problems& problems);

// Checks the facts and fills the template; throws Fault naming the first problems.
Document fill(const Form& form, const Json& facts);

}  // namespace xj::reports

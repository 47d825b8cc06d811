#include "reports/render.h"

#include "reports/form.h"
#include "reports/typeset/fonts.h"
#include "reports/typeset/pdf.h"

namespace xj::reports {

std::string render_pdf(const Form& form, const Json& facts) {
  return to_pdf(fill(form, facts), form.sheet, default_font_dirs());
}

std::string renderer_id(const Form& form) {
  return "xunjian " XJ_VERSION "; form " + form.name + ' ' + form.hash + "; " +
         typesetter_id(default_font_dirs());
}

}  // namespace xj::reports

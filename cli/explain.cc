#include "cli/commands.h"
#include "cli/context.h"

namespace xj::cli {

int run_explain(Context& c, const Arguments& a) {
  const auto json = c.get(find_case(c, a.words[0]).target());
  if (c.json) {
    Json out;
    out.set("contract", json["contract"]).set("number", json["number"]).set("explain", json["explain"]);
    return c.print(out), kOk;
  }
  for (const auto& sentence : json["explain"].items()) c.out << words(c, sentence) << '\n';
  return kOk;
}

}  // namespace xj::cli

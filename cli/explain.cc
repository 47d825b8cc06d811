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
  // What happened, then the clocks, then how it stands; the reasons indented below what they are for.
  enum class Part { events, clocks, now };
  auto part = Part::events;
  for (const auto& sentence : json["explain"].items()) {
    const auto id = sentence["id"].string_or("");
    const bool clock = id.starts_with("domain.clock.");
    const bool head =
        id.starts_with("domain.did.") || id == "domain.clock.started" || id == "domain.clock.not_started";
    const bool now =
        id.starts_with("domain.explain.") && id != "domain.explain.values" && id != "domain.explain.told";
    const auto next = now ? Part::now : clock ? Part::clocks : part;
    if (next != part) c.out << '\n';
    part = next;
    if (head || now)
      paragraph(c, c.out, words(c, sentence), "", "    ", clock ? Colour::none : Colour::strong);
    else
      paragraph(c, c.out, words(c, sentence), "  ", "    ");
  }
  return kOk;
}

}  // namespace xj::cli

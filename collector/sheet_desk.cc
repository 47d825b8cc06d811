#include "collector/sheet_desk.h"

#include <algorithm>

#include "collector/domain/sheet_telling.h"
#include "collector/outbox_row.h"
#include "collector/sheet_facts.h"
#include "core/io/db.h"
#include "reports/facts.h"

namespace xj::collector {
namespace {

bool freezes(domain::SheetEventKind kind) {
  switch (kind) {
    case domain::SheetEventKind::submitted:
    case domain::SheetEventKind::reviewed:
    case domain::SheetEventKind::signed_off: return true;
    case domain::SheetEventKind::filled:
    case domain::SheetEventKind::returned: break;
  }
  return false;
}

// Those it waits for now, once: what was said and the step are one commit.
void tell_waiting(Pipeline& pipeline, const domain::SheetEvent& event, const SheetView& sheet,
                  Timestamp now) {
  Outbox outbox(pipeline.db());
  for (auto& told :
       domain::tell_waiting(event, sheet.base, sheet.state, *sheet.round, *sheet.contract, now)) {
    Json json;
    json.set("contract", event.contract).set("sheet", event.number);
    json.set("n", static_cast<std::int64_t>(event.n)).set("kind", domain::kSheetWaits);
    outbox.add(outbox_row(std::move(told), std::move(json), *sheet.contract, pipeline.channels(), now));
  }
}

}  // namespace

std::optional<SheetView> find_sheet(Pipeline& pipeline, const std::string& contract,
                                    const std::string& number) {
  auto document = pipeline.documents().find(contract, number);
  if (!document || document->kind != "round") return std::nullopt;
  SheetView view;
  auto facts = parse_json(document->facts);
  if (auto* json = std::get_if<Json>(&facts)) view.made = std::move(*json);
  view.base = domain::read_sheet(view.made);
  view.base.contract = contract, view.base.number = number;
  view.base.round = document->about, view.base.made = document->created;
  view.contract = pipeline.contract(contract);
  if (view.contract == nullptr || domain::round_of(*view.contract, view.base.round) == nullptr)
    view.contract = pipeline.contract(contract, view.base.revision);
  if (view.contract == nullptr) return std::nullopt;
  view.round = domain::round_of(*view.contract, view.base.round);
  if (view.round == nullptr) return std::nullopt;
  Sheets sheets(pipeline.db());
  view.events = sheets.events(contract, number);
  view.state = domain::fold(view.events);
  view.frozen = sheets.frozen(contract, number);
  view.document = std::move(*document);
  return view;
}

std::variant<SheetView, domain::Rejection> act_on_sheet(Pipeline& pipeline, SheetView sheet,
                                                        const domain::SheetAct& act, Timestamp now) {
  auto outcome = domain::accept(act, sheet.base, sheet.state, *sheet.round, *sheet.contract, now);
  if (auto* refused = std::get_if<domain::Rejection>(&outcome)) return std::move(*refused);
  auto& event = std::get<domain::SheetEvent>(outcome);
  domain::apply(sheet.state, event);
  Sheets sheets(pipeline.db());
  io::Transaction transaction(pipeline.db());
  std::optional<FrozenSheet> frozen;
  if (freezes(event.kind)) {
    const auto facts = sheet_facts(sheet.made, sheet.state, sheet.contract->zone);
    frozen = {event.contract,
              event.number,
              event.n,
              std::string(domain::to_text(sheet.state.status)),
              now,
              facts.canonical(),
              reports::facts_hash(facts)};
    event.seal = frozen->hash;
  }
  sheets.append(event, row_of(sheet.base, sheet.state));
  if (frozen) sheets.freeze(*frozen);
  tell_waiting(pipeline, event, sheet, now);
  transaction.commit();
  // A signature may be what an obligation waits for.
  pipeline.duties().look_again();
  if (frozen) {
    frozen->facts.clear();
    sheet.frozen.push_back(std::move(*frozen));
  }
  sheet.document.state = domain::to_text(sheet.state.status);
  sheet.events.push_back(std::move(event));
  return sheet;
}

std::optional<Document> document_now(Pipeline& pipeline, const std::string& contract,
                                     const std::string& number, std::optional<std::uint32_t> n) {
  auto document = pipeline.documents().find(contract, number);
  if (!document) return std::nullopt;
  if (n && *n == 0) return document;
  Sheets sheets(pipeline.db());
  const auto take = [&](FrozenSheet& frozen) {
    document->facts = std::move(frozen.facts), document->hash = std::move(frozen.hash);
    document->state = std::move(frozen.state);
    return document;
  };
  if (n) {
    auto frozen = sheets.frozen(contract, number, *n);
    return frozen ? take(*frozen) : std::nullopt;
  }
  if (document->kind != "round") return document;
  const auto view = find_sheet(pipeline, contract, number);
  if (!view) {  // nobody knows its contract any more: what was frozen is still there
    const auto all = sheets.frozen(contract, number);
    auto last = all.empty() ? std::nullopt : sheets.frozen(contract, number, all.back().n);
    return last ? take(*last) : document;
  }
  if (view->state.last_n == 0) return document;
  if (auto frozen = sheets.frozen(contract, number, view->state.last_n)) return take(*frozen);
  const auto facts = sheet_facts(view->made, view->state, view->contract->zone);
  document->facts = facts.canonical();
  document->hash = reports::facts_hash(facts);
  return document;
}

}  // namespace xj::collector

#pragma once
// The people's API as JSON, read from the pipeline on the engine's thread. Sentences go out as {id, args}, or
// {text} where somebody else wrote them; whoever shows them picks the language. Times are ISO 8601 in the
// contract's zone, or with "Z" where no contract is concerned.
#include <string>
#include <string_view>

#include "collector/engine.h"
#include "collector/pipeline.h"
#include "collector/store/agents.h"
#include "core/json.h"

namespace xj::collector {

Json message_json(const Message& message);
Json messages_json(const std::vector<Message>& messages);
Json title_json(const domain::Title& title);
Json metrics_json(const std::vector<Metric>& metrics);
std::string local_iso(Timestamp t, const domain::Zone& zone);

Json status_view(Pipeline& pipeline, const EngineHealth& health, Timestamp now);
Json hosts_view(Pipeline& pipeline);
// Those of one host, or of all; also what contracts want and no result ever came of ("missing").
Json checks_view(Pipeline& pipeline, const std::string& host);
// Rows of one check's history, or of one of its items, newest first; `samples` by slot. Any thread.
Json results_view(const SeriesId& series, const std::vector<Sample>& samples, const domain::Zone& zone);
Json cases_view(Pipeline& pipeline, const CaseFilter& filter, Timestamp now);
// Null when there is no such case.
Json case_view(Pipeline& pipeline, const domain::CaseRef& which, Timestamp now);
Json documents_view(Pipeline& pipeline, const std::string& contract, std::size_t limit);
Json agents_view(Pipeline& pipeline, Timestamp now);

}  // namespace xj::collector

// The words of a query, any bytes: a query within its limits, or a sentence in both languages. Lines of
// "name=value".
#include <cstdint>
#include <cstdlib>
#include <string>

#include "collector/query/query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xj;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  query::Words words;
  while (!rest.empty() && words.size() < 16) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto equals = line.find('=');
    words[std::string(line.substr(0, equals))] =
        equals == std::string_view::npos ? std::string{} : std::string(line.substr(equals + 1));
  }
  const auto now = from_ms(1'795'000'000'000);
  const domain::Zone zone{"Asia/Shanghai", {{Timestamp::min(), std::chrono::minutes{480}}}};
  const auto read = query::parse_query(words, now, zone);
  if (const auto* message = std::get_if<Message>(&read)) {
    if (!has_text(message->id) || render(*message, Lang::zh).empty()) std::abort();
    return 0;
  }
  const auto& q = std::get<query::Query>(read);
  if (q.from >= q.to || q.to > now || q.step <= Duration{0} || q.points() < 1 ||
      q.points() > query::kMaxPoints || q.begin_of(q.points() - 1) >= q.to || q.begin_of(q.points()) < q.to ||
      q.check.empty() || (q.view == query::View::metric) == q.metric.empty())
    std::abort();
  return 0;
}

#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> query_texts();
std::span<const TextEntry> query_texts() {
  static constexpr TextEntry entries[] = {
      {"query.bad_word", "{name}: “{given}” does not go there; it accepts: {accepts}",
       "{name}：不能是“{given}”，可用：{accepts}"},
      {"query.no_such_word", "a query knows no “{name}”; it knows: {known}",
       "查询没有“{name}”这一项，可用：{known}"},
      {"query.long_word", "{name}: at most {most} bytes, and none of them zero",
       "{name}：不得超过 {most} 字节，且不得含零字节"},
      {"query.no_range",
       "from {from} to {to} is no time to ask for: from must lie before to, and now, by at most {most}",
       "时间范围无效（{from} 至 {to}）：from 须早于 to 和当前时间，跨度不超过 {most}"},
      {"query.many_points", "{points} points a line are more than {most}; give a longer step or a shorter time",
       "每行 {points} 个点，超过上限 {most}；请加大 step 或缩短时间范围"},
      {"query.many_lines", "more than {most} lines; name fewer hosts, or put them together with by or across",
       "结果超过 {most} 行；请缩小主机范围，或用 by、across 汇总"},
      {"query.many_cells",
       "more than {most} points in all; give a longer step, name fewer hosts, or put them together with by or "
       "across",
       "结果总点数超过 {most}；请加大 step、缩小主机范围，或用 by、across 汇总"},
      {"query.many_values",
       "percentiles of this step keep more than {most} values at a time; give a shorter step or fewer hosts",
       "该步长的百分位数需同时保留超过 {most} 个值；请缩短 step 或减少主机"},
      {"query.took_long", "the query took longer than {most} and was ended; give a shorter time or fewer hosts",
       "查询超过 {most} 未完成，已中止；请缩短时间范围或减少主机"},
  };
  return entries;
}

}  // namespace xj::texts

#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> reports_texts();
std::span<const TextEntry> reports_texts() {
  static constexpr TextEntry table[] = {
      {"reports.bad_json", "this is no JSON: {what}", "不是合法的 JSON：{what}"},
      {"reports.manifest_unknown",
       "{path} is not known in a manifest; accepted: form, title, labels, choices, facts",
       "清单中没有 {path} 这一项，可用：form、title、labels、choices、facts"},
      {"reports.manifest_name",
       "{path} is not a usable name: letters, digits, _ and -, starting with a letter",
       "{path} 不是可用的名称，应以字母开头，由字母、数字、_ 和 - 组成"},
      {"reports.manifest_label", "{path} must be a text or an object with \"zh\" and, if wanted, \"en\"",
       "{path} 应为文字，或含 \"zh\"（可另有 \"en\"）的对象"},
      {"reports.manifest_type",
       "{path} is no type: text, message, integer, number, flag, date, time, the name of a choice, [type] or "
       "an object",
       "{path} 不是类型，可用：text、message、integer、number、flag、date、time、choices 中的名称、[类型] "
       "或对象"},
      {"reports.fact_missing", "{path} is missing from the facts", "数据中缺少 {path}"},
      {"reports.fact_undeclared", "{path} is not declared in the form's manifest",
       "{path} 未在表单清单中声明"},
      {"reports.fact_undeclared_near",
       "{path} is not declared in the form's manifest; did you mean \"{near}\"?",
       "{path} 未在表单清单中声明，是否想写 \"{near}\"？"},
      {"reports.fact_type", "{path} must be {type}", "{path} 应为{type}"},
      {"reports.fact_choice", "{path}: {value} is not accepted; one of {known}",
       "{path}：不接受 {value}，可用：{known}"},
      {"reports.type.text", "a text", "文字"},
      {"reports.type.message", "a text or [\"id\", {\"name\": \"value\"}]",
       "文字或 [\"编号\", {\"名称\": \"值\"}]"},
      {"reports.type.integer", "a whole number", "整数"},
      {"reports.type.number", "a number", "数字"},
      {"reports.type.flag", "true or false", "true 或 false"},
      {"reports.type.date", "a date such as 2026-09-30", "日期，如 2026-09-30"},
      {"reports.type.time", "an instant such as 2026-09-30T16:30:00+08:00",
       "时刻，如 2026-09-30T16:30:00+08:00"},
      {"reports.type.choice", "one of the declared codes", "所声明的代码之一"},
      {"reports.type.list", "a list", "列表"},
      {"reports.type.record", "an object", "对象"},
  };
  return table;
}

}  // namespace xj::texts

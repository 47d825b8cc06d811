#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> core_texts();
std::span<const TextEntry> core_texts() {
  static constexpr TextEntry table[] = {
      {"core.warning", "warning:", "警告："},
      {"core.param_wrong", "{name}: \"{value}\" is not accepted; expected {type}",
       "{name}：不接受 \"{value}\"，应为 {type}"},
      {"core.param_missing", "{name} is required", "缺少必填项 {name}"},
      {"core.param_unknown", "unknown name \"{name}\"; accepted: {known}",
       "未知的名称 \"{name}\"，可用：{known}"},
      {"core.param_unknown_near", "unknown name \"{name}\"; did you mean \"{near}\"?",
       "未知的名称 \"{name}\"，是否想写 \"{near}\"？"},
      {"core.accepts.text", "one text", "一段文字"},
      {"core.accepts.integer", "a whole number", "整数"},
      {"core.accepts.number", "a number", "数字"},
      {"core.accepts.percent", "a percentage from 0% to 100%", "0% 至 100% 的百分比"},
      {"core.accepts.duration", "a duration such as 30s, 5m, 4h or 2d", "时长，如 30s、5m、4h、2d"},
      {"core.accepts.bytes", "a size such as 512MiB or 10GiB", "容量，如 512MiB、10GiB"},
      {"core.accepts.flag", "true or false", "true 或 false"},
      {"core.accepts.text_list", "a list of texts", "文字列表"},
      {"core.accepts.integer_list", "a list of whole numbers", "整数列表"},
      {"core.state.ok", "OK", "正常"},
      {"core.state.warning", "WARNING", "警告"},
      {"core.state.critical", "CRITICAL", "严重"},
      {"core.state.unknown", "UNKNOWN", "未知"},
  };
  return table;
}

}  // namespace xj::texts

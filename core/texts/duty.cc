#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> duty_texts();
std::span<const TextEntry> duty_texts() {
  static constexpr TextEntry table[] = {
      {"duty.help.obligations", "what the contract demands by calendar, and when it is due",
       "合同约定的定期义务及其到期时间"},
      {"duty.opt.due", "those due within this time; 7d by default", "列出此时间内到期的义务，默认 7d"},
      {"duty.opt.from", "due after this day or instant; now by default", "到期晚于该日期或时刻，默认现在"},
      {"duty.opt.to", "due by the end of this day or by this instant, instead of --due",
       "到期不晚于该日（含）或时刻，代替 --due"},
      {"duty.error.due", "--due: \"{value}\" is no time up to {most}; expected one such as 7d",
       "--due：“{value}”无效，应为不超过 {most} 的时长，如 7d"},
      {"duty.error.window", "--from and --to span no time, or more than ten years",
       "--from 与 --to 之间没有时间，或超过十年"},
      {"duty.none", "Nothing falls due in this time.", "此期间没有到期的义务。"},
      {"duty.no_due", "without a due time", "无到期时间"},
      {"duty.col.due", "due", "到期"},
      {"duty.col.left", "left", "剩余"},
      {"duty.col.name", "name", "名称"},
      {"duty.col.period", "period", "周期"},
      {"duty.col.title", "what", "内容"},
      {"duty.col.by", "by", "责任角色"},
  };
  return table;
}

}  // namespace xj::texts

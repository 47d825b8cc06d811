#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> notify_texts();
std::span<const TextEntry> notify_texts() {
  static constexpr TextEntry table[] = {
      {"notify.help.list", "what was told to whom, and how it went", "通知记录：通知对象、渠道与送达情况"},
      {"notify.help.test", "send a message through a channel and say how it went",
       "通过渠道发送测试通知并报告结果"},
      {"notify.arg.channel", "its name in collector.yaml", "collector.yaml 中的渠道名称"},
      {"notify.opt.state", "only waiting, delivered, refused, expired, held or summed",
       "仅显示 waiting、delivered、refused、expired、held 或 summed"},
      {"notify.opt.to", "mail address; needed by channels of mail", "邮件地址，邮件渠道必填"},
      {"notify.opt.wait", "for the first attempt; 30s unless said", "等待首次发送的时间，默认 30s"},
      {"notify.none", "nothing to show", "没有通知记录"},
      {"notify.col.created", "CREATED", "时间"},
      {"notify.col.state", "STATE", "状态"},
      {"notify.col.channel", "CHANNEL", "渠道"},
      {"notify.col.to", "TO", "对象"},
      {"notify.col.attempts", "TRIES", "次数"},
      {"notify.col.subject", "SUBJECT", "主题"},
      {"notify.col.error", "ERROR", "错误"},
      {"notify.state.waiting", "waiting", "待发送"},
      {"notify.state.delivered", "delivered", "已送达"},
      {"notify.state.refused", "refused", "被拒绝"},
      {"notify.state.expired", "expired", "已过期"},
      {"notify.state.held", "held", "暂缓"},
      {"notify.state.summed", "summed up", "已汇总"},
      {"notify.summed_in", "in {key}", "见 {key}"},
      {"notify.storm", "storm since {began}: what the machine says to {person} over {channel} is summed up",
       "自 {began} 起通知过多：发给 {person}（{channel}）的自动通知改为汇总发送"},
      {"notify.why.storm",
       "more than {count} messages within {within:duration}: those that follow are told in one",
       "{within:duration}内通知超过 {count} 条，其后的合并为一条发送"},
      {"notify.delivered", "{channel}: delivered", "{channel}：已送达"},
      {"notify.failed", "{channel}: not delivered yet, it will be tried again. {why}",
       "{channel}：尚未送达，稍后将重试。{why}"},
      {"notify.refused", "{channel}: refused. {why}", "{channel}：被拒绝。{why}"},
      {"notify.not_yet", "{channel}: not tried within {wait}; see xunjian notify list",
       "{channel}：{wait} 内尚未发送，可用 xunjian notify list 查看"},
  };
  return table;
}

}  // namespace xj::texts

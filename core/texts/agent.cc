#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> agent_texts();
std::span<const TextEntry> agent_texts() {
  static constexpr TextEntry table[] = {
      {"agent.check.still_running", "still running since {since}; no result within the time allowed",
       "自 {since} 起仍在运行，未在规定时间内给出结果"},
      {"agent.check.no_worker", "waited {waited} for one of {workers} workers, all busy",
       "等待 {waited} 仍无空闲的工作进程（共 {workers} 个，均被占用）"},
      {"agent.check.no_kind", "this agent knows no kind of check named {kind}",
       "本代理不认识检查类型 {kind}"},
      {"agent.check.cannot_start", "the check cannot be set up: {detail}", "检查无法建立：{detail}"},
      {"agent.check.fault", "the check failed: {detail}", "检查执行出错：{detail}"},
      {"agent.refused.id", "the id {id} is kept for checks of the host's own file",
       "标识 {id} 只供本机配置文件中的检查使用"},
      {"agent.refused.kind", "checks of kind {kind} are not allowed by this host's own file (allow.kinds)",
       "本机配置文件（allow.kinds）不允许 {kind} 类检查"},
      {"agent.refused.command",
       "the program {program} is not allowed by this host's own file (allow.commands)",
       "本机配置文件（allow.commands）不允许运行程序 {program}"},
      {"agent.spool.trouble", "results cannot be kept in {dir}: {detail}",
       "无法在 {dir} 中保存检查结果：{detail}"},
      {"agent.uplink.refused", "the collector refused with {status}: {detail}",
       "采集服务器拒绝，状态 {status}：{detail}"},
      {"agent.uplink.answer", "the collector's answer cannot be read: {detail}",
       "无法读懂采集服务器的应答：{detail}"},
      {"agent.uplink.nothing_settled", "the collector's answer settled none of the results sent",
       "采集服务器的应答未确认任何已发送的结果"},
      {"agent.self.dropped", "{count} results were dropped from the spool, {held} are held",
       "缓存丢弃了 {count} 条结果，现存 {held} 条"},
      {"agent.self.refused", "{count} results were refused by the collector",
       "采集服务器拒绝了 {count} 条结果"},
      {"agent.self.memory",
       "the agent uses {value} MiB of memory, {limit} MiB are allowed; intervals are {factor} times longer",
       "代理占用内存 {value} MiB，上限 {limit} MiB；检查间隔已放宽为 {factor} 倍"},
      {"agent.self.cpu",
       "the agent uses {value}% of a processor, {limit}% are allowed; intervals are {factor} times longer",
       "代理占用处理器 {value}%，上限 {limit}%；检查间隔已放宽为 {factor} 倍"},
      {"agent.self.missed", "{count} planned checks were not run in time",
       "{count} 次计划的检查未能按时执行"},
      {"agent.self.certificate", "the agent's certificate ends in {left} and could not be renewed",
       "代理证书将在 {left} 后到期，尚未能续期"},
  };
  return table;
}

}  // namespace xj::texts

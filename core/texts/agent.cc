#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> agent_texts();
std::span<const TextEntry> agent_texts() {
  static constexpr TextEntry table[] = {
      {"agent.check.still_running", "still running since {since}; no result within the time allowed",
       "自 {since} 起仍在运行，未在规定时间内给出结果"},
      {"agent.check.no_worker", "waited {waited:duration} for one of {workers} workers, all busy",
       "等待 {waited:duration}仍无空闲的工作进程（共 {workers} 个，均被占用）"},
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
      {"agent.self.future",
       "{count} results are lost: they were taken while this host's clock was ahead, and sent after it was "
       "set "
       "right",
       "丢失 {count} 条结果：采集时本机时钟偏快，发送前时钟已校正"},
      {"agent.self.memory",
       "the agent uses {value} MiB of memory, {limit} MiB are allowed; intervals are {factor} times longer",
       "代理占用内存 {value} MiB，上限 {limit} MiB；检查间隔已放宽为 {factor} 倍"},
      {"agent.self.cpu",
       "the agent uses {value}% of a processor, {limit}% are allowed; intervals are {factor} times longer",
       "代理占用处理器 {value}%，上限 {limit}%；检查间隔已放宽为 {factor} 倍"},
      {"agent.self.missed", "{count} planned checks were not run in time",
       "{count} 次计划的检查未能按时执行"},
      {"agent.self.certificate", "the agent's certificate ends in {left:duration} and could not be renewed",
       "代理证书将在 {left:duration}后到期，尚未能续期"},
      {"agent.usage",
       "usage:\n"
       "  xunjian-agent [run] [--config FILE]\n"
       "  xunjian-agent enroll --collector URL --token TOKEN [--config FILE] [--ca-sha256 HEX]\n"
       "  xunjian-agent check KIND key=value ... [--json] [--timeout 10s]\n"
       "  xunjian-agent check --list\n"
       "  xunjian-agent version\n"
       "FILE is /etc/xunjian/agent.yaml unless given. Exit codes: 0 ok, 1 failed, 2 usage or configuration;\n"
       "check exits like a Nagios plugin: 0 ok, 1 warning, 2 critical, 3 unknown.\n",
       "用法：\n"
       "  xunjian-agent [run] [--config 文件]\n"
       "  xunjian-agent enroll --collector 地址 --token 令牌 [--config 文件] [--ca-sha256 十六进制]\n"
       "  xunjian-agent check 类型 键=值 ... [--json] [--timeout 10s]\n"
       "  xunjian-agent check --list\n"
       "  xunjian-agent version\n"
       "默认文件为 /etc/xunjian/agent.yaml。退出码：0 正常，1 失败，2 用法或配置有误；\n"
       "check 与 Nagios 插件相同：0 正常，1 警告，2 严重，3 未知。\n"},
      {"agent.cli.unknown", "unknown word \"{word}\"", "不认识 \"{word}\""},
      {"agent.cli.unknown_near", "unknown word \"{word}\"; did you mean \"{near}\"?",
       "不认识 \"{word}\"，是否想写 \"{near}\"？"},
      {"agent.cli.no_value", "{word} needs a value", "{word} 缺少取值"},
      {"agent.enroll.token",
       "the token is not one: it is a single line beginning with xj1. as printed by xunjian token create",
       "令牌无效：应为 xunjian token create 输出的以 xj1. 开头的一整行"},
      {"agent.enroll.fingerprint", "\"{value}\" is not a SHA-256 fingerprint of 64 hexadecimal digits",
       "\"{value}\" 不是 64 位十六进制的 SHA-256 指纹"},
      {"agent.enroll.mismatch",
       "what {host} sent does not belong together: certificate, key and authority; nothing was written",
       "{host} 返回的证书、密钥与签发机构不匹配，未写入任何文件"},
      {"agent.enroll.done", "enrolled as {name}; the certificate {file} is valid until {until}",
       "已登记为 {name}；证书 {file} 有效期至 {until}"},
      {"agent.enroll.failed", "the enrolment failed: {detail}", "登记失败：{detail}"},
  };
  return table;
}

}  // namespace xj::texts

#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> collector_texts();
std::span<const TextEntry> collector_texts() {
  static constexpr TextEntry entries[] = {
      // reasons
      {"collector.why.still_bad", "it was called recovered by hand, but {time} later it is still {state}",
       "人工登记恢复后 {time}，结果仍为{state}"},
      // what operators should know
      {"collector.warn.numbers",
       "contract {contract}: numbers of {pattern} are used up, the {used}th was given out with more digits",
       "合同 {contract}：编号规则 {pattern} 已用完，第 {used} 个编号已增加位数"},
      // http
      {"collector.http.error", "The request was refused: {detail}", "请求被拒绝：{detail}"},
      {"collector.http.internal", "The request failed inside the collector; its log says why.",
       "采集中心处理请求时出错，原因见其日志。"},
      {"collector.http.not_found", "There is no such address.", "没有这个地址。"},
      {"collector.http.method_not_allowed", "This address does not take that method.",
       "该地址不接受此方法。"},
      {"collector.http.malformed_request", "The request cannot be read.", "请求无法解析。"},
      {"collector.http.malformed_batch", "The batch of results cannot be read: {detail}",
       "结果批次无法解析：{detail}"},
      {"collector.http.unsupported_version", "This collector does not speak that version: {detail}",
       "采集中心不支持该版本：{detail}"},
      {"collector.http.headers_too_large", "The request's headers are too large.", "请求头过大。"},
      {"collector.http.body_too_large", "The request's body is too large.", "请求体过大。"},
      {"collector.http.unsupported_encoding", "The body's encoding is not supported; send zstd or plain.",
       "不支持该请求体编码，请使用 zstd 或不压缩。"},
      {"collector.http.request_timeout", "The request did not arrive in time.", "请求未在时限内到达。"},
      {"collector.http.unavailable", "The collector cannot take this now; try again in a moment.",
       "采集中心暂时无法处理，请稍后再试。"},
      {"collector.http.too_many_requests", "Too many requests from this address; wait a minute.",
       "来自该地址的请求过多，请一分钟后再试。"},
      {"collector.http.socket_only", "Only allowed on the collector's own machine, through its socket.",
       "仅允许在采集中心本机通过套接字操作。"},
      {"collector.http.token_required", "A bearer token is required to read over the network.",
       "通过网络读取需要访问令牌。"},
      {"collector.http.not_operator", "Your user is no operator of this collector.",
       "当前用户不是该采集中心的操作员。"},
      {"collector.http.certificate_revoked",
       "This agent's certificate was revoked. Enrol again with a new token.",
       "该代理的证书已被吊销，请用新令牌重新注册。"},
      {"collector.http.certificate_expired",
       "This agent's certificate has expired. Enrol again with a new token.",
       "该代理的证书已过期，请用新令牌重新注册。"},
      {"collector.http.enrolment_refused",
       "The token was not accepted. Ask for a new one: xunjian token create --agent NAME.",
       "令牌未被接受，请重新申请：xunjian token create --agent 名称。"},
      {"collector.http.enrolment_expired",
       "The token has expired. Ask for a new one: xunjian token create --agent NAME.",
       "令牌已过期，请重新申请：xunjian token create --agent 名称。"},
      {"collector.http.enrolment_name", "The token is for another agent name.",
       "令牌对应的是另一个代理名称。"},
      {"collector.http.enrolment_request", "The certificate request cannot be used.", "证书申请无法使用。"},
      // notify
      {"collector.notify.unusable", "channel {channel} cannot work: {detail}",
       "通知渠道 {channel} 无法使用：{detail}"},
      // api
      {"collector.api.json", "The body is not JSON: {what}, at byte {offset}.",
       "请求体不是 JSON：第 {offset} 字节处 {what}。"},
      {"collector.api.not_object", "The body must be a JSON object.", "请求体应为 JSON 对象。"},
      {"collector.api.unknown_field", "The body has an unknown name \"{name}\"; known: {known}.",
       "请求体中有未知的名称 \"{name}\"，可用：{known}。"},
      {"collector.api.bad_query", "\"{name}\" is missing or not accepted; expected {accepts}.",
       "\"{name}\" 缺失或不被接受，应为 {accepts}。"},
      {"collector.api.no_check", "{host} has no results of {check}.", "{host} 没有 {check} 的结果。"},
      {"collector.api.no_case", "There is no case {number} in the contract {contract}.",
       "合同 {contract} 中没有事件 {number}。"},
      {"collector.api.no_document", "There is no document {number} in the contract {contract}.",
       "合同 {contract} 中没有文档 {number}。"},
      {"collector.api.no_agent", "There is no agent {name}.", "没有代理 {name}。"},
      {"collector.api.bad_agent", "\"{name}\" cannot be an agent's name: {why}.",
       "\"{name}\" 不能作为代理名称：{why}。"},
      {"collector.api.no_person", "The contract knows no person \"{person}\"; known: {known}.",
       "合同中没有人员 \"{person}\"，已有：{known}。"},
      {"collector.api.who",
       "The account \"{user}\" is no person of this contract. Say for whom, or give a person this os_user in "
       "the contract.",
       "账号 \"{user}\" 不是本合同中的人员。请指明以谁的名义，或在合同中为人员填写该 os_user。"},
      {"collector.api.verb", "\"{verb}\" cannot be done to a case; known: {known}.",
       "不能对事件执行 \"{verb}\"，可用：{known}。"},
      {"collector.api.form", "The form {form} could not be filled; the collector's log says why.",
       "表单 {form} 无法生成，原因见采集中心日志。"},
      // round
      {"collector.round.no_contract", "There is no contract {contract}.", "没有合同 {contract}。"},
      {"collector.round.no_round", "The contract has no round {round}; known: {known}.",
       "合同中没有巡检 {round}，已有：{known}。"},
      {"collector.round.not_in_role", "{person} is not in the role {role}.", "{person} 不在角色 {role} 中。"},
      {"collector.round.never", "no result has ever come", "从未收到结果"},
      {"collector.round.stale", "newest result of {at} is too old", "最近结果为 {at}，已过期"},
      {"collector.round.rest", "the other {count} are normal", "其余 {count} 项正常"},
      // pipeline
      {"collector.no_case", "There is no case {number} in the contract {contract}.",
       "合同 {contract} 中没有事件 {number}。"},
      // program
      {"collector.cli.about",
       "Xunjian collector: takes results, watches cases and their clocks, tells people.",
       "巡检采集中心：接收检查结果，管理事件与时限，通知相关人员。"},
      {"collector.cli.serve", "run until told to stop; SIGHUP reads the configuration again",
       "持续运行；收到 SIGHUP 时重新读取配置"},
      {"collector.cli.config", "the configuration file", "配置文件"},
      {"collector.cli.version", "print the version", "显示版本"},
  };
  return entries;
}

}  // namespace xj::texts

#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> collector_texts();
std::span<const TextEntry> collector_texts() {
  static constexpr TextEntry entries[] = {
      // http
      {"collector.http.error", "The request was refused: {detail}", "请求被拒绝：{detail}"},
      {"collector.http.internal", "The request failed inside the collector; its log says why.",
       "采集中心处理请求时出错，原因见其日志。"},
      {"collector.http.not_found", "There is no such address.", "没有这个地址。"},
      {"collector.http.method_not_allowed", "This address does not take that method.",
       "该地址不接受此方法。"},
      {"collector.http.malformed_request", "The request cannot be read.", "请求无法解析。"},
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
  };
  return entries;
}

}  // namespace xj::texts

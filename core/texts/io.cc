#include "core/text.h"

namespace xj::texts {

std::span<const TextEntry> io_texts();
std::span<const TextEntry> io_texts() {
  static constexpr TextEntry table[] = {
      {"io.http.url", "\"{url}\" is not https://HOST:PORT or unix:/PATH",
       "\"{url}\" 不是 https://主机:端口 或 unix:/路径"},
      {"io.http.dns", "the name {host} cannot be resolved: {detail}", "无法解析主机名 {host}：{detail}"},
      {"io.http.connect", "no connection to {address}: {detail}", "无法连接 {address}：{detail}"},
      {"io.http.timeout", "{host} gave no answer within {after:duration} ({phase})",
       "{host} 在 {after:duration}内没有响应（{phase}）"},
      {"io.http.phase.lookup", "looking up the name", "解析主机名"},
      {"io.http.phase.connect", "connecting", "建立连接"},
      {"io.http.phase.handshake", "TLS handshake", "TLS 握手"},
      {"io.http.phase.answer", "waiting for the response", "等待应答"},
      {"io.http.closed", "{host} closed the connection: {detail}", "{host} 关闭了连接：{detail}"},
      {"io.http.protocol", "{host} does not speak HTTP as expected: {detail}",
       "{host} 的应答不符合 HTTP 协议：{detail}"},
      {"io.http.too_large", "the response of {host} is too large: {detail}", "{host} 的应答过大：{detail}"},
      {"io.tls.identity", "{file} cannot be used for TLS: {detail}", "{file} 不能用于 TLS：{detail}"},
      {"io.tls.untrusted", "the certificate of {host} is not from the trusted authority: {detail}",
       "{host} 的证书不是由受信任的机构签发：{detail}"},
      {"io.tls.pin", "no certificate of {host} has the expected SHA-256 fingerprint {expected}",
       "{host} 出示的证书中没有指纹（SHA-256）为 {expected} 的证书"},
      {"io.tls.name", "the certificate of {host} is for other names: {names}",
       "{host} 的证书属于其他名称：{names}"},
      {"io.tls.not_yet_valid",
       "the certificate of {host} is valid only from {from}; the clock here says {now}",
       "{host} 的证书从 {from} 起才有效，本机时钟为 {now}"},
      {"io.tls.expired", "the certificate of {host} expired at {until}; the clock here says {now}",
       "{host} 的证书已于 {until} 过期，本机时钟为 {now}"},
      {"io.tls.rejected_us", "{host} refuses our certificate: {detail}", "{host} 拒绝了本机的证书：{detail}"},
      {"io.tls.other", "TLS with {host} failed: {detail}", "与 {host} 的 TLS 连接失败：{detail}"},
  };
  return table;
}

}  // namespace xj::texts

#include "checks/probe/curl.h"

#include <unistd.h>

#include <string_view>

#include "core/fault.h"

namespace xj::checks {

CurlHandle make_curl(Duration timeout) {
  static const CURLcode ready = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) throw Fault(::curl_easy_strerror(ready));
  CurlHandle curl(::curl_easy_init());
  if (curl == nullptr) throw Fault("libcurl has no handle");
  auto* c = curl.get();
  ::curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(c, CURLOPT_PROXY, "");
  ::curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
  ::curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
  ::curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
  ::curl_easy_setopt(c, CURLOPT_USERAGENT, "xunjian/" XJ_VERSION);
  // A multi handle shares these between its transfers: every check looks the name up by itself, and a trust
  // store that was replaced is seen.
  ::curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  ::curl_easy_setopt(c, CURLOPT_CA_CACHE_TIMEOUT, 60L);
  // A name server that does not answer must not hold the others when the time is over.
  ::curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
  ::curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  return curl;
}

void set_trust(CURL* handle, const std::string& ca_file) {
  if (!ca_file.empty()) ::curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
  // Debian's libcurl trusts a folder of the same certificates beside its bundle: also when another bundle is
  // given, and with a folder it reads the bundle anew (25 ms of CPU) for each connection.
  const char* bundle = nullptr;
  ::curl_easy_getinfo(handle, CURLINFO_CAINFO, &bundle);
  if (!ca_file.empty() || (bundle != nullptr && ::access(bundle, R_OK) == 0))
    ::curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
}

CheckOutcome perform(Transfer& transfer) { return transfer.finish(::curl_easy_perform(transfer.handle())); }

void append(CurlList& list, const std::string& text) {
  auto* grown = ::curl_slist_append(list.get(), text.c_str());
  if (grown == nullptr) throw Fault("out of memory");
  (void)list.release();
  list.reset(grown);
}

Message curl_failure(CURLcode code, const char* detail, const std::string& url, Duration timeout) {
  std::string why = detail != nullptr && *detail != '\0' ? detail : ::curl_easy_strerror(code);
  const auto with = [&](const char* id) {
    return Message{id, {{"url", url}, {"value", why}, {"limit", "ok"}}};
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return with("checks.http.no_name");
    case CURLE_OPERATION_TIMEDOUT: {
      auto m = with("checks.http.timed_out");
      m.args.back().second = to_text(timeout);
      return m;
    }
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return with("checks.http.untrusted");
    case CURLE_SSL_CONNECT_ERROR: return with("checks.http.tls");
    case CURLE_COULDNT_CONNECT: return with("checks.http.no_connection");
    case CURLE_TOO_MANY_REDIRECTS: return with("checks.http.redirects");
    case CURLE_GOT_NOTHING: return with("checks.http.no_answer");
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR: return with("checks.http.cut");
    case CURLE_WEIRD_SERVER_REPLY: return with("checks.http.not_http");
    case CURLE_UNSUPPORTED_PROTOCOL:  // also of a redirect to something else
      return with(why.find("HTTP/0.9") != std::string::npos ? "checks.http.not_http" : "checks.http.failed");
    default:
      return with("checks.http.failed");  // libcurl has a hundred more, each with its own words in `value`
  }
}

std::vector<std::string> peer_chain(CURL* handle) {
  std::vector<std::string> out;
  curl_certinfo* info = nullptr;
  if (::curl_easy_getinfo(handle, CURLINFO_CERTINFO, &info) != CURLE_OK || info == nullptr) return out;
  for (int i = 0; i < info->num_of_certs; ++i)
    for (const auto* field = info->certinfo[i]; field != nullptr; field = field->next) {
      constexpr std::string_view kPem = "Cert:";
      const std::string_view text(field->data);
      if (text.starts_with(kPem)) out.emplace_back(text.substr(kPem.size()));
    }
  return out;
}

}  // namespace xj::checks

#include "collector/notify/curl_easy.h"

#include <algorithm>
#include <mutex>

namespace xj::collector {

CurlHandle make_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CurlHandle curl(curl_easy_init());
  if (!curl) throw Fault("libcurl cannot start");
  return curl;
}

void append(CurlList& list, const std::string& line) {
  auto* grown = curl_slist_append(list.get(), line.c_str());
  if (grown == nullptr) throw Fault("out of memory");
  (void)list.release();
  list.reset(grown);
}

void prepare(CURL* curl, const std::string& url, const char* protocols, const std::string& ca_file,
             Duration timeout, char* error_buffer) {
  curl_easy_reset(curl);
  error_buffer[0] = '\0';
  set(curl, CURLOPT_URL, url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, protocols);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_PROXY, "");  // not the environment's
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(curl, CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(std::min<Duration>(timeout, Duration{10'000}).count()));
  set(curl, CURLOPT_ERRORBUFFER, error_buffer);
  if (!ca_file.empty()) {
    set(curl, CURLOPT_CAINFO, ca_file.c_str());
    set(curl, CURLOPT_CAPATH, nullptr);  // that file and no other
  }
}

std::string words(CURLcode code, const char* error_buffer) {
  return error_buffer[0] != '\0' ? error_buffer : curl_easy_strerror(code);
}

}  // namespace xj::collector

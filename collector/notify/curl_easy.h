#pragma once
// What both channels need of libcurl.
#include <curl/curl.h>

#include <memory>
#include <string>

#include "core/fault.h"
#include "core/time.h"

namespace xj::collector {

struct CurlFree {
  void operator()(CURL* p) const { curl_easy_cleanup(p); }
  void operator()(curl_slist* p) const { curl_slist_free_all(p); }
};
using CurlHandle = std::unique_ptr<CURL, CurlFree>;
using CurlList = std::unique_ptr<curl_slist, CurlFree>;

CurlHandle make_curl();
void append(CurlList& list, const std::string& line);
// Before each transfer: forgets the last one's options, keeps its connection. No proxy but by our own
// configuration, no redirects, no signals, these protocols only.
void prepare(CURL* curl, const std::string& url, const char* protocols, const std::string& ca_file,
             Duration timeout, char* error_buffer);
// curl's own words for a failure.
std::string words(CURLcode code, const char* error_buffer);

template <typename T>
void set(CURL* curl, CURLoption option, T value) {
  if (curl_easy_setopt(curl, option, value) != CURLE_OK)
    throw Fault("libcurl does not know an option we need");
}

}  // namespace xj::collector

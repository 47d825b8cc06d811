#pragma once
// libcurl for the kinds that use it: owned handles, the same careful defaults, the same words for failures.
#include <curl/curl.h>

#include <memory>
#include <string>
#include <vector>

#include "checks/check.h"
#include "core/text.h"
#include "core/time.h"

namespace xj::checks {

struct CurlDelete {
  void operator()(CURL* handle) const { ::curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, CurlDelete>;
using CurlList = std::unique_ptr<curl_slist, CurlDelete>;

// A fresh handle: no proxy from the environment, no signals, only HTTP and HTTPS, a new connection each time,
// certificate facts collected. Throws Fault when there is none.
CurlHandle make_curl(Duration timeout);
// Trusts those of `ca_file` and nobody else; empty: the system's.
void set_trust(CURL* handle, const std::string& ca_file);
void append(CurlList& list, const std::string& text);

// One exchange: made ready by its constructor, driven by somebody (curl_easy_perform, or a multi handle
// beside many others), then judged by finish(), once.
class Transfer {
 public:
  virtual ~Transfer() = default;
  virtual CURL* handle() = 0;
  virtual CheckOutcome finish(CURLcode code) = 0;
};
CheckOutcome perform(Transfer& transfer);  // alone, waiting for its end

// What went wrong, in the product's words: name, connection, time, trust, protocol.
Message curl_failure(CURLcode code, const char* detail, const std::string& url, Duration timeout);

// The peer's chain as PEM, leaf first; empty when there was none.
std::vector<std::string> peer_chain(CURL* handle);

}  // namespace xj::checks

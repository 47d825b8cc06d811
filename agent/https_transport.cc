#include "agent/https_transport.h"

namespace xj::agent {
namespace {
// Answers are small; an assignment is the largest thing that ever comes.
constexpr io::HttpLimits kLimits{.head = 16u << 10, .headers = 100, .body = wire::kMaxBody};
}  // namespace

HttpsTransport::HttpsTransport(std::string url, io::TlsIdentity identity)
    : url_(std::move(url)),
      identity_(std::move(identity)),
      connection_(std::make_unique<io::HttpConnection>(url_, identity_, kLimits)) {}

void HttpsTransport::configure(std::string url, io::TlsIdentity identity) {
  url_ = std::move(url);
  identity_ = std::move(identity);
  stale_ = true;
}

void HttpsTransport::start(io::HttpRequest request, MonoTime now, MonoTime deadline) {
  if (stale_) connection_ = std::make_unique<io::HttpConnection>(url_, identity_, kLimits);
  stale_ = false;
  connection_->start(std::move(request), now, deadline);
}

}  // namespace xj::agent

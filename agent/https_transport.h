#pragma once
#include <memory>
#include <string>

#include "agent/uplink.h"
#include "core/io/http_client.h"

namespace xj::agent {

// The real way to the collector. Owned by one thread.
class HttpsTransport final : public Transport {
 public:
  HttpsTransport(std::string url, io::TlsIdentity identity);
  // Used from the next request on, with the files read anew: after a reload or a renewed certificate.
  void configure(std::string url, io::TlsIdentity identity);

  void start(io::HttpRequest request, MonoTime now, MonoTime deadline) override;
  bool busy() const override { return connection_->busy(); }
  bool finished() const override { return connection_->finished(); }
  io::HttpConnection::Want want() const override { return connection_->want(); }
  void on_ready(MonoTime now) override { connection_->on_ready(now); }
  io::HttpResult take() override { return connection_->take(); }

 private:
  std::string url_;
  io::TlsIdentity identity_;
  bool stale_ = false;
  std::unique_ptr<io::HttpConnection> connection_;
};

}  // namespace xj::agent

#pragma once
// The collector's own certificates in data_dir/pki: ca.pem, ca.key, server.pem, server.key.
#include <string>
#include <vector>

#include "collector/http/server.h"
#include "core/io/pki.h"
#include "core/time.h"

namespace xj::http {

// First start makes the authority (10 years) and the server's certificate; later starts read them.
// Owned by one thread.
class ServerPki {
 public:
  // `hosts`: DNS names and addresses agents and people use for this collector; at least one.
  ServerPki(std::string dir, std::vector<std::string> hosts, Duration server_life, Timestamp now);

  // A new server certificate when one third of its life is left, its hosts changed or it is not ours.
  // True when it was replaced: call Server::reload_tls().
  bool renew_if_due(Timestamp now);

  const io::Authority& authority() const { return authority_; }
  TlsFiles files() const;

 private:
  void issue_server(Timestamp now);
  std::string dir_;
  std::vector<std::string> hosts_;
  Duration life_;
  io::Authority authority_;
};

}  // namespace xj::http

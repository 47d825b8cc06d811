#pragma once
// Joining: a key made here, a request signed by the collector's own authority, and the files the uplink uses.
#include <iosfwd>
#include <string>

#include "core/io/file.h"
#include "core/io/http_client.h"
#include "core/text.h"

namespace xj::agent {

struct EnrollOptions {
  std::string collector;  // the people's listener: https://host:port, or unix:/path on the same host
  std::string token;
  std::string ca_sha256;  // hex; empty: the one in the token
  std::string ca_file, cert_file, key_file;
  Duration timeout{30'000};
};

// Writes the three files, the certificate last, so that a stop half way leaves a host that is not enrolled
// rather than one that is wrong. Run by root, it gives them to the owner of the folder they are in. Says what
// happened on `out`, why not on `err`. Exit code: 0, 1 failed, 2 not usable as given.
int enroll(const EnrollOptions& options, io::FileSystem& fs, std::ostream& out, std::ostream& err, Lang lang);

}  // namespace xj::agent

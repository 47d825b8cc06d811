#pragma once
// Certificates for tests that speak to a real collector, as enrolment would give them.
#include <string>

#include "core/io/http_client.h"
#include "core/io/pki.h"

namespace xj::fakes {

// The authority a collector has made in its data folder.
io::Authority authority_of(const std::string& data_dir);

// Signs `name` for an hour either side of now and writes certificate and key into one file of `dir`. The
// collector is always trusted by the authority in its data folder; an `authority` of somebody else makes the
// agent a stranger. `key` is made when empty; thousands of agents may share one.
io::TlsIdentity make_identity(const io::Authority& authority, const std::string& data_dir,
                              const std::string& name, const std::string& dir, std::string key = {});

}  // namespace xj::fakes

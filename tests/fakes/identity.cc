#include "tests/fakes/identity.h"

#include <fstream>

#include "core/fault.h"
#include "core/io/file.h"
#include "core/time.h"

namespace xj::fakes {

io::Authority authority_of(const std::string& data_dir) {
  io::PosixFileSystem fs;
  return io::Authority(io::read_whole(fs, data_dir + "/pki/ca.pem"),
                       io::read_secret(data_dir + "/pki/ca.key"));
}

io::TlsIdentity make_identity(const io::Authority& authority, const std::string& data_dir,
                              const std::string& name, const std::string& dir, std::string key) {
  const auto now = SystemClock().now();
  const Duration hour{3'600'000};
  if (key.empty()) key = io::make_key();
  io::TlsIdentity me;
  me.ca_file = data_dir + "/pki/ca.pem";
  me.cert_file = me.key_file = dir + "/" + name + ".pem";
  // Not write_secret: a throw-away key needs no sync, and ten thousand of them would wait for the disk.
  std::ofstream out(me.cert_file, std::ios::binary);
  out << authority.sign_agent(io::make_request(key, name), name, {now - hour, now + hour}) << key;
  if (!out.flush()) throw Fault("cannot write " + me.cert_file);
  return me;
}

}  // namespace xj::fakes

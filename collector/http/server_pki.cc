#include "collector/http/server_pki.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/io/file.h"
#include "core/io/log.h"

namespace xj::http {

namespace {

constexpr auto kYear = std::chrono::hours{24 * 365};
// Clocks of machines that are only just being set up run behind.
constexpr auto kBackdate = std::chrono::hours{24};

void make_folder(io::FileSystem& fs, const std::string& dir) {
  fs.make_dirs(dir);
  if (::chmod(dir.c_str(), 0700) != 0) throw io::IoFault("chmod", dir, errno);
}

io::Authority load_authority(const std::string& dir, Timestamp now) {
  io::PosixFileSystem fs;
  make_folder(fs, dir);
  const auto cert = dir + "/ca.pem", key = dir + "/ca.key";
  if (!fs.exists(key)) {
    // A new authority here would lock out every agent there is.
    if (fs.exists(cert))
      throw Fault(key + " is missing while " + cert + " is there", "restore it from the backup");
    io::write_secret(key, io::make_key());
  }
  const auto key_pem = io::read_secret(key);
  if (!fs.exists(cert)) {
    const auto pem = io::Authority::make(key_pem, "Xunjian CA", {now - kBackdate, now + 10 * kYear});
    io::write_whole(fs, cert, pem);
    log::info("pki: made the authority {}", io::read_certificate(pem).sha256);
  }
  return io::Authority(io::read_whole(fs, cert, io::kMaxPem), key_pem);
}

bool same_hosts(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end()), std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

ServerPki::ServerPki(std::string dir, std::vector<std::string> hosts, Duration server_life, Timestamp now)
    : dir_(std::move(dir)),
      hosts_(std::move(hosts)),
      life_(server_life),
      authority_(load_authority(dir_, now)) {
  renew_if_due(now);
}

TlsFiles ServerPki::files() const { return {dir_ + "/ca.pem", dir_ + "/server.pem", dir_ + "/server.key"}; }

bool ServerPki::renew_if_due(Timestamp now) {
  io::PosixFileSystem fs;
  const auto files_now = files();
  std::string why = "there is none";
  try {
    if (fs.exists(files_now.cert) && fs.exists(files_now.key)) {
      const auto pem = io::read_whole(fs, files_now.cert, io::kMaxPem);
      const auto info = io::read_certificate(pem);
      why.clear();
      if (!io::key_matches(io::read_secret(files_now.key), pem)) why = "its key is another one";
      if (!io::signed_by(pem, authority_.certificate())) why = "another authority signed it";
      if (!same_hosts(info.hosts, hosts_)) why = "the names of this collector changed";
      if (now >= io::renewal_due(info)) why = "a third of its life is left";
    }
  } catch (const io::PkiFault& fault) {
    why = fault.what();
  }
  if (why.empty()) return false;
  issue_server(now);
  log::info("pki: made a new server certificate, because {}", why);
  return true;
}

void ServerPki::issue_server(Timestamp now) {
  const auto key = io::make_key();
  const auto pem = authority_.sign_server(io::make_request(key, ""), hosts_, {now - kBackdate, now + life_});
  io::PosixFileSystem fs;
  // Key first: what a crash in between leaves is found not to match, and made again.
  io::write_secret(files().key, key);
  io::write_whole(fs, files().cert, pem);
}

}  // namespace xj::http

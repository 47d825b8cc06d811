// The authority's certificate and key as a start reads them, and closer: a start takes a key whose secret
// half was altered. The server's, of which a start makes new ones when they are not as they should be.
#include <filesystem>
#include <map>
#include <set>

#include "collector/safety/check.h"
#include "collector/safety/copy.h"
#include "core/io/pki.h"

namespace xj::collector {
namespace {

constexpr const char* kCa = "pki/ca.pem";
constexpr const char* kCaKey = "pki/ca.key";
constexpr const char* kServer = "pki/server.pem";
constexpr const char* kServerKey = "pki/server.key";

class PkiCheck {
 public:
  PkiCheck(io::FileSystem& fs, const std::string& dir, Checked& out) : fs_(fs), dir_(dir), out_(out) {}

  void run() {
    const auto there = files_in(fs_, dir_, "pki");
    names_ = {there.begin(), there.end()};
    for (const auto& name : there) read(name);
    authority();
    server();
  }

 private:
  static Message mend_of(const std::string& name) {
    if (name == kCa || name == kCaKey) return {"safety.mend.authority", {}};
    if (name == kServer || name == kServerKey) return {"safety.mend.itself", {}};
    return {"safety.mend.restore", {}};
  }
  void found(const std::string& name, Message what) {
    out_.findings.push_back({name, -1, {}, std::move(what), mend_of(name)});
    bad_.insert(name);
  }
  template <typename Look>
  void guarded(const std::string& name, Look look) {
    try {
      look();
    } catch (const Fault& fault) {
      pass_on_unless_damage(fault);
      found(name, {"safety.pki.unreadable", {{"detail", fault.what()}}});
    }
  }
  // Of what is not ours only that the disk gives it.
  void read(const std::string& name) {
    guarded(name, [&] {
      if (name == kCa || name == kCaKey || name == kServer || name == kServerKey)
        texts_[name] = io::read_whole(fs_, dir_ + "/" + name, io::kMaxPem);
      else
        (void)Copier(fs_, {}).hash(dir_, name);
    });
  }
  bool is_there(const std::string& name) const { return names_.count(name) > 0; }
  // Whether it was read, and nothing was found yet.
  bool is_good(const std::string& name) const { return texts_.count(name) > 0 && bad_.count(name) == 0; }

  void exact(const std::string& name, bool (*is_exact)(std::string_view)) {
    if (!is_good(name)) return;
    guarded(name, [&] {
      if (!is_exact(texts_[name])) found(name, {"safety.history.manifest", {}});
    });
  }
  // A start refuses one that others may read. A backup's get their mode when it is restored.
  void for_its_owner(const std::string& name) {
    if (!is_there(name) || is_backup(fs_, dir_)) return;
    std::error_code unknown;
    const auto mode = std::filesystem::status(dir_ + "/" + name, unknown).permissions();
    using std::filesystem::perms;
    if (!unknown && (mode & (perms::group_all | perms::others_all)) != perms::none)
      out_.findings.push_back(
          {name, -1, {}, {"safety.pki.open", {}}, {"safety.mend.mode", {{"file", dir_ + "/" + name}}}});
  }

  void authority() {
    for (const auto& [one, other] : {std::pair{kCa, kCaKey}, std::pair{kCaKey, kCa}})
      if (!is_there(one) && is_there(other)) found(one, {"safety.history.missing", {}});
    for_its_owner(kCaKey);
    exact(kCaKey, io::is_exact_key);
    exact(kCa, io::is_exact_certificate);
    if (is_good(kCa) && !io::signed_by(texts_[kCa], texts_[kCa])) found(kCa, {"safety.history.manifest", {}});
    if (!is_good(kCa) || !is_good(kCaKey)) return;
    if (!io::key_matches(texts_[kCaKey], texts_[kCa])) return found(kCa, {"safety.pki.pair", {}});
    guarded(kCa, [&] { (void)io::Authority(texts_[kCa], texts_[kCaKey]); });
  }

  void server() {
    for_its_owner(kServerKey);
    if (!is_there(kServer) || !is_there(kServerKey)) return;  // a start makes both
    exact(kServerKey, io::is_exact_key);
    exact(kServer, io::is_exact_certificate);
    if (is_good(kServer) && is_good(kCa) && !io::signed_by(texts_[kServer], texts_[kCa]))
      found(kServer, {"safety.pki.signature", {}});
    if (is_good(kServer) && is_good(kServerKey) && !io::key_matches(texts_[kServerKey], texts_[kServer]))
      found(kServer, {"safety.pki.pair", {}});
  }

  io::FileSystem& fs_;
  const std::string& dir_;
  Checked& out_;
  std::map<std::string, std::string> texts_;
  std::set<std::string> names_, bad_;
};

}  // namespace

void check_pki(io::FileSystem& fs, const std::string& dir, Checked& out) { PkiCheck(fs, dir, out).run(); }

}  // namespace xj::collector

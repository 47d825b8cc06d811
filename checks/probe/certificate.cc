#include "checks/probe/certificate.h"

#include <fcntl.h>
#include <glob.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>

#include "checks/measure.h"
#include "checks/probe/curl.h"
#include "checks/probe/probe.h"

namespace xj::checks {
namespace {

constexpr std::size_t kMaxCertificates = 1000;
constexpr std::size_t kMaxFile = 4u << 20;
constexpr std::size_t kMaxFiles = 1000;

struct OpenSslFree {
  void operator()(X509* p) const { ::X509_free(p); }
  void operator()(BIO* p) const { ::BIO_free(p); }
  void operator()(X509_STORE* p) const { ::X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { ::X509_STORE_CTX_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, ::X509_free); }
};
template <typename T>
using Owned = std::unique_ptr<T, OpenSslFree>;

Owned<BIO> reader(std::string_view bytes) {
  return Owned<BIO>(::BIO_new_mem_buf(bytes.data(), static_cast<int>(std::min(bytes.size(), kMaxFile))));
}

std::string one_line(const X509_NAME* name) {
  const Owned<BIO> out(::BIO_new(BIO_s_mem()));
  // UTF-8 as it is: the names are Chinese.
  ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(std::max(0L, std::min(size, 1024L))));
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm t{};
  if (::ASN1_TIME_to_tm(time, &t) != 1) return Timestamp{};
  return Timestamp{std::chrono::seconds{::timegm(&t)}};
}

std::string read_file(const char* path, int& error) {
  std::string out;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    error = errno;
    return out;
  }
  std::array<char, 16384> buffer;
  while (out.size() < kMaxFile) {
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  return out;
}

Threshold limits(const Params& params) {
  auto t = duration_threshold(params, "warn", "crit", "checks.what.certificate_days", Unit::days);
  t.above = false;
  return t;
}

void judge_certificate(Item& item, const CertificateFacts& facts, const Threshold& limit,
                       ProbeContext& context) {
  const auto now = context.clock.now();
  add(item.metrics, "days_left", days_left(facts, now));
  add(item.metrics, "not_after_seconds",
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_ms(facts.not_after) / 1000)));
  judge_days(facts, limit, now, context.memory, item.key, item.state, item.msg);
}

void describe(CheckOutcome& out, const std::string& where, const CertificateFacts& facts) {
  if (out.rows.empty()) out.rows.push_back({"certificate", "subject", "issuer", "not_after"});
  out.rows.push_back({where, facts.subject, facts.issuer, to_iso(facts.not_after)});
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

class RemoteCertificate final : public Transfer {
 public:
  RemoteCertificate(const Params& params, ProbeContext& context)
      : params_(params),
        context_(context),
        name_(params.text(params.has("name") ? "name" : "host")),
        peer_(bracketed(params.text("host")) + ":" + std::to_string(params.integer("port"))),
        curl_(make_curl(context.timeout)) {
    auto* c = curl_.get();
    ::curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail_.data());
    const auto port = ":" + std::to_string(params.integer("port"));
    ::curl_easy_setopt(c, CURLOPT_URL, ("https://" + bracketed(name_) + port + "/").c_str());
    ::curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
    // Looked at whatever it is; trust is judged below, with its reason.
    ::curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
    ::curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    append(connect_to_, "::" + peer_);
    ::curl_easy_setopt(c, CURLOPT_CONNECT_TO, connect_to_.get());
  }
  CURL* handle() override { return curl_.get(); }
  CheckOutcome finish(CURLcode code) override;

 private:
  const Params& params_;
  ProbeContext& context_;
  std::string name_, peer_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  CurlList connect_to_;
  CurlHandle curl_;  // goes first: the others are what it looks at
};

CheckOutcome RemoteCertificate::finish(CURLcode code) {
  const auto& params = params_;
  auto& context = context_;
  const auto& peer = peer_;
  const auto& name = name_;
  auto* c = curl_.get();
  const auto chain = peer_chain(c);
  const auto leaf = chain.empty() ? std::vector<CertificateFacts>{} : read_certificates(chain.front());
  CheckOutcome out;
  if (leaf.empty()) {
    out.state = State::critical;
    out.msg = code != CURLE_OK ? curl_failure(code, detail_.data(), peer, context.timeout)
                               : Message{"checks.certificate.none", {{"value", peer}, {"limit", "1"}}};
    return out;
  }
  Item& item = out.items.emplace_back();
  item.key = peer;
  judge_certificate(item, leaf.front(), limits(params), context);
  describe(out, peer, leaf.front());
  double chain_days = days_left(leaf.front(), context.clock.now());
  for (std::size_t i = 1; i < chain.size(); ++i)
    for (const auto& facts : read_certificates(chain[i])) {
      describe(out, "chain " + std::to_string(i), facts);
      chain_days = std::min(chain_days, days_left(facts, context.clock.now()));
    }
  add(item.metrics, "chain_days_left", chain_days);
  if (params.flag("verify") && item.state != State::critical) {
    const auto ca_file = params.has("ca_file") ? params.text("ca_file") : std::string{};
    if (auto trouble = ca_file.empty() ? Message{} : trust_trouble(ca_file); !trouble.empty()) {
      item.state = State::unknown;
      item.msg = std::move(trouble);
    } else if (const auto why = distrust(chain, name, ca_file, context.clock.now()); !why.empty()) {
      item.state = State::critical;
      item.msg = {"checks.certificate.untrusted", {{"value", why}, {"limit", name}}};
    }
  }
  summarize_items(out);
  if (out.msg.empty())
    out.msg = {"checks.certificate.ok",
               {{"value", format(days_left(leaf.front(), context.clock.now()), Unit::days)}}};
  return out;
}

CheckOutcome run_files(const Params& params, ProbeContext& context) {
  CheckOutcome out;
  const auto limit = limits(params);
  double least = 0;
  for (const auto& pattern : params.text_list("files")) {
    glob_t found{};
    const int rc = ::glob(pattern.c_str(), 0, nullptr, &found);
    const std::unique_ptr<glob_t, decltype(&::globfree)> owner(&found, &::globfree);
    if (rc != 0) {
      // A pattern without a match is a wish that nobody fulfils: said, not passed over.
      Item& item = out.items.emplace_back();
      item.key = pattern;
      item.state = State::unknown;
      item.msg = {"checks.certificate.no_file", {{"value", pattern}, {"limit", "1"}}};
      continue;
    }
    for (std::size_t i = 0; i < found.gl_pathc && out.items.size() < kMaxFiles; ++i) {
      Item item;
      item.key = found.gl_pathv[i];
      if (std::any_of(out.items.begin(), out.items.end(),
                      [&](const Item& known) { return known.key == item.key; }))
        continue;
      int error = 0;
      const auto all = read_certificates(read_file(item.key.c_str(), error));
      if (all.empty()) {
        item.state = State::unknown;
        item.msg = error != 0
                       ? Message{"checks.unreadable", {{"path", item.key}, {"error", errno_text(error)}}}
                       : Message{"checks.certificate.none", {{"value", item.key}, {"limit", "1"}}};
      } else {
        // A bundle is as good as the first of its certificates to end.
        const auto& first = *std::min_element(
            all.begin(), all.end(), [](const auto& a, const auto& b) { return a.not_after < b.not_after; });
        judge_certificate(item, first, limit, context);
        describe(out, item.key, first);
        const double days = days_left(first, context.clock.now());
        least = out.metrics.empty() ? days : std::min(least, days);
        out.metrics.clear();
        add(out.metrics, "least_days_left", least);
      }
      out.items.push_back(std::move(item));
    }
  }
  summarize_items(out);
  if (out.msg.empty()) out.msg = {"checks.certificate.ok", {{"value", format(least, Unit::days)}}};
  return out;
}

CheckOutcome run(const Params& params, ProbeContext& context) {
  if (!params.has("host")) return run_files(params, context);
  RemoteCertificate remote(params, context);
  return perform(remote);
}

// Files are read, which can block: those are no transfer.
std::unique_ptr<Transfer> transfer(const Params& params, ProbeContext& context) {
  return params.has("host") ? std::make_unique<RemoteCertificate>(params, context) : nullptr;
}

}  // namespace

std::vector<CertificateFacts> read_certificates(std::string_view pem) {
  std::vector<CertificateFacts> out;
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  // Block by block, so that one damaged block does not hide those behind it.
  for (auto at = pem.find(kBegin); at != std::string_view::npos && out.size() < kMaxCertificates;) {
    const auto end = pem.find(kEnd, at);
    if (end == std::string_view::npos) break;
    const auto bio = reader(pem.substr(at, end + kEnd.size() - at));
    const Owned<X509> cert(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (cert != nullptr)
      out.push_back({one_line(::X509_get_subject_name(cert.get())),
                     one_line(::X509_get_issuer_name(cert.get())), time_of(::X509_get0_notBefore(cert.get())),
                     time_of(::X509_get0_notAfter(cert.get()))});
    at = pem.find(kBegin, end);
  }
  ::ERR_clear_error();
  return out;
}

double days_left(const CertificateFacts& facts, Timestamp now) {
  return static_cast<double>((facts.not_after - now).count()) / 86'400'000.0;
}

void judge_days(const CertificateFacts& facts, const Threshold& limit, Timestamp now, ThresholdMemory& memory,
                std::string_view item, State& state, Message& msg) {
  const double days = days_left(facts, now);
  const auto critical = [&](Message why) {
    if (state != State::critical || msg.empty()) msg = std::move(why);
    state = State::critical;
  };
  if (facts.not_before > now) {
    critical({"checks.certificate.not_yet",
              {{"value", to_iso(facts.not_before)},
               {"limit", to_iso(std::chrono::floor<std::chrono::seconds>(now))}}});
  } else if (days < 0) {
    critical({"checks.certificate.expired", {{"value", to_iso(facts.not_after)}, {"limit", "0d"}}});
    memory.set(item, limit.what_id, State::critical);
  } else {
    apply(limit, days, memory, item, state, msg);
  }
}

Message trust_trouble(const std::string& ca_file) {
  int error = 0;
  const auto text = read_file(ca_file.c_str(), error);
  if (error != 0) return {"checks.unreadable", {{"path", ca_file}, {"error", errno_text(error)}}};
  if (read_certificates(text).empty())
    return {"checks.certificate.none", {{"value", ca_file}, {"limit", "1"}}};
  return {};
}

namespace {

// To read it takes 25 ms of CPU, in which all other exchanges of this worker would stand still. Null: cannot
// be read.
X509_STORE* system_trust(Timestamp now) {
  constexpr Duration kAge{60'000};
  thread_local Owned<X509_STORE> store;
  thread_local Timestamp read_at{};
  if (store == nullptr || now < read_at || now - read_at >= kAge) {
    store.reset(::X509_STORE_new());
    if (::X509_STORE_set_default_paths(store.get()) != 1) store.reset();
    read_at = now;
  }
  return store.get();
}

}  // namespace

std::string distrust(const std::vector<std::string>& chain, const std::string& name,
                     const std::string& ca_file, Timestamp now) {
  Owned<X509_STORE> own;
  if (!ca_file.empty()) {
    own.reset(::X509_STORE_new());
    if (::X509_STORE_load_file(own.get(), ca_file.c_str()) != 1) own.reset();
  }
  auto* store = ca_file.empty() ? system_trust(now) : own.get();
  ::ERR_clear_error();
  if (store == nullptr)
    return "cannot read " + (ca_file.empty() ? std::string("the system's trust store") : ca_file);
  const Owned<STACK_OF(X509)> others(sk_X509_new_null());
  Owned<X509> leaf;
  for (const auto& pem : chain) {
    const auto bio = reader(pem);
    Owned<X509> cert(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (cert == nullptr) continue;
    if (leaf == nullptr)
      leaf = std::move(cert);
    else if (sk_X509_push(others.get(), cert.get()) > 0)
      (void)cert.release();
  }
  ::ERR_clear_error();
  if (leaf == nullptr) return "no certificate";
  const Owned<X509_STORE_CTX> verify(::X509_STORE_CTX_new());
  if (::X509_STORE_CTX_init(verify.get(), store, leaf.get(), others.get()) != 1) return "cannot verify";
  ::X509_STORE_CTX_set_default(verify.get(), "ssl_server");
  auto* param = ::X509_STORE_CTX_get0_param(verify.get());
  ::X509_VERIFY_PARAM_set_time(param, to_ms(now) / 1000);
  // The leaf's own days are judged by threshold; an old certificate above it still breaks trust.
  const bool leaf_out_of_date = time_of(::X509_get0_notAfter(leaf.get())) < now;
  if (leaf_out_of_date) ::X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
  if (::X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str()) != 1) {
    ::ERR_clear_error();
    ::X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size());
  }
  if (::X509_verify_cert(verify.get()) == 1) return {};
  const int error = ::X509_STORE_CTX_get_error(verify.get());
  ::ERR_clear_error();
  return ::X509_verify_cert_error_string(error);
}

ProbeType certificate_probe();
ProbeType certificate_probe() { return {.name = "certificate", .run = run, .transfer = transfer}; }

}  // namespace xj::checks

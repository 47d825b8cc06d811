#include "core/io/pki.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace xj::io {

namespace {

struct Free {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(X509_NAME* p) const { X509_NAME_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(GENERAL_NAME* p) const { GENERAL_NAME_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(unsigned char* p) const { OPENSSL_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

[[noreturn]] void fail(const std::string& what, std::string hint = {}) {
  std::string text = what;
  if (const auto code = ERR_peek_error(); code != 0) {
    char buffer[256];
    ERR_error_string_n(code, buffer, sizeof buffer);
    text += ": ";
    text += buffer;
  }
  ERR_clear_error();
  throw PkiFault(text, std::move(hint));
}

template <typename T>
Owned<T> need(T* p, const char* what) {
  if (p == nullptr) fail(what);
  return Owned<T>(p);
}
void need(int ok, const char* what) {
  if (ok <= 0) fail(what);
}

Owned<BIO> reader(std::string_view pem, const char* what) {
  if (pem.size() > kMaxPem) throw PkiFault(std::string(what) + " is larger than 64 KiB");
  return need(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), "out of memory");
}

std::string taken(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// A key under a pass phrase is refused: without this OpenSSL would ask on the terminal and a daemon would
// hang.
int no_pass_phrase(char*, int, int, void*) { return -1; }

Owned<EVP_PKEY> load_key(std::string_view pem) {
  const auto bio = reader(pem, "private key");
  auto* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr);
  if (key == nullptr) fail("cannot read the private key", "expected an unencrypted PEM private key");
  return Owned<EVP_PKEY>(key);
}

Owned<X509> load_certificate(std::string_view pem) {
  const auto bio = reader(pem, "certificate");
  auto* cert = PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr);
  if (cert == nullptr) fail("cannot read the certificate", "expected \"-----BEGIN CERTIFICATE-----\"");
  return Owned<X509>(cert);
}

bool is_p256(EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_utf8_string_param(key, "group", group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

Owned<X509_REQ> load_request(std::string_view pem) {
  const auto bio = reader(pem, "certificate request");
  Owned<X509_REQ> csr(PEM_read_bio_X509_REQ(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (!csr) fail("cannot read the certificate request", "expected \"-----BEGIN CERTIFICATE REQUEST-----\"");
  EVP_PKEY* key = X509_REQ_get0_pubkey(csr.get());
  if (key == nullptr) fail("the certificate request holds no usable key");
  // Before the signature is looked at: a request with a huge RSA key would cost real time to verify.
  if (!is_p256(key)) throw PkiFault("the certificate request's key is not ECDSA P-256");
  if (X509_REQ_verify(csr.get(), key) != 1)
    fail("the certificate request's signature does not match its key");
  return csr;
}

// Empty when there is no common name; throws on two or on one that could be read in two ways.
std::string common_name(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return {};
  if (X509_NAME_get_index_by_NID(name, NID_commonName, index) >= 0)
    throw PkiFault("more than one common name");
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) fail("the common name is not text");
  const Owned<unsigned char> owner(utf8);
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  if (text.find('\0') != std::string::npos) throw PkiFault("the common name contains a NUL byte");
  return text;
}

Owned<X509_NAME> make_name(std::string_view cn) {
  auto name = need(X509_NAME_new(), "out of memory");
  if (cn.empty()) return name;
  need(X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(cn.data()),
                                  static_cast<int>(cn.size()), -1, 0),
       "cannot set the common name (at most 64 characters)");
  return name;
}

Timestamp time_of(const ASN1_TIME* t) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(t, &tm) != 1) fail("a date in the certificate cannot be read");
  return std::chrono::floor<Duration>(std::chrono::system_clock::from_time_t(timegm(&tm)));
}

void set_time(ASN1_TIME* into, Timestamp t) {
  const auto s = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  if (ASN1_TIME_set(into, static_cast<std::time_t>(s)) == nullptr) fail("cannot set a date");
}

std::string hex(const unsigned char* bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[bytes[i] >> 4];
    out += digits[bytes[i] & 15];
  }
  return out;
}

void random_bytes(unsigned char* into, std::size_t size) {
  if (RAND_bytes(into, static_cast<int>(size)) != 1) fail("no random numbers");
}

void set_random_serial(X509* cert) {
  unsigned char bytes[16];
  random_bytes(bytes, sizeof bytes);
  // Positive and always 32 hex digits: 126 random bits are left.
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3f) | 0x40);
  const auto number = need(BN_bin2bn(bytes, sizeof bytes, nullptr), "out of memory");
  if (BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) == nullptr) fail("out of memory");
}

void add_extension(X509* cert, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const auto extension = need(X509V3_EXT_conf_nid(nullptr, &context, nid, value), "cannot make an extension");
  need(X509_add_ext(cert, extension.get(), -1), "cannot add an extension");
}

bool is_address(const std::string& host) {
  unsigned char buffer[16];
  return inet_pton(AF_INET, host.c_str(), buffer) == 1 || inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

bool is_dns_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.' || c == '_';
         });
}

// Built by hand: OpenSSL's text form would read a comma in a host name as the start of another one.
void add_hosts(X509* cert, const std::vector<std::string>& hosts) {
  if (hosts.empty()) throw PkiFault("a server certificate needs at least one host name or address");
  const auto names = need(GENERAL_NAMES_new(), "out of memory");
  for (const auto& host : hosts) {
    auto name = need(GENERAL_NAME_new(), "out of memory");
    if (is_address(host)) {
      auto* address = a2i_IPADDRESS(host.c_str());
      if (address == nullptr) fail("not an address: " + host);
      GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
    } else {
      if (!is_dns_name(host)) throw PkiFault("not a host name or address: " + host);
      auto* text = ASN1_IA5STRING_new();
      if (text == nullptr || ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) != 1)
        fail("out of memory");
      GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);
    }
    if (sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) fail("out of memory");
    (void)name.release();
  }
  need(X509_add1_ext_i2d(cert, NID_subject_alt_name, names.get(), 0, 0), "cannot add the host names");
}

std::vector<std::string> hosts_of(X509* cert) {
  std::vector<std::string> out;
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(cert, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const auto* value =
        static_cast<ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    if (kind != GEN_DNS && kind != GEN_IPADD) continue;
    const auto* data = ASN1_STRING_get0_data(value);
    const int size = ASN1_STRING_length(value);
    if (kind == GEN_DNS) {
      out.emplace_back(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
      continue;
    }
    char text[INET6_ADDRSTRLEN] = {};
    if (size == 4 || size == 16) {
      inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text, sizeof text);
      out.emplace_back(text);
    }
  }
  return out;
}

CertificateInfo describe(X509* cert) {
  CertificateInfo info;
  info.name = common_name(X509_get_subject_name(cert));
  info.issuer = common_name(X509_get_issuer_name(cert));
  const Owned<BIGNUM> serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), nullptr));
  if (!serial) fail("the serial number cannot be read");
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(serial.get())));
  BN_bn2bin(serial.get(), bytes.data());
  info.serial = hex(bytes.data(), bytes.size());
  info.not_before = time_of(X509_get0_notBefore(cert));
  info.not_after = time_of(X509_get0_notAfter(cert));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  need(X509_digest(cert, EVP_sha256(), digest, &size), "cannot hash the certificate");
  info.sha256 = hex(digest, size);
  info.hosts = hosts_of(cert);
  info.authority = X509_check_ca(cert) > 0;
  return info;
}

std::string pem_of(EVP_PKEY* key) {
  const auto bio = need(BIO_new(BIO_s_mem()), "out of memory");
  need(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr),
       "cannot write the key");
  return taken(bio.get());
}

std::string pem_of(X509* cert) {
  const auto bio = need(BIO_new(BIO_s_mem()), "out of memory");
  need(PEM_write_bio_X509(bio.get(), cert), "cannot write the certificate");
  return taken(bio.get());
}

Owned<X509> blank(const X509_NAME* subject, const X509_NAME* issuer, EVP_PKEY* key, Validity validity) {
  if (validity.until <= validity.from) throw PkiFault("a certificate must end after it begins");
  auto cert = need(X509_new(), "out of memory");
  need(X509_set_version(cert.get(), X509_VERSION_3), "cannot set the version");
  set_random_serial(cert.get());
  need(X509_set_subject_name(cert.get(), subject), "cannot set the subject");
  need(X509_set_issuer_name(cert.get(), issuer), "cannot set the issuer");
  need(X509_set_pubkey(cert.get(), key), "cannot set the key");
  set_time(X509_getm_notBefore(cert.get()), validity.from);
  set_time(X509_getm_notAfter(cert.get()), validity.until);
  return cert;
}

}  // namespace

std::string make_key() { return pem_of(need(EVP_EC_gen("P-256"), "cannot make a key").get()); }

std::string make_request(std::string_view key_pem, std::string_view name) {
  const auto key = load_key(key_pem);
  const auto csr = need(X509_REQ_new(), "out of memory");
  const auto subject = make_name(name);
  need(X509_REQ_set_version(csr.get(), X509_REQ_VERSION_1), "cannot set the version");
  need(X509_REQ_set_subject_name(csr.get(), subject.get()), "cannot set the subject");
  need(X509_REQ_set_pubkey(csr.get(), key.get()), "cannot set the key");
  need(X509_REQ_sign(csr.get(), key.get(), EVP_sha256()), "cannot sign the request");
  const auto bio = need(BIO_new(BIO_s_mem()), "out of memory");
  need(PEM_write_bio_X509_REQ(bio.get(), csr.get()), "cannot write the request");
  return taken(bio.get());
}

std::string request_name(std::string_view csr_pem) {
  return common_name(X509_REQ_get_subject_name(load_request(csr_pem).get()));
}

CertificateInfo read_certificate(std::string_view cert_pem) {
  return describe(load_certificate(cert_pem).get());
}

bool key_matches(std::string_view key_pem, std::string_view cert_pem) {
  const auto key = load_key(key_pem);
  const auto cert = load_certificate(cert_pem);
  const bool same = X509_check_private_key(cert.get(), key.get()) == 1;
  ERR_clear_error();
  return same;
}

bool signed_by(std::string_view cert_pem, std::string_view ca_pem) {
  const auto cert = load_certificate(cert_pem);
  const auto ca = load_certificate(ca_pem);
  const bool good = X509_verify(cert.get(), X509_get0_pubkey(ca.get())) == 1;
  ERR_clear_error();
  return good;
}

bool is_exact_key(std::string_view key_pem) {
  const auto key = load_key(key_pem);
  const auto context = need(EVP_PKEY_CTX_new(key.get(), nullptr), "out of memory");
  const bool whole = EVP_PKEY_check(context.get()) == 1;
  ERR_clear_error();
  return whole && pem_of(key.get()) == key_pem;
}

bool is_exact_certificate(std::string_view cert_pem) {
  return pem_of(load_certificate(cert_pem).get()) == cert_pem;
}

Timestamp renewal_due(const CertificateInfo& certificate) {
  return certificate.not_after - (certificate.not_after - certificate.not_before) / 3;
}

bool valid_agent_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

struct Authority::Impl {
  Owned<X509> cert;
  Owned<EVP_PKEY> key;
  std::string pem;
  CertificateInfo info;

  std::string sign(std::string_view csr_pem, std::string_view name, Validity validity, const char* usage,
                   const std::vector<std::string>* hosts) const {
    const auto csr = load_request(csr_pem);
    const auto subject = make_name(name);
    // A leaf never outlives its authority: its chain would fail without a word that names the reason.
    validity.until = std::min(validity.until, info.not_after);
    const auto leaf =
        blank(subject.get(), X509_get_subject_name(cert.get()), X509_REQ_get0_pubkey(csr.get()), validity);
    add_extension(leaf.get(), cert.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf.get(), cert.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(leaf.get(), cert.get(), NID_ext_key_usage, usage);
    add_extension(leaf.get(), cert.get(), NID_subject_key_identifier, "hash");
    add_extension(leaf.get(), cert.get(), NID_authority_key_identifier, "keyid:always");
    if (hosts != nullptr) add_hosts(leaf.get(), *hosts);
    need(X509_sign(leaf.get(), key.get(), EVP_sha256()), "cannot sign the certificate");
    return pem_of(leaf.get());
  }
};

std::string Authority::make(std::string_view key_pem, std::string_view name, Validity validity) {
  const auto key = load_key(key_pem);
  const auto subject = make_name(name);
  const auto cert = blank(subject.get(), subject.get(), key.get(), validity);
  add_extension(cert.get(), cert.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(cert.get(), cert.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(cert.get(), cert.get(), NID_subject_key_identifier, "hash");
  need(X509_sign(cert.get(), key.get(), EVP_sha256()), "cannot sign the certificate");
  return pem_of(cert.get());
}

Authority::Authority(std::string_view cert_pem, std::string_view key_pem) : impl_(std::make_unique<Impl>()) {
  impl_->cert = load_certificate(cert_pem);
  impl_->key = load_key(key_pem);
  impl_->pem = pem_of(impl_->cert.get());
  impl_->info = describe(impl_->cert.get());
  if (!impl_->info.authority) throw PkiFault("the certificate is not one of an authority");
  if (X509_check_private_key(impl_->cert.get(), impl_->key.get()) != 1)
    fail("the authority's certificate and key do not belong together",
         "restore ca.pem and ca.key from the same backup");
}
Authority::~Authority() = default;
Authority::Authority(Authority&&) noexcept = default;

const std::string& Authority::certificate() const { return impl_->pem; }
const CertificateInfo& Authority::info() const { return impl_->info; }

std::string Authority::sign_agent(std::string_view csr_pem, std::string_view name, Validity validity) const {
  if (!valid_agent_name(name)) throw PkiFault("not an agent's name: " + std::string(name.substr(0, 80)));
  return impl_->sign(csr_pem, name, validity, "clientAuth", nullptr);
}

std::string Authority::sign_server(std::string_view csr_pem, const std::vector<std::string>& hosts,
                                   Validity validity) const {
  return impl_->sign(csr_pem, "xunjian-collector", validity, "serverAuth", &hosts);
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  need(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr), "cannot hash");
  return hex(digest, size);
}

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};
Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  need(impl_->context ? EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) : 0, "cannot hash");
}
Sha256::~Sha256() = default;
void Sha256::add(std::string_view bytes) {
  need(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()), "cannot hash");
}
std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  need(EVP_DigestFinal_ex(impl_->context.get(), digest, &size), "cannot hash");
  return xj::io::hex(digest, size);
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, bytes.size(), digest, &size) ==
      nullptr)
    throw Fault("cannot sign");
  return hex(digest, size);
}

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> random(bytes);
  random_bytes(random.data(), random.size());
  return hex(random.data(), random.size());
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace xj::io

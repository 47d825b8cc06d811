// What the same work costs without us, in the same minutes: the disk that makes an acknowledgement durable,
// and the cipher and the checksum every byte goes through. Beside these our own figures are read.
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "core/fault.h"

namespace {

using Steady = std::chrono::steady_clock;

void figure(const std::string& name, double value, const char* unit) {
  std::printf("{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"}\n", name.c_str(), value, unit);
}
double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}
double cpu_seconds() {
  rusage r{};
  ::getrusage(RUSAGE_SELF, &r);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return s(r.ru_utime) + s(r.ru_stime);
}

// A file of the disk the collector of the other benches writes to.
class Scratch {
 public:
  explicit Scratch(off_t preallocate) {
    char name[] = "/tmp/xunjian-floor-XXXXXX";
    fd_ = ::mkostemp(name, O_CLOEXEC);
    if (fd_ < 0) throw xj::Fault("no temporary file");
    ::unlink(name);
    if (preallocate == 0) return;
    // Written and not only reserved, as the journal's recycled segments are.
    const std::string zeros(1u << 20, '\0');
    for (off_t at = 0; at < preallocate; at += static_cast<off_t>(zeros.size()))
      if (::pwrite(fd_, zeros.data(), zeros.size(), at) < 0) throw xj::Fault("the disk is full");
    ::fsync(fd_);
  }
  ~Scratch() { ::close(fd_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void put(const std::string& bytes) {
    if (::pwrite(fd_, bytes.data(), bytes.size(), at_) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(fd_) != 0)
      throw xj::Fault("cannot write");
    at_ += static_cast<off_t>(bytes.size());
  }

 private:
  int fd_ = -1;
  off_t at_ = 0;
};

void appends() {
  Scratch file(0);
  const std::string block(4'096, 'x');
  std::vector<double> took;
  for (int i = 0; i < 300; ++i) {
    const auto began = Steady::now();
    file.put(block);
    took.push_back(seconds_since(began) * 1'000);
  }
  std::sort(took.begin(), took.end());
  figure("floor_fdatasync_4k_p50_ms", took[took.size() / 2], "ms");
  figure("floor_fdatasync_4k_p99_ms", took[took.size() * 99 / 100], "ms");
}

// The bytes of so many requests of one shape (6.4 a value, packed), each group of `connections` made durable
// by one sync, and nothing else: no TLS, no decoding, no history.
void journal(const std::string& suffix, std::size_t connections, std::size_t values) {
  const std::size_t bytes = connections * values * 64 / 10;
  Scratch file(8 << 20);
  const std::string block(bytes, 'x');
  const std::size_t groups = std::min<std::size_t>(400, (8u << 20) / bytes);
  const auto began = Steady::now();
  for (std::size_t i = 0; i < groups; ++i) file.put(block);
  figure("floor_sync_values_per_s" + suffix,
         static_cast<double>(groups * connections * values) / seconds_since(began), "values/s");
}

// AES-256-GCM over the same bytes, as TLS does it.
void cipher() {
  constexpr std::size_t kRecord = 16u << 10, kRecords = 8'000;
  std::string in(kRecord, 'x'), out(kRecord + 64, '\0');
  const unsigned char key[32] = {1}, nonce[12] = {2};
  auto* context = EVP_CIPHER_CTX_new();
  const double before = cpu_seconds();
  for (std::size_t i = 0; i < kRecords; ++i) {
    int size = 0;
    auto* into = reinterpret_cast<unsigned char*>(out.data());
    if (EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key, nonce) != 1 ||
        EVP_EncryptUpdate(context, into, &size, reinterpret_cast<const unsigned char*>(in.data()),
                          static_cast<int>(kRecord)) != 1 ||
        EVP_EncryptFinal_ex(context, into + size, &size) != 1)
      throw xj::Fault("the cipher fails");
  }
  EVP_CIPHER_CTX_free(context);
  const double cpu = cpu_seconds() - before;
  figure("floor_cipher_cpu_s_per_million_values", cpu / (kRecord * kRecords / 6.4) * 1e6, "s");
}

}  // namespace

int main() {
  try {
    appends();
    journal("", 2, 1'000);
    journal("_16x200", 16, 200);
    cipher();
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}

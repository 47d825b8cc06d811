#pragma once
// A port of 127.0.0.1 for a server that comes up later, or goes away and comes back.
#include <string>

namespace xj::test {

// Bound for as long as this lives and never listened on: nobody is given the port by accident meanwhile,
// whoever connects is refused, and a server that sets SO_REUSEADDR can listen on it.
class HeldPort {
 public:
  HeldPort();
  ~HeldPort();
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;

  int number() const { return number_; }
  std::string text() const { return std::to_string(number_); }
  std::string address() const { return "127.0.0.1:" + text(); }

 private:
  int fd_ = -1;
  int number_ = 0;
};

}  // namespace xj::test

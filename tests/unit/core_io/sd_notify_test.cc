#include "core/io/sd_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace xj::io {
namespace {

TEST(SdNotify, SendsOneDatagramToTheSocket) {
  char dir[] = "/tmp/xj-notify-XXXXXX";
  ASSERT_NE(::mkdtemp(dir), nullptr);
  const std::string path = std::string(dir) + "/s";
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  sd_notify("READY=1\nSTATUS=works");
  char got[64] = {};
  EXPECT_EQ(::recv(fd, got, sizeof got, MSG_DONTWAIT), 20);
  EXPECT_STREQ(got, "READY=1\nSTATUS=works");
  ::unsetenv("NOTIFY_SOCKET");
  sd_notify("READY=1");
  EXPECT_EQ(::recv(fd, got, sizeof got, MSG_DONTWAIT), -1);
  ::close(fd);
  ::unlink(path.c_str());
  ::rmdir(dir);
}

TEST(SdNotify, TheWatchdogIsHalfOfWhatIsAskedAndOnlyForThisProcess) {
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_EQ(sd_watchdog_interval(), Duration{0});
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(sd_watchdog_interval(), Duration{15'000});
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(sd_watchdog_interval(), Duration{0});
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(sd_watchdog_interval(), Duration{15'000});
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(sd_watchdog_interval(), Duration{0});
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace xj::io

#include "collector/http/listener.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/http/server.h"
#include "core/fault.h"
#include "core/io/pki.h"

namespace xj::http {
namespace {

TEST(SocketOperator, RootTheCollectorsOwnUserAndPersonsOfAContract) {
  const auto ask = [](const std::string& name) { return name == "zhang"; };
  EXPECT_TRUE(is_socket_operator(0, "root", 997, ask));
  EXPECT_TRUE(is_socket_operator(997, "xunjian", 997, ask));
  EXPECT_TRUE(is_socket_operator(1000, "zhang", 997, ask));
  EXPECT_FALSE(is_socket_operator(1001, "li", 997, ask));
  EXPECT_FALSE(is_socket_operator(1001, "li", 997, {}));
  EXPECT_FALSE(is_socket_operator(static_cast<uid_t>(-1), "", 997, {})) << "no credentials at all";
}

TEST(ListenTcp, SaysWhatIsWrong) {
  EXPECT_THROW(bind_tcp("8443"), Fault);
  EXPECT_THROW(bind_tcp("127.0.0.1:"), Fault);
  EXPECT_THROW(bind_tcp("127.0.0.1:http"), Fault);
  EXPECT_THROW(bind_tcp("192.0.2.1:0"), Fault) << "not an address of this machine";
  const int fd = bind_tcp("127.0.0.1:0");
  listen_on(fd, "127.0.0.1:0");
  const auto address = bound_address(fd);
  EXPECT_TRUE(address.starts_with("127.0.0.1:"));
  EXPECT_THROW(bind_tcp(address), Fault) << "taken";
  ::close(fd);
}

TEST(ListenUnix, RefusesWhatIsNoSocketAndTooLongPaths) {
  EXPECT_THROW(bind_unix("/dev/null"), Fault);
  EXPECT_THROW(bind_unix("/tmp/" + std::string(200, 'x')), Fault);
}

TEST(PeopleToken, IsOneLongLineOfItsOwn) {
  std::string dir = testing::TempDir() + "xj_token_XXXXXX";
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  const auto file = dir + "/token";
  const std::string good(32, 'a');
  io::write_secret(file, good + "\n");
  EXPECT_EQ(read_people_token(file), good);
  for (const auto& bad :
       {std::string(), std::string(31, 'a'), good + " " + good, good + "\n" + good, std::string(513, 'a')}) {
    io::write_secret(file, bad);
    EXPECT_THROW(read_people_token(file), Fault) << bad.size();
  }
  io::write_secret(file, good);
  ::chmod(file.c_str(), 0644);
  EXPECT_THROW(read_people_token(file), Fault);
  ::unlink(file.c_str()), ::rmdir(dir.c_str());
}

}  // namespace
}  // namespace xj::http

#include "collector/http/router.h"

#include <gtest/gtest.h>

#include "core/fault.h"

namespace xj::http {
namespace {

Route route(Access access, std::string method, std::string pattern) {
  return {access, std::move(method), std::move(pattern), [](Request, const Done&) {}};
}

const Router& router() {
  static const Router r(
      {route(Access::agent, "POST", "/v1/results"), route(Access::open, "GET", "/healthz"),
       route(Access::open, "POST", "/v1/enroll"), route(Access::people, "GET", "/api/v1/hosts"),
       route(Access::people, "GET", "/api/v1/cases/{contract}/{number}"),
       route(Access::people, "GET", "/api/v1/cases/{contract}/open"),
       route(Access::people, "POST", "/api/v1/cases/{contract}/{number}/events"),
       route(Access::local, "GET", "/api/v1/tokens"), route(Access::local, "POST", "/api/v1/tokens")});
  return r;
}

// Which of the three doors, and what comes of it: the table of docs/security.md.
struct Row {
  Door door;
  const char* method;
  const char* path;
  Bearer bearer;
  int status;  // 200: a route was found
  const char* code;
};

class Doors : public testing::TestWithParam<Row> {};
TEST_P(Doors, IsAsDocumented) {
  const auto& row = GetParam();
  const auto match = router().find(row.door, row.method, row.path, row.bearer);
  EXPECT_EQ(match.route != nullptr ? 200 : match.refused.status, row.status) << row.method << ' ' << row.path;
  if (row.status != 200) {
    EXPECT_STREQ(match.refused.code, row.code);
  }
}
constexpr auto none = Bearer::not_configured;
INSTANTIATE_TEST_SUITE_P(
    Table, Doors,
    testing::Values(Row{Door::agents, "POST", "/v1/results", none, 200, ""},
                    Row{Door::agents, "GET", "/v1/results", none, 405, "method_not_allowed"},
                    Row{Door::agents, "GET", "/healthz", none, 404, "not_found"},
                    Row{Door::agents, "GET", "/api/v1/hosts", Bearer::right, 404, "not_found"},
                    Row{Door::people, "POST", "/v1/results", Bearer::right, 404, "not_found"},
                    Row{Door::local, "POST", "/v1/results", none, 404, "not_found"},
                    Row{Door::people, "GET", "/healthz", none, 200, ""},
                    Row{Door::people, "HEAD", "/healthz", none, 200, ""},
                    Row{Door::people, "GET", "/healthz", Bearer::wrong, 200, ""},
                    Row{Door::people, "POST", "/v1/enroll", none, 200, ""},
                    Row{Door::local, "POST", "/v1/enroll", none, 200, ""},
                    Row{Door::people, "GET", "/api/v1/hosts", none, 403, "socket_only"},
                    Row{Door::people, "GET", "/api/v1/hosts", Bearer::absent, 401, "token_required"},
                    Row{Door::people, "GET", "/api/v1/hosts", Bearer::wrong, 401, "token_required"},
                    Row{Door::people, "GET", "/api/v1/hosts", Bearer::right, 200, ""},
                    Row{Door::local, "GET", "/api/v1/hosts", none, 200, ""},
                    Row{Door::people, "POST", "/api/v1/cases/c/1/events", Bearer::right, 403, "socket_only"},
                    Row{Door::people, "POST", "/api/v1/cases/c/1/events", none, 403, "socket_only"},
                    Row{Door::local, "POST", "/api/v1/cases/c/1/events", none, 200, ""},
                    Row{Door::people, "GET", "/api/v1/tokens", Bearer::right, 403, "socket_only"},
                    Row{Door::local, "GET", "/api/v1/tokens", none, 200, ""},
                    Row{Door::local, "DELETE", "/api/v1/tokens", none, 405, "method_not_allowed"},
                    Row{Door::local, "GET", "/api/v1/", none, 404, "not_found"},
                    Row{Door::local, "GET", "/api/v1/hosts/", none, 404, "not_found"},
                    Row{Door::local, "GET", "/api/v1/cases//1", none, 404, "not_found"},
                    Row{Door::local, "GET", "/api/v1/cases/../hosts", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "/api/v1/%2e%2e/hosts", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "/api/v1/%", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "/api/v1/%zz", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "/api/v1/a%00", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "http://x/healthz", none, 400, "malformed_request"},
                    Row{Door::local, "GET", "", none, 400, "malformed_request"}));

TEST(Router, ParametersAreDecodedAndMayHoldAnything) {
  auto match = router().find(Door::local, "GET", "/api/v1/cases/%E5%8A%9E%E5%85%AC/INC%2F1", none);
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.params["contract"], "办公");
  EXPECT_EQ(match.params["number"], "INC/1");
}

TEST(Router, TheLiteralPatternWins) {
  const auto match = router().find(Door::local, "GET", "/api/v1/cases/c/open", none);
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/api/v1/cases/{contract}/open");
}

TEST(Router, MethodNotAllowedNamesThoseThatAre) {
  const auto match = router().find(Door::local, "PUT", "/api/v1/tokens", none);
  ASSERT_EQ(match.refused.headers.size(), 1u);
  EXPECT_EQ(match.refused.headers[0].first, "Allow");
  EXPECT_EQ(match.refused.headers[0].second, "GET, POST");
}

TEST(Router, ContradictionsAreFoundAtStart) {
  EXPECT_THROW(Router({route(Access::people, "GET", "/a/{x}"), route(Access::local, "GET", "/a/{y}")}),
               Fault);
  EXPECT_THROW(Router({route(Access::people, "GET", "a")}), Fault);
  EXPECT_THROW(Router({route(Access::people, "GET", "/a{x}")}), Fault);
  EXPECT_THROW(Router({Route{Access::people, "GET", "/a", nullptr}}), Fault);
  // The same address at different listeners is no contradiction.
  EXPECT_NO_THROW(Router({route(Access::people, "GET", "/a"), route(Access::agent, "GET", "/a")}));
}

TEST(Query, IsDecoded) {
  const auto q = parse_query("host=web-01&check=a%2Fb&text=%E4%B8%AD+%E6%96%87&flag&&x=1&x=2");
  ASSERT_TRUE(q);
  const std::map<std::string, std::string> want{
      {"host", "web-01"}, {"check", "a/b"}, {"text", "中 文"}, {"flag", ""}, {"x", "2"}};
  EXPECT_EQ(*q, want);
  EXPECT_TRUE(parse_query("")->empty());
}

TEST(Query, BrokenOnesAreRefused) {
  EXPECT_FALSE(parse_query("a=%"));
  EXPECT_FALSE(parse_query("a=%4"));
  EXPECT_FALSE(parse_query("a=%00"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_FALSE(parse_query(many));
}

}  // namespace
}  // namespace xj::http

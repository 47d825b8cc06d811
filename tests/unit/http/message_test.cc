#include "collector/http/message.h"

#include <gtest/gtest.h>

#include "collector/http/response_head.h"
#include "core/json.h"
#include "core/text.h"

namespace xj::http {
namespace {

TEST(ErrorResponse, HasTheOneShape) {
  const auto r = error_response(413, "body_too_large", "at most 10 bytes");
  EXPECT_EQ(r.status, 413);
  const auto parsed = std::get<Json>(parse_json(r.body));
  EXPECT_EQ(parsed["error"]["code"].string_or(""), "body_too_large");
  EXPECT_EQ(parsed["error"]["message"]["id"].string_or(""), "collector.http.body_too_large");
  EXPECT_TRUE(has_text("collector.http.body_too_large"));
  EXPECT_EQ(parsed["error"]["detail"].string_or(""), "at most 10 bytes");
}

TEST(ErrorResponse, ACodeWithoutWordsGetsTheGeneralOnes) {
  const auto parsed = std::get<Json>(parse_json(error_response(400, "odd", "x").body));
  EXPECT_EQ(parsed["error"]["message"]["id"].string_or(""), "collector.http.error");
  EXPECT_EQ(parsed["error"]["message"]["args"]["detail"].string_or(""), "x");
}

TEST(ResponseHead, IsComplete) {
  Response r;
  r.body = "{}";
  EXPECT_EQ(response_head(r, true, *parse_iso("2026-11-20T08:09:07Z")),
            "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 08:09:07 GMT\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}

TEST(ResponseHead, ComeAgainAlwaysSaysWhen) {
  for (const int status : {429, 503}) {
    EXPECT_NE(response_head(error_response(status, "unavailable", ""), false, from_ms(0))
                  .find("\r\nRetry-After: 1\r\n"),
              std::string::npos);
    const auto head =
        response_head(busy_response(status, "unavailable", "", Duration{2'001}), true, from_ms(0));
    EXPECT_NE(head.find("\r\nRetry-After: 3\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Retry-After"), head.rfind("Retry-After"));
  }
  EXPECT_EQ(busy_response(503, "unavailable", "", Duration{0}).headers.at(0).second, "1");
  EXPECT_EQ(response_head(error_response(500, "internal", ""), true, from_ms(0)).find("Retry-After"),
            std::string::npos);
}

TEST(ResponseHead, AValueCannotStartAnotherHeader) {
  Response r;
  r.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
  const auto head = response_head(r, false, from_ms(0));
  EXPECT_EQ(head.find("\r\nSet-Cookie"), std::string::npos);
  EXPECT_NE(head.find("X-Name: aSet-Cookie: b\r\n"), std::string::npos);
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
}

TEST(ResponseHead, NoBodyNoLength) {
  Response r;
  r.status = 304;
  EXPECT_EQ(response_head(r, true, from_ms(0)).find("Content-Length"), std::string::npos);
}

}  // namespace
}  // namespace xj::http

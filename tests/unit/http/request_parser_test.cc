#include "collector/http/request_parser.h"

#include <gtest/gtest.h>

namespace xj::http {
namespace {

using Step = RequestParser::Step;

struct Parsed {
  Step step = Step::more;
  int status = 0;
  Request request;
  std::string rest;
  bool keep_alive = false;
};

// Offers `bytes` in pieces, as a session does.
Parsed parse(const std::string& bytes, std::size_t piece, std::size_t max_body = 1000,
             std::size_t max_header = 400) {
  RequestParser parser(max_header);
  Parsed out;
  std::string held;
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    held += bytes.substr(taken, piece);
    taken += std::min(piece, bytes.size() - taken);
    for (bool again = true; again && !held.empty();) {
      const auto fed = parser.feed(held);
      held.erase(0, fed.used);
      out.step = fed.step;
      out.status = fed.status;
      if (fed.step == Step::header) {
        parser.limit_body(max_body);
        if (!parser.complete()) continue;
        out.step = Step::done;
      }
      if (out.step == Step::done) {
        out.keep_alive = parser.keep_alive();
        out.request = std::move(parser.request());
        out.rest = held + bytes.substr(taken);
        return out;
      }
      if (out.step == Step::error) return out;
      again = false;
    }
    if (held.size() > max_header + piece) {
      ADD_FAILURE() << "the parser lets the rest grow";
      return out;
    }
  }
  return out;
}

class Pieces : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, Pieces, testing::Values(1, 2, 3, 7, 64, 4096));

TEST_P(Pieces, BodyByLength) {
  const auto p =
      parse("POST /v1/enroll?x=1 HTTP/1.1\r\nHost: c\r\nX-Name:  V \r\nContent-Length: 5\r\n\r\nhelloGET /",
            GetParam());
  ASSERT_EQ(p.step, Step::done);
  EXPECT_EQ(p.request.method, "POST");
  EXPECT_EQ(p.request.path, "/v1/enroll?x=1");
  EXPECT_EQ(p.request.headers.at("x-name"), "V");
  EXPECT_EQ(p.request.body, "hello");
  EXPECT_EQ(p.rest, "GET /");
  EXPECT_TRUE(p.keep_alive);
}

TEST_P(Pieces, BodyInChunksAndTrailersThatSayNothing) {
  const auto p = parse(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nAuthorization: "
      "Bearer "
      "x\r\n\r\nrest",
      GetParam());
  ASSERT_EQ(p.step, Step::done);
  EXPECT_EQ(p.request.body, "abcdefg");
  EXPECT_FALSE(p.request.headers.contains("authorization"));
  EXPECT_EQ(p.rest, "rest");
}

TEST_P(Pieces, NoChunkButTheLast) {
  const auto p =
      parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\nrest", GetParam());
  ASSERT_EQ(p.step, Step::done);
  EXPECT_EQ(p.request.body, "");
  EXPECT_EQ(p.rest, "rest");
}

TEST_P(Pieces, NoBody) {
  const auto p = parse("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", GetParam());
  ASSERT_EQ(p.step, Step::done);
  EXPECT_FALSE(p.keep_alive);
}

TEST_P(Pieces, ChunksAboveTheLimit) {
  const auto p = parse(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n8\r\nabcdefgh\r\n0\r\n\r\n",
      GetParam(), 10);
  EXPECT_EQ(p.step, Step::error);
  EXPECT_EQ(p.status, 413);
}

TEST_P(Pieces, HeadersAboveTheLimit) {
  const auto p = parse("GET / HTTP/1.1\r\nX: " + std::string(500, 'x') + "\r\n\r\n", GetParam());
  EXPECT_EQ(p.step, Step::error);
  EXPECT_EQ(p.status, 431);
}

TEST_P(Pieces, TooManyHeaders) {
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
  EXPECT_EQ(parse(many + "\r\n", GetParam(), 1000, 100'000).status, 431);
}

TEST_P(Pieces, Malformed) {
  for (const std::string bad : {
           "GET\r\n\r\n",
           "GET / HTTP/2.0\r\n\r\n",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 rubbish rubbish\r\n\r\n",
           "GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
           "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n",
       }) {
    const auto p = parse(bad, GetParam());
    EXPECT_EQ(p.step, Step::error) << bad;
    EXPECT_EQ(p.status, 400) << bad;
  }
}

TEST_P(Pieces, BareLineFeedsEndNothing) {
  EXPECT_NE(parse("GET / HTTP/1.1\nHost: x\n\n", GetParam()).step, Step::done);
}

TEST_P(Pieces, CutShortIsNeverComplete) {
  const std::string whole = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_EQ(parse(whole.substr(0, n), GetParam()).step == Step::done, false);
}

TEST(Expect, IsSeen) {
  RequestParser parser(400);
  const auto fed = parser.feed("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  ASSERT_EQ(fed.step, Step::header);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.content_length(), 5u);
  EXPECT_FALSE(parser.complete());
}

}  // namespace
}  // namespace xj::http

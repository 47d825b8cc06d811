#include "core/io/http_response.h"

#include <gtest/gtest.h>

namespace xj::io {
namespace {

using Status = HttpResponseParser::Status;

struct Outcome {
  Status status;
  HttpResponse response;
  bool keep_alive;
  std::string problem;
};

Outcome read_all(std::string_view bytes, std::size_t step, bool close_after = false, HttpLimits limits = {},
                 bool head = false) {
  HttpResponseParser parser(limits, head);
  auto status = Status::more;
  for (std::size_t i = 0; i < bytes.size(); i += step) status = parser.feed(bytes.substr(i, step));
  if (close_after) status = parser.end();
  Outcome out{status, {}, parser.keep_alive(), parser.problem()};
  if (status == Status::done) out.response = parser.take();
  return out;
}

TEST(HttpResponse, LengthChunksAndCloseReadTheSameInEveryCut) {
  const std::string head = "HTTP/1.1 200 OK\r\nX-One:  two words \r\n";
  const struct {
    std::string bytes;
    bool close, keep;
  } cases[] = {
      {head + "Content-Length: 11\r\n\r\nhello world", false, true},
      {head + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: 1\r\n\r\n",
       false, true},
      {head + "\r\nhello world", true, false},
      {head + "Connection: close\r\nContent-Length: 11\r\n\r\nhello world", false, false},
      {"HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 11\r\n\r\nhello world", false, true},
      {"HTTP/1.0 200\nContent-Length: 11\nX-One: two words\n\nhello world", false, false},
  };
  for (const auto& c : cases)
    for (std::size_t step = 1; step <= c.bytes.size(); ++step) {
      const auto out = read_all(c.bytes, step, c.close);
      ASSERT_EQ(out.status, Status::done) << c.bytes << " step " << step << ' ' << out.problem;
      EXPECT_EQ(out.response.status, 200);
      EXPECT_EQ(out.response.body, "hello world");
      EXPECT_EQ(out.response.header("x-one"), "two words");
      EXPECT_EQ(out.keep_alive, c.keep) << c.bytes;
    }
}

TEST(HttpResponse, NoBodyWhereThereIsNone) {
  for (const auto* text :
       {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"}) {
    const auto out = read_all(text, 3);
    EXPECT_EQ(out.status, Status::done) << text;
    EXPECT_TRUE(out.keep_alive);
  }
  EXPECT_EQ(read_all("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 7, false, {}, true).status,
            Status::done);
}

TEST(HttpResponse, WhatCanBeReadTwoWaysIsRefused) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& bytes : {
           ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           ok + "Content-Length: -1\r\n\r\n",
           ok + "Content-Length: +1\r\n\r\n",
           ok + "Content-Length: 1, 1\r\n\r\na",
           ok + "Content-Length: 99999999999999999999\r\n\r\na",
           ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
           ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
           ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
           ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\n",
           ok + " folded: yes\r\n\r\n",
           ok + "no colon\r\n\r\n",
           ok + "bad name : x\r\n\r\n",
           ok + std::string("a: \0\r\n\r\n", 8),
           std::string("HTTP/2 200\r\n\r\n"),
           std::string("HTTP/1.1 20x OK\r\n\r\n"),
           std::string("HTTP/1.1 101 Switching\r\n\r\n"),
           std::string("<html>\r\n\r\n"),
       }) {
    const auto out = read_all(bytes, bytes.size());
    EXPECT_EQ(out.status, Status::failed) << bytes;
    EXPECT_FALSE(out.problem.empty());
    EXPECT_FALSE(out.keep_alive);
  }
}

TEST(HttpResponse, LimitsHoldWhereverTheCutIs) {
  const HttpLimits limits{.head = 200, .headers = 3, .body = 10};
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  for (const auto& bytes : {ok + "a: " + std::string(300, 'x'), ok + "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n",
                            ok + "Content-Length: 11\r\n\r\n", ok + "\r\n" + std::string(11, 'x'),
                            ok + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n",
                            ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(250, 'x')}) {
    for (const std::size_t step : {std::size_t{1}, bytes.size()}) {
      HttpResponseParser parser(limits);
      auto status = Status::more;
      for (std::size_t i = 0; i < bytes.size(); i += step)
        status = parser.feed(std::string_view(bytes).substr(i, step));
      EXPECT_EQ(status, Status::failed) << bytes;
      EXPECT_TRUE(parser.too_large()) << bytes;
    }
  }
}

TEST(HttpResponse, CutShortIsNeverDone) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto out = read_all(std::string_view(whole).substr(0, cut), 1, true);
    EXPECT_EQ(out.status, Status::failed) << cut;
  }
}

TEST(HttpResponse, BytesNobodyAskedForEndTheConnection) {
  const auto out = read_all("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", 200);
  EXPECT_EQ(out.status, Status::done);
  EXPECT_EQ(out.response.body, "ok");
  EXPECT_FALSE(out.keep_alive);
}

}  // namespace
}  // namespace xj::io

#pragma once
// Commands against a collector that is a table of answers.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "cli/run.h"
#include "core/json.h"

namespace xj::cli {

struct Answers {
  std::map<std::string, io::HttpResult> by_target;  // "GET /x"
  std::vector<io::HttpRequest> asked;
};

class TableClient final : public io::HttpClient {
 public:
  explicit TableClient(Answers& answers) : answers_(answers) {}
  io::HttpResult send(const io::HttpRequest& request, Duration) override {
    answers_.asked.push_back(request);
    const auto it = answers_.by_target.find(request.method + ' ' + request.target);
    if (it != answers_.by_target.end()) return it->second;
    return io::HttpResponse{
        404, {}, R"({"error":{"code":"x","message":{"text":"not in the table: )" + request.target + "\"}}}"};
  }
  void close() override {}

 private:
  Answers& answers_;
};

class Commands : public testing::Test {
 protected:
  void answer(const std::string& what, std::string body, int status = 200) {
    answers_.by_target.insert_or_assign(what, io::HttpResponse{status, {}, std::move(body)});
  }
  int call(const std::vector<std::string>& words, Lang lang = Lang::en) {
    out_.str("");
    err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = width_;
    paused_ = Duration{0};
    context.pause = [this](Duration time) {
      paused_ += time;
      clock_.advance(time);
    };
    context.machine_offset = [this](Timestamp) { return machine_offset_; };
    context.connect = [&](const std::string& url, const io::TlsIdentity&) {
      url_ = url;
      return std::make_unique<TableClient>(answers_);
    };
    return run(words, context);
  }

  static Json json_of(const std::string& text) {
    auto parsed = parse_json(text);
    return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  }

  Duration paused_{0};  // in the latest call
  int width_ = 120;
  std::chrono::minutes machine_offset_{480};
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  Answers answers_;
  std::ostringstream out_, err_;
  std::string url_;
};

}  // namespace xj::cli

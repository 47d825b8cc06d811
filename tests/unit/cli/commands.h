#pragma once
// Commands against a collector that is a table of answers, and commands that ask none.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

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
    context.unicode = unicode_;
    paused_ = Duration{0};
    context.pause = [this](Duration time) {
      paused_ += time;
      clock_.advance(time);
    };
    if (confirm_)
      context.confirm = [this](const std::string& question) {
        question_ = question;
        return *confirm_;
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
  bool unicode_ = true;
  std::optional<bool> confirm_;  // what a person answers; nothing: nobody is there
  std::string question_;
  std::chrono::minutes machine_offset_{480};
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  Answers answers_;
  std::ostringstream out_, err_;
  std::string url_;
};

// Commands that work with no collector and nothing installed, in a folder of their own.
class OfflineCommands : public testing::Test {
 protected:
  explicit OfflineCommands(std::string_view now) : clock_(parse_iso(now).value()) {
    std::string name = (std::filesystem::temp_directory_path() / "xj_cli_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    dir_ = name;
  }
  ~OfflineCommands() override {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = dir_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  static std::string bytes(const std::string& path) {
    std::ifstream in(path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  int call(const std::vector<std::string>& words, Lang lang = Lang::en) {
    out_.str("");
    err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = width_;
    context.holidays_file = holidays_file_;
    context.connect = [](const std::string&, const io::TlsIdentity&) -> std::unique_ptr<io::HttpClient> {
      throw std::logic_error("an offline command asked the collector");
    };
    return run(words, context);
  }
  // What a refusal says, in the language of a person.
  std::string refusal(const std::vector<std::string>& words) {
    EXPECT_EQ(call(words), kUsage) << out_.str();
    return err_.str();
  }
  Json json() const {
    auto parsed = parse_json(out_.str());
    return std::holds_alternative<Json>(parsed) ? std::get<Json>(parsed) : Json{};
  }

  ManualClock clock_;
  std::ostringstream out_, err_;
  std::string holidays_file_;  // empty: the program's own
  int width_ = 0;
  std::filesystem::path dir_;
};

}  // namespace xj::cli

#pragma once
// A collector's folder as a first start leaves it, and `xunjian db ...` called on it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "cli/run.h"
#include "collector/store/cases.h"
#include "collector/store/migrate.h"
#include "core/io/record_log.h"

namespace xj::cli {

namespace fs = std::filesystem;

class Db : public testing::Test {
 protected:
  Db() : root_(fs::temp_directory_path() / ("xj-db-" + std::to_string(::getpid()))), dir_(root_ / "data") {
    fs::remove_all(root_);  // of a run that crashed
    fs::create_directories(dir_);
    const auto db = io::open_sqlite((dir_ / "state.db").string());
    collector::migrate(*db, files_, (dir_ / "state.db").string(), clock_.now());
    collector::Cases(*db).set_position(0);  // as every start leaves it
    io::RecordLog log(files_, (dir_ / "journal").string(), {});
  }
  ~Db() override { fs::remove_all(root_); }

  int call(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), "db");
    out_.str(""), err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.width = width_;
    if (confirm_)
      context.confirm = [this](const std::string& question) {
        question_ = question;
        return *confirm_;
      };
    return run(words, context);
  }

  int width_ = 0;
  std::optional<bool> confirm_;  // what a person answers; nothing: nobody is there
  std::string question_;
  io::PosixFileSystem files_;
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  fs::path root_, dir_;
  std::ostringstream out_, err_;
};

}  // namespace xj::cli

// `xunjian simulate` as a person runs it; what it makes of a scenario is tested in tests/unit/simulate.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/run.h"
#include "core/io/log.h"
#include "tests/fakes/places.h"

namespace xj::cli {
namespace {

namespace fs = std::filesystem;

class Simulate : public testing::Test {
 protected:
  Simulate() {
    std::string name = (fs::temp_directory_path() / "xj_simulate_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    dir_ = name;
  }
  ~Simulate() override {
    log::set_level(log::Level::info);
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
  }
  int call(std::vector<std::string> words, Lang lang = Lang::en) {
    words.insert(words.begin(), "simulate");
    out_.str(""), err_.str("");
    Context context(out_, err_, clock_);
    context.lang = lang;
    context.progress = progress_;
    return run(words, context);
  }
  std::string write(const std::string& script) {
    const auto path = (dir_ / "scenario.yaml").string();
    std::ofstream(path) << "scenario: {contract: " << source_dir()
                        << "/config/examples/contracts/office-oa, start: 2026-03-02 09:00, length: 3h, "
                           "hosts: oa-db-01, checks: db-port}\nscript:\n"
                        << script;
    return path;
  }
  std::string out(const char* name = "out") const { return (dir_ / name).string(); }

  fs::path dir_;
  bool progress_ = false;
  ManualClock clock_{parse_iso("2026-11-20T10:00:00+08:00").value()};
  std::ostringstream out_, err_;
};

TEST_F(Simulate, SaysWhatCameOfIt) {
  const auto file = write(
      "  - {at: '10:00', fault: db-port, for: 1h}\n"
      "  - {at: case 1 respond +0s, act: ack, as: work-one}\n");
  EXPECT_EQ(call({file, "--out", out()}), 0) << err_.str();
  EXPECT_EQ(err_.str(), "") << "no bar where nobody watches";
  EXPECT_NE(out_.str().find("Incident  Grade II      1\n"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("Grade II  Respond                           1    1         0        0      0\n"),
            std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("2026-03-02 09:00:00 to 2026-03-02 12:00:00: "), std::string::npos) << out_.str();
  EXPECT_TRUE(fs::exists(out() + "/events.txt"));
  progress_ = true;
  EXPECT_EQ(call({file, "--out", out("again"), "--json"}), 0);
  EXPECT_TRUE(err_.str().ends_with("[########################################] 100%\n")) << err_.str();
  const auto json = std::get<Json>(parse_json(out_.str()));
  EXPECT_TRUE(json["as_scripted"].bool_or(false));
  EXPECT_EQ(json["cases"].at(0)["number"].string_or(""), "INC-260302-01");
  EXPECT_EQ(json["files"].size(), 5U);
}

TEST_F(Simulate, EndsWithOneWhenTheScriptWasNotFollowed) {
  const auto file = write(
      "  - {at: '10:00', act: ack, case: 1, as: work-one}\n"
      "  - {at: case 7 +1h, act: ack, as: work-one}\n");
  EXPECT_EQ(call({file, "--out", out()}), 1);
  EXPECT_EQ(err_.str(),
            file + ":3: ack of work-one on 1 was refused: There is no case 1 in the contract office-oa.\n" +
                file + ":4: never came about: its case or clock never did\n");
  EXPECT_EQ(call({file, "--out", out("zh")}, Lang::zh), 1);
  EXPECT_NE(err_.str().find(":4：未执行"), std::string::npos) << err_.str();
}

TEST_F(Simulate, RefusesBadFilesAndFullFolders) {
  const auto file = write("  - {at: '10:00', act: ack, case: 1, as: nobody}\n");
  EXPECT_EQ(call({file, "--out", out()}), 2);
  EXPECT_NE(err_.str().find("scenario.yaml:3:42: script[1].as: no person \"nobody\""), std::string::npos)
      << err_.str();
  EXPECT_FALSE(fs::exists(out()));
  EXPECT_EQ(call({file}), 2) << "without --out";
  EXPECT_EQ(call({(dir_ / "none.yaml").string(), "--out", out()}), 2);
  EXPECT_EQ(call({write("  []\n"), "--out", dir_.string()}), 2);
  EXPECT_NE(err_.str().find("is not empty"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace xj::cli

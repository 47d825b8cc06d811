// A start that is refused leaves the folder as it was: sealed, not migrated, with the journal's damaged tail.
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "collector/app.h"
#include "collector/http/listener.h"
#include "tests/unit/collector/data_folder.h"

namespace xj::collector {
namespace {

class RefusedStart : public testing::Test {
 protected:
  // A folder left in good order, or as kill -9 leaves it.
  void live(bool stopped) {
    folder_.start();
    folder_.live(12);
    folder_.pipeline->save(folder_.now);
    folder_.live(3);
    if (stopped)
      folder_.stop();
    else
      kill();
    ASSERT_EQ(folder_.fs.exists(folder_.dir + "/state.seal"), stopped);
  }
  // Closing a database brings its log into it; a process that is killed closes none.
  void kill() {
    const auto aside = folder_.root + "/aside";
    std::filesystem::copy(folder_.dir, aside, std::filesystem::copy_options::recursive);
    folder_.crash();
    std::filesystem::remove_all(folder_.dir);
    std::filesystem::rename(aside, folder_.dir);
  }

  // All files and their bytes, but the lock and SQLite's shared memory, which say nothing.
  std::map<std::string, std::string> image() const {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.dir)) {
      const auto name = entry.path().lexically_relative(folder_.dir).string();
      if (entry.is_regular_file() && name != "lock" && !name.ends_with("-shm"))
        out[name] = folder_.read(name);
    }
    return out;
  }

  collector::Setup setup(const std::string& agents = "127.0.0.1:0") const {
    collector::Setup out;
    out.config.data_dir = folder_.dir;
    out.config.listen.agents = agents;
    out.config.listen.people = "127.0.0.1:0";
    out.config.listen.socket = folder_.root + "/sock";
    out.config.names = {"localhost"};
    out.holidays = std::make_shared<domain::HolidayTable>();
    out.contracts = {DataFolder::contract()};
    return out;
  }
  // Why, and that nothing is changed by it.
  std::string refused(collector::Setup asked) {
    const auto before = image();
    std::string why;
    try {
      App app(std::move(asked), folder_.fs, clock_);
      app.start();
      ADD_FAILURE() << "it started";
    } catch (const Fault& fault) {
      why = fault.what();
    }
    const auto after = image();
    for (const auto& [name, bytes] : before) {
      EXPECT_EQ(after.count(name), 1u) << name << " is gone: " << why;
      if (after.count(name) > 0) {
        EXPECT_TRUE(after.at(name) == bytes) << name << " is another: " << why;
      }
    }
    for (const auto& [name, bytes] : after) EXPECT_EQ(before.count(name), 1u) << name << " is new: " << why;
    EXPECT_FALSE(std::filesystem::exists(folder_.root + "/sock"));
    return why;
  }
  // As a program that a kill cut short may leave one, but for what keeps it from being removed: a start meets
  // it behind all that is only looked at.
  std::string left_over() const { return folder_.dir + "/history/2000-01-01-00000001.xjh"; }

  // Both of the day before, sealed; the day goes on.
  struct Sealed {
    std::string samples, hours;
  };
  Sealed live_for_a_day(bool stopped) {
    folder_.start();
    folder_.live(12);
    folder_.now += std::chrono::hours{26};
    clock_.advance(std::chrono::hours{26});
    folder_.live(3);
    folder_.pipeline->save(folder_.now);
    folder_.pipeline->history().settle(folder_.pipeline->applied(), folder_.now);
    const auto manifest = folder_.pipeline->history().hold().manifest;
    if (stopped)
      folder_.stop();
    else
      kill();
    const auto& hours = manifest.summaries.at(0);
    return {"history/" + hours.of, "history/" + hours.name};
  }
  void name_no_more(const std::string& samples) {
    auto manifest = decode_manifest(folder_.read("history/manifest"));
    std::erase_if(manifest.files, [&](const HistoryFile& file) { return "history/" + file.name == samples; });
    folder_.write("history/manifest", encode(manifest));
    std::filesystem::remove(folder_.dir + "/" + samples);
  }

  void starts() {
    App app(setup(), folder_.fs, clock_);
    app.start();
    EXPECT_FALSE(app.agents_address().empty());
  }

  DataFolder folder_;
  ManualClock clock_{folder_.now + std::chrono::hours{1}};
};

class HeldByAnother {
 public:
  HeldByAnother() : fd_(http::bind_tcp("127.0.0.1:0")) { http::listen_on(fd_, "127.0.0.1:0"); }
  ~HeldByAnother() { ::close(fd_); }
  std::string address() const { return http::bound_address(fd_); }

 private:
  int fd_;
};

TEST_F(RefusedStart, ForAPortThatIsTakenTouchesNothing) {
  const HeldByAnother port;
  for (const bool stopped : {true, false}) {
    live(stopped);
    const auto why = refused(setup(port.address()));
    EXPECT_NE(why.find(port.address()), std::string::npos) << why;
    starts();
  }
}

TEST_F(RefusedStart, ForASocketOfAnotherKindTouchesNothing) {
  live(true);
  auto asked = setup();
  asked.config.listen.socket = "/dev/null";
  EXPECT_NE(refused(std::move(asked)).find("/dev/null"), std::string::npos);
  asked = setup();
  asked.config.listen.people_token_file = folder_.root + "/no-token";
  EXPECT_NE(refused(std::move(asked)).find("no-token"), std::string::npos);
  starts();
}

TEST_F(RefusedStart, OnAStateOfANewerProgramTouchesNothing) {
  live(true);
  unseal_state(folder_.fs, folder_.dir);
  {
    const auto db = io::open_sqlite(folder_.dir + "/state.db");
    db->execute("insert into migrations values (" + std::to_string(newest_version() + 1) +
                ", '9999_later.sql', 'x', 0)");
  }
  seal_state(folder_.fs, folder_.dir);
  const auto why = refused(setup());
  EXPECT_NE(why.find("is at version " + std::to_string(newest_version() + 1)), std::string::npos) << why;
  EXPECT_NE(why.find("which knows " + std::to_string(newest_version())), std::string::npos) << why;
}

TEST_F(RefusedStart, OnAnOlderStateTouchesNothing) {
  folder_.start();
  folder_.live(4);
  folder_.stop();
  const auto older = folder_.read("state.db"), seal = folder_.read("state.seal");
  live(true);
  folder_.write("state.db", older);
  EXPECT_NE(refused(setup()).find("is not as it was left"), std::string::npos);
  folder_.write("state.seal", seal);
  const auto why = refused(setup());
  EXPECT_NE(why.find("is older than the snapshot"), std::string::npos) << why;
}

TEST_F(RefusedStart, OnPartsThatAreDamagedTouchesNothing) {
  for (const bool stopped : {true, false}) {
    live(stopped);
    for (const auto* name : {"snapshot", "history/manifest"}) {
      folder_.flip(name, folder_.read(name).size() / 2, 3);
      EXPECT_FALSE(refused(setup()).empty()) << name;
      folder_.flip(name, folder_.read(name).size() / 2, 3);
    }
    std::string newest;
    for (const auto& name : folder_.names("journal"))
      if (!name.starts_with("journal/spare")) newest = name;
    const auto bytes = folder_.read(newest);
    folder_.write(newest, bytes.substr(0, 40));
    EXPECT_NE(refused(setup()).find("the journal in"), std::string::npos) << newest << stopped;
    folder_.write(newest, bytes);
    starts();
  }
}

TEST_F(RefusedStart, OnAFileOfHistoryThatIsMissingTouchesNothing) {
  for (const bool stopped : {true, false}) {
    const auto [samples, hours] = live_for_a_day(stopped);
    const auto bytes = folder_.read(samples);
    std::filesystem::remove(folder_.dir + "/" + samples);
    EXPECT_NE(refused(setup()).find(samples + " is missing"), std::string::npos);
    folder_.write(samples, bytes);
    starts();
  }
}

TEST_F(RefusedStart, OnLostHoursOnlyWhereTheirSamplesAreGone) {
  const auto [samples, hours] = live_for_a_day(true);
  const auto manifest = folder_.read("history/manifest");
  std::filesystem::remove(folder_.dir + "/" + hours);
  starts();
  folder_.write("history/manifest", manifest);
  name_no_more(samples);
  EXPECT_NE(refused(setup()).find(hours + " is missing"), std::string::npos);
}

TEST_F(RefusedStart, WhenTheSealIsBrokenAlreadyItIsMadeAgain) {
  live(true);
  std::filesystem::create_directory(left_over());
  for (const auto& name : folder_.names("pki")) ADD_FAILURE() << name << " is there";
  const auto sealed = folder_.read("state.seal");
  try {
    const App app(setup(), folder_.fs, clock_);
    ADD_FAILURE() << "it started";
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find(left_over()), std::string::npos) << fault.what();
  }
  EXPECT_TRUE(folder_.read("state.seal") == sealed);
  std::filesystem::remove(left_over());
  EXPECT_TRUE(folder_.check().findings.empty());
  starts();
}

// Nothing proves it whole, so nothing may say that it is.
TEST_F(RefusedStart, OnAStateWithoutASealMakesNone) {
  live(false);
  std::filesystem::create_directory(left_over());
  EXPECT_THROW(App(setup(), folder_.fs, clock_), Fault);
  EXPECT_FALSE(folder_.fs.exists(folder_.dir + "/state.seal"));
}

}  // namespace
}  // namespace xj::collector

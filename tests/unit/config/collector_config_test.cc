#include "config/collector_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/fakes/places.h"

namespace xj::config {
namespace {

TEST(CollectorConfig, ExampleHasNoProblemAndItsPathsAreItsFoldersOwn) {
  Problems problems;
  const std::string dir = source_dir() + "/config/examples";
  const auto c = load_collector_config(dir + "/collector.yaml", problems);
  EXPECT_EQ(render(problems, Lang::en), "");
  EXPECT_EQ(c.contracts, std::vector<std::string>{dir + "/contracts/office-oa"});
  EXPECT_EQ(c.holidays, std::vector<std::string>{dir + "/calendar-cn.csv"});
  EXPECT_EQ(c.names, std::vector<std::string>{"collector.example.invalid"});
  ASSERT_EQ(c.channels.size(), 2U);
  const auto& mail = std::get<EmailChannel>(c.channels.at("mail"));
  EXPECT_EQ(mail.password_file, dir + "/secrets/mail-password");
  EXPECT_EQ(mail.tls, EmailChannel::Tls::required);
  EXPECT_EQ(std::get<WebhookChannel>(c.channels.at("hook")).timeout, std::chrono::seconds(10));
  EXPECT_EQ(c.retention.history, std::chrono::hours(24 * 400));
  EXPECT_EQ(c.retention.notifications, std::chrono::hours(24 * 400));
}

TEST(CollectorConfig, NotificationsAreKeptLongerThanAnyReminderWaits) {
  const auto problems_of = [](const std::string& kept) {
    Problems problems;
    (void)read_collector_config("retention: {notifications: " + kept + "}\n", "c", problems);
    return render(problems, Lang::en);
  };
  EXPECT_NE(problems_of("191h").find("retention.notifications"), std::string::npos) << problems_of("191h");
  EXPECT_EQ(problems_of("8d").find("retention.notifications"), std::string::npos) << problems_of("8d");
}

TEST(CollectorConfig, RoomThatIsToStayFreeIsASizeOrAShare) {
  const auto read = [](const std::string& value, Problems& problems) {
    return read_collector_config("retention: {history_min_free: " + value + "}\n", "c", problems).retention;
  };
  Problems none;
  EXPECT_EQ(read("512MiB", none).min_free_bytes, 512 << 20);
  EXPECT_EQ(read("5%", none).min_free_percent, 5.0);
  EXPECT_EQ(read("5%", none).min_free_bytes, 0) << "one of the two";
  EXPECT_EQ(read("0B", none).min_free_bytes, 0);
  EXPECT_EQ(render(none, Lang::en).find("history_min_free"), std::string::npos) << render(none, Lang::en);
  for (const auto* wrong : {"51%", "-1GiB", "much", "x%"}) {
    Problems problems;
    const auto kept = read(wrong, problems);
    EXPECT_NE(render(problems, Lang::en).find("retention.history_min_free"), std::string::npos) << wrong;
    EXPECT_EQ(kept.min_free_bytes, std::int64_t{2} << 30);
  }
  Problems few;
  (void)read_collector_config("retention: {history_min_days: 1}\n", "c", few);
  EXPECT_NE(render(few, Lang::en).find("history_min_days"), std::string::npos);
}

TEST(CollectorConfig, EveryProblemIsNamed) {
  Problems problems;
  (void)read_collector_config(
      "listen:\n"
      "  agents: '7443'\n"
      "  people: '[::1]:0'\n"
      "channels:\n"
      "  mail: {kind: email, url: 'http://x', from: nobody, user: u}\n"
      "  fax: {kind: fax, url: x}\n"
      "  hook: {kind: webhook, url: 'https://user:secret@h/x', password: p}\n"
      "  bad name: {kind: webhook}\n"
      "names: [ok.example.invalid, 'no good']\n"
      "tick: soon\n",
      "c.yaml", problems);
  EXPECT_EQ(render(problems, Lang::en),
            "c.yaml:1:1: contracts is required\n"
            "c.yaml:2:11: listen.agents: \"7443\" is not accepted; expected host:port, with an IPv6 address "
            "in brackets\n"
            "c.yaml:5:9: channels.mail.password_file is required\n"
            "c.yaml:5:28: channels.mail.url: \"http://x\" is not accepted; expected smtp://host:port or "
            "smtps://host:port "
            "without a user or password\n"
            "c.yaml:5:46: channels.mail.from: \"nobody\" is not accepted; expected one address such as "
            "name@example.invalid\n"
            "c.yaml:6:15: channels.fax.kind: \"fax\" is not accepted; expected one of email, webhook\n"
            "c.yaml:7:30: channels.hook.url: \"https://user:secret@h/x\" is not accepted; expected "
            "https://host/path "
            "without a user or password\n"
            "c.yaml:7:57: unknown key \"password\"; accepted here: kind, url, token_file, secret_file, ca, "
            "timeout, body, accept\n"
            "c.yaml:8:3: \"bad name\" is no name to be referred to; expected letters, digits, \"-\", \"_\" "
            "and \".\", "
            "beginning with a letter or digit, at most 64\n"
            "c.yaml:9:29: names[2]: \"no good\" is not accepted; expected a DNS name or an address\n"
            "c.yaml:10:7: tick: \"soon\" is not accepted; expected a duration such as 30s, 5m, 4h or 2d\n");
}

// Both can be bound, and only one be listened on: a start would be refused late.
TEST(CollectorConfig, TwoDoorsNeedAddressesOfTheirOwn) {
  const auto is_refused = [](const std::string& agents, const std::string& people) {
    Problems problems;
    (void)read_collector_config("listen: {agents: '" + agents + "', people: '" + people + "'}\n", "c",
                                problems);
    return render(problems, Lang::en).find("the agents' address") != std::string::npos;
  };
  EXPECT_TRUE(is_refused("127.0.0.1:8443", "127.0.0.1:8443"));
  EXPECT_TRUE(is_refused("0.0.0.0:8443", "127.0.0.1:8443"));
  EXPECT_TRUE(is_refused("127.0.0.1:8443", "0.0.0.0:8443"));
  EXPECT_TRUE(is_refused("[::]:8443", "[::1]:8443"));
  EXPECT_FALSE(is_refused("0.0.0.0:8443", "127.0.0.1:8444"));
  EXPECT_FALSE(is_refused("0.0.0.0:8443", "[::1]:8443")) << "each of its own protocol";
  EXPECT_FALSE(is_refused("10.0.0.1:8443", "127.0.0.1:8443"));
  EXPECT_FALSE(is_refused("127.0.0.1:0", "127.0.0.1:0"));
}

TEST(CollectorConfig, EveryKeyIsInTheManual) {
  std::ifstream in(source_dir() + "/docs/configuration.md");
  std::stringstream text;
  text << in.rdbuf();
  const auto manual = text.str();
  Problems problems;
  std::set<std::string> asked;
  (void)read_collector_config("listen: {}\nenrolment: {}\nretention: {}\nchannels: {NAME: {kind: email}}\n",
                              "c", problems, &asked);
  (void)read_collector_config("channels: {NAME: {kind: webhook}}\n", "c", problems, &asked);
  EXPECT_GT(asked.size(), 20U);
  for (const auto& key : asked) {
    if (key.ends_with(".*")) continue;
    EXPECT_NE(manual.find("`" + key + "`"), std::string::npos) << key << " is not in docs/configuration.md";
  }
}

}  // namespace
}  // namespace xj::config

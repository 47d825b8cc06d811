#include "checks/probe/nagios_output.h"

#include <gtest/gtest.h>

#include "core/wire.h"

namespace xj::checks {
namespace {

const Metric* metric(const NagiosOutput& o, std::string_view name) {
  for (const auto& m : o.metrics)
    if (m.name == name) return &m;
  return nullptr;
}
double value(const NagiosOutput& o, std::string_view name) {
  const auto* m = metric(o, name);
  EXPECT_NE(m, nullptr) << name;
  return m == nullptr ? -1 : as_double(m->value);
}

TEST(NagiosOutput, TheGuidelinesOwnExample) {
  const auto o = parse_nagios_output(
      "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
      "/ 15272 MB (77%);\n/boot 68 MB (69%);\n/home 69357 MB (27%); | /boot=68MB;88;93;0;98\n"
      "/home=69357MB;253404;253409;0;253414 \n/var/log=818MB;970;975;0;980\n");
  EXPECT_EQ(o.text, "DISK OK - free space: / 3326 MB (56%);");
  ASSERT_EQ(o.long_text.size(), 3U);
  EXPECT_EQ(o.long_text[2], "/home 69357 MB (27%);");
  EXPECT_DOUBLE_EQ(value(o, "root_bytes"), 2643.0 * 1048576);
  EXPECT_DOUBLE_EQ(value(o, "_boot_bytes"), 68.0 * 1048576);
  EXPECT_DOUBLE_EQ(value(o, "_home_bytes"), 69357.0 * 1048576);
  EXPECT_DOUBLE_EQ(value(o, "_var_log_bytes"), 818.0 * 1048576);
}

TEST(NagiosOutput, EveryUnit) {
  const auto o = parse_nagios_output(
      "ok|a=1s b=250ms c=5us d=7ns e=12.5% f=3c g=10 h=1B i=2KB j=1MB k=1GB l=1TB m=4KiB n=9apples o=-3 p=+4 "
      "q=1e3");
  EXPECT_DOUBLE_EQ(value(o, "a_seconds"), 1);
  EXPECT_DOUBLE_EQ(value(o, "b_seconds"), 0.25);
  EXPECT_DOUBLE_EQ(value(o, "c_seconds"), 5e-6);
  EXPECT_DOUBLE_EQ(value(o, "d_seconds"), 7e-9);
  EXPECT_DOUBLE_EQ(value(o, "e_percent"), 12.5);
  EXPECT_EQ(metric(o, "f_total")->value, Number{std::int64_t{3}});
  EXPECT_EQ(metric(o, "g")->value, Number{std::int64_t{10}});
  EXPECT_EQ(metric(o, "i_bytes")->value, Number{std::int64_t{2048}});
  EXPECT_DOUBLE_EQ(value(o, "k_bytes"), 1073741824.0);
  EXPECT_DOUBLE_EQ(value(o, "m_bytes"), 4096);
  EXPECT_DOUBLE_EQ(value(o, "n_apples"), 9);
  EXPECT_DOUBLE_EQ(value(o, "o"), -3);
  EXPECT_DOUBLE_EQ(value(o, "p"), 4);
  EXPECT_DOUBLE_EQ(value(o, "q"), 1000);
}

TEST(NagiosOutput, QuotedLabelsNoValuesAndWhatIsNone) {
  const auto o =
      parse_nagios_output("x|'load 1 min'=0.5;1;2 'it''s'=3 dead=U lonely =5 bad=x a=1 a=2 time=0,25s");
  EXPECT_DOUBLE_EQ(value(o, "load_1_min"), 0.5);
  EXPECT_DOUBLE_EQ(value(o, "it_s"), 3);
  EXPECT_EQ(metric(o, "dead"), nullptr);
  EXPECT_EQ(metric(o, "bad"), nullptr);
  EXPECT_DOUBLE_EQ(value(o, "a"), 1);
  EXPECT_DOUBLE_EQ(value(o, "time_seconds"), 0.25);
}

TEST(NagiosOutput, ChineseTextStaysAndControlBytesGo) {
  const auto o = parse_nagios_output("数据库正常\x1b[0m|x=1\n");
  EXPECT_EQ(o.text, "数据库正常[0m");
  EXPECT_TRUE(parse_nagios_output("").text.empty());
}

TEST(NagiosOutput, IsBounded) {
  std::string much = "first\n";
  for (int i = 0; i < 10'000; ++i) much += "line\n";
  EXPECT_EQ(parse_nagios_output(much).long_text.size(), kMaxPluginLines);
  std::string metrics = "x|";
  for (int i = 0; i < 10'000; ++i) metrics += "m" + std::to_string(i) + "=1 ";
  EXPECT_EQ(parse_nagios_output(metrics).metrics.size(), kMaxPluginMetrics);
  std::string wide;
  for (int i = 0; i < 10'000; ++i) wide += "数";
  const auto cut = parse_nagios_output(wide).text;
  EXPECT_LE(cut.size(), wire::kMaxText);
  EXPECT_EQ(cut.size() % 3, 0U) << "cut at a character";
  for (const auto& m : parse_nagios_output("x|" + std::string(500, 'a') + "=1MB").metrics)
    EXPECT_LE(m.name.size(), 64U);
}

}  // namespace
}  // namespace xj::checks

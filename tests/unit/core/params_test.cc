#include "core/params.h"

#include <gtest/gtest.h>

namespace xj {
namespace {

constexpr ParamSpec kSpecs[] = {
    {"warn", ParamType::percent, "85%", "", false},
    {"timeout", ParamType::duration, "10s", "", false},
    {"path", ParamType::text, "", "", true},
    {"ports", ParamType::integer_list, "80, 443", "", false},
};

TEST(Params, FallbacksStandWhereNothingWasGiven) {
  Problems problems;
  const Params p(kSpecs, {{"path", {{"/"}, false, {}}}}, {"f", 3, 1}, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(p.percent("warn"), 85);
  EXPECT_EQ(p.integer_list("ports"), (std::vector<std::int64_t>{80, 443}));
  EXPECT_EQ(p.text("path"), "/");
}

TEST(Params, EveryFaultIsReportedAtItsPlace) {
  Problems problems;
  const Params p(kSpecs,
                 {{"warn", {{"185%"}, false, {"f", 4, 9}}},
                  {"tiemout", {{"3s"}, false, {"f", 5, 3}}},
                  {"ports", {{"1", "x"}, true, {"f", 6, 3}}}},
                 {"f", 3, 1}, problems);
  EXPECT_EQ(render(problems, Lang::en),
            "f:3:1: path is required\n"
            "f:4:9: warn: \"185%\" is not accepted; expected a percentage from 0% to 100%\n"
            "f:5:3: unknown name \"tiemout\"; did you mean \"timeout\"?\n"
            "f:6:3: ports: \"1, x\" is not accepted; expected a list of whole numbers\n");
  EXPECT_EQ(p.percent("warn"), 85);
}

TEST(Params, SizesAndPercentagesReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_bytes("10GiB"), 10LL << 30);
  EXPECT_EQ(parse_bytes("1.5 KiB"), 1536);
  EXPECT_FALSE(parse_bytes("-1"));
  EXPECT_FALSE(parse_bytes("10 parsecs"));
  EXPECT_FALSE(parse_bytes("99999999999TiB"));
  EXPECT_EQ(parse_percent("12.5%"), 12.5);
  EXPECT_FALSE(parse_percent("101%"));
}

TEST(DidYouMean, FindsSlipsAndRefusesStrangers) {
  EXPECT_EQ(did_you_mean("intervall", {"interval", "retry"}), "interval");
  EXPECT_EQ(did_you_mean("ntework", {"network", "disk"}), "network");
  EXPECT_EQ(did_you_mean("banana", {"interval", "retry"}), "");
}

}  // namespace
}  // namespace xj

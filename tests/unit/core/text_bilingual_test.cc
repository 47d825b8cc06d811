#include <gtest/gtest.h>

#include "core/text.h"

namespace xj {
namespace {

TEST(TextBilingual, AnArgumentMayBringBothItsLanguages) {
  const Message m{"core.param_missing", {{"name", bilingual("响应", "respond")}}};
  EXPECT_EQ(render(m, Lang::en), "respond is required");
  EXPECT_EQ(render(m, Lang::zh), "缺少必填项 响应");
  EXPECT_EQ(bilingual("CPU", "CPU"), "CPU");
  EXPECT_EQ(render({"core.param_missing", {{"name", bilingual("a|b", "c|d]")}}}, Lang::zh), "缺少必填项 a/b");
  EXPECT_EQ(render({"core.param_missing", {{"name", bilingual("a|b", "c|d]")}}}, Lang::en),
            "c|d] is required");
  EXPECT_EQ(render({"core.param_missing", {{"name", "@[no bar]"}}}, Lang::en), "@[no bar] is required");
}

}  // namespace
}  // namespace xj

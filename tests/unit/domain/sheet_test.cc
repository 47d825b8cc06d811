#include "collector/domain/sheet.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "collector/domain/sheet_telling.h"
#include "core/fault.h"
#include "tests/fakes/places.h"
#include "tests/fakes/small_contract.h"

namespace xj::domain {
namespace {

using namespace std::chrono_literals;
using fixture::kT0;

constexpr SheetEventKind kKinds[] = {SheetEventKind::filled, SheetEventKind::submitted,
                                     SheetEventKind::returned, SheetEventKind::reviewed,
                                     SheetEventKind::signed_off};

// Inspector and recorder are one role, as in small operations; the client's administrator signs besides.
class SheetTest : public testing::Test {
 protected:
  SheetTest() : contract_(fixture::contract()) {
    contract_->people["zhao"] = {"zhao", "赵主管", "", "", ""};
    contract_->people["qian"] = {"qian", "钱管理员", "", "", ""};
    contract_->roles["client-admin"] = {"client-admin", {"甲方系统管理员", "client's admin"}, {"qian"}};
    contract_->roles["reviewer"] = {"reviewer", {"审核", "reviewer"}, {"zhao", "zhang"}};
    round_.id = "daily", round_.inspector = round_.recorder = "duty", round_.freshness = 24h;
    round_.reviewer = "reviewer", round_.signatures = {"client-admin"};
    base_.contract = "office-oa", base_.number = "261120-01", base_.round = "daily", base_.made = kT0;
    base_.inspector = "张工";
    base_.items = {{1, "oa/http", "登录页", "web1", false},
                   {2, "oa/print", "打印", "综合办公平台", true},
                   {3, "oa/disk", "磁盘", "web1 /", false},
                   {4, "oa/disk", "磁盘", "web1 /data", false},
                   {5, "hr/paper", "纸质台账", "人事系统", true}};
  }
  SheetAct what(SheetEventKind kind, const std::string& person) const {
    SheetAct act;
    act.kind = kind, act.at = now_, act.person = person, act.via = "socket:ops";
    return act;
  }
  SheetAct fill(const std::string& item, const std::string& result, const std::string& text = "") const {
    auto act = what(SheetEventKind::filled, "zhang");
    act.item = item, act.result = result, act.text = text;
    return act;
  }
  std::string say(const SheetAct& act) {
    auto outcome = accept(act, base_, state_, round_, *contract_, now_);
    if (const auto* refused = std::get_if<Rejection>(&outcome)) {
      EXPECT_TRUE(has_text(refused->why.id)) << refused->why.id;
      return refused->why.id;
    }
    auto& event = std::get<SheetEvent>(outcome);
    if (event.kind != SheetEventKind::filled && event.kind != SheetEventKind::returned) event.seal = "s";
    const auto again = decode_sheet_event(encode(event));
    if (const auto* bad = std::get_if<std::string>(&again))
      ADD_FAILURE() << *bad;
    else
      EXPECT_EQ(std::get<SheetEvent>(again), event) << encode(event);
    apply(state_, event);
    events_.push_back(event);
    return "";
  }
  void complete() {
    EXPECT_EQ(say(fill("2", "ok")), "");
    EXPECT_EQ(say(fill("5", "ok")), "");
  }
  void submit() {
    complete();
    EXPECT_EQ(say(what(SheetEventKind::submitted, "zhang")), "");
  }
  SheetAct sign(const std::string& person, const std::string& part = "") const {
    auto act = what(SheetEventKind::signed_off, person);
    act.part = part;
    return act;
  }

  Timestamp now_ = kT0 + 10min;
  std::shared_ptr<Contract> contract_;
  RoundSpec round_;
  SheetBase base_;
  SheetState state_;
  std::vector<SheetEvent> events_;
};

TEST_F(SheetTest, FromDraftToTheLastSignature) {
  EXPECT_EQ(unfilled(base_, state_), (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(say(what(SheetEventKind::submitted, "zhang")), "round.refuse.unfilled");
  EXPECT_EQ(say(fill("print", "fault", "卡纸")), "") << "by its id, as only one line has it";
  EXPECT_EQ(say(fill("5", "skipped", "台账借出")), "");
  EXPECT_EQ(say(fill("3", "", "已排期扩容")), "");
  EXPECT_EQ(next_step(state_, round_), "submit");
  EXPECT_EQ(say(what(SheetEventKind::submitted, "li")), "") << "the recorder's role may too";
  EXPECT_EQ(next_step(state_, round_), "review");
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhao")), "");
  EXPECT_EQ(next_step(state_, round_), "sign");
  EXPECT_EQ(unsigned_parts(state_, round_),
            (std::vector<std::string>{"inspector", "recorder", "client-admin"}));
  EXPECT_EQ(say(sign("zhang", "inspector")), "");
  EXPECT_EQ(say(sign("li")), "") << "the sheet names another inspector, so only one is left";
  EXPECT_EQ(state_.status, SheetStatus::reviewed);
  auto client = sign("qian");
  client.text = "同意", client.quality = "good";
  EXPECT_EQ(say(client), "");
  EXPECT_EQ(state_.status, SheetStatus::signed_off);
  EXPECT_EQ(state_.signed_at, now_);
  EXPECT_EQ(next_step(state_, round_), "");
  EXPECT_EQ(state_.filled.at(2).remark, "卡纸");
  EXPECT_EQ(events_.back().title, "甲方系统管理员");
  EXPECT_TRUE(events_.back().last);
  const auto again = fold(events_);
  EXPECT_EQ(again.last_n, 8U);
  EXPECT_EQ(again.signatures.size(), 3U);
  for (const auto& event : events_)
    for (const auto lang : {Lang::zh, Lang::en}) {
      const auto said = render(describe(event, base_), lang);
      EXPECT_NE(said.find(event.name), std::string::npos) << said;
      EXPECT_EQ(said.find('{'), std::string::npos) << said;
    }
}

// Every act in every state: what may be, and what it makes of the sheet.
TEST_F(SheetTest, EveryActInEveryState) {
  const SheetStatus states[] = {SheetStatus::draft, SheetStatus::submitted, SheetStatus::reviewed,
                                SheetStatus::signed_off};
  const auto doing = [&](SheetEventKind kind) {
    switch (kind) {
      case SheetEventKind::filled: return fill("2", "ok");
      case SheetEventKind::submitted: return what(kind, "zhang");
      case SheetEventKind::returned: {
        auto act = what(kind, "zhao");
        act.text = "第 2 项不符";
        return act;
      }
      case SheetEventKind::reviewed: return what(kind, "zhao");
      case SheetEventKind::signed_off: return sign("qian");
    }
    return SheetAct{};
  };
  struct Way {
    const char* before;  // of the sheet
    const char* refused[5];
  };
  // In the order of kKinds; empty: accepted.
  const Way with_review[] = {
      {"draft", {"", "", "round.refuse.is_draft", "round.refuse.is_draft", "round.refuse.is_draft"}},
      {"submitted",
       {"round.refuse.is_submitted", "round.refuse.is_submitted", "", "", "round.refuse.is_submitted"}},
      {"reviewed",
       {"round.refuse.is_reviewed", "round.refuse.is_reviewed", "", "round.refuse.is_reviewed", ""}},
      {"signed",
       {"round.refuse.is_signed", "round.refuse.is_signed", "round.refuse.is_signed",
        "round.refuse.is_signed", "round.refuse.is_signed"}}};
  for (std::size_t s = 0; s < std::size(states); ++s)
    for (std::size_t k = 0; k < std::size(kKinds); ++k) {
      SCOPED_TRACE(std::string(with_review[s].before) + " " + std::string(to_text(kKinds[k])));
      state_ = {}, events_.clear();
      complete();
      if (s >= 1) {
        EXPECT_EQ(say(what(SheetEventKind::submitted, "zhang")), "");
      }
      if (s >= 2) {
        EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhao")), "");
      }
      if (s >= 3) {
        for (const auto& act : {sign("zhang", "inspector"), sign("li"), sign("qian")})
          EXPECT_EQ(say(act), "");
      }
      ASSERT_EQ(state_.status, states[s]);
      EXPECT_EQ(to_text(state_.status), with_review[s].before);
      const auto before = state_.last_n;
      EXPECT_EQ(say(doing(kKinds[k])), with_review[s].refused[k]);
      EXPECT_EQ(state_.last_n, before + (with_review[s].refused[k][0] == '\0' ? 1 : 0));
    }
}

TEST_F(SheetTest, WithoutAReviewerSigningFollowsSubmission) {
  round_.reviewer.clear(), round_.signatures.clear();
  submit();
  EXPECT_EQ(next_step(state_, round_), "sign");
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhao")), "round.refuse.no_reviewer");
  EXPECT_EQ(say(sign("zhang", "inspector")), "");
  EXPECT_EQ(say(sign("zhang")), "") << "the same person records";
  EXPECT_EQ(state_.status, SheetStatus::signed_off);
}

TEST_F(SheetTest, ASheetSentBackLosesWhatWasSignedAndKeepsWhatWasFilled) {
  submit();
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhao")), "");
  EXPECT_EQ(say(sign("zhang", "inspector")), "");
  auto back = what(SheetEventKind::returned, "qian");
  EXPECT_EQ(say(back), "round.refuse.reason");
  back.text = "打印未查";
  EXPECT_EQ(say(back), "") << "who shall sign may refuse";
  EXPECT_EQ(state_.status, SheetStatus::draft);
  EXPECT_TRUE(state_.signatures.empty());
  EXPECT_EQ(state_.returned->text, "打印未查");
  EXPECT_TRUE(unfilled(base_, state_).empty());
  EXPECT_EQ(say(fill("2", "fault", "确有故障")), "");
  EXPECT_EQ(state_.filled.at(2).result, "fault") << "the last word holds";
  EXPECT_EQ(say(what(SheetEventKind::submitted, "zhang")), "");
  EXPECT_FALSE(state_.returned);
}

TEST_F(SheetTest, WhatAPersonMayFill) {
  EXPECT_EQ(say(fill("9", "ok")), "round.refuse.no_item");
  EXPECT_EQ(say(fill("", "ok")), "round.refuse.no_item");
  EXPECT_EQ(say(fill("2x", "ok")), "round.refuse.no_item");
  EXPECT_EQ(say(fill("oa/disk", "", "x")), "round.refuse.which_item");
  EXPECT_EQ(say(fill("1", "ok")), "round.refuse.measured") << "a result that was measured stays";
  EXPECT_EQ(say(fill("1", "")), "round.refuse.remark_alone");
  EXPECT_EQ(say(fill("2", "")), "round.refuse.result");
  EXPECT_EQ(say(fill("2", "critical", "x")), "round.refuse.result");
  EXPECT_EQ(say(fill("2", "fault")), "round.refuse.remark");
  EXPECT_EQ(say(fill("2", "skipped")), "round.refuse.remark");
  EXPECT_EQ(say(fill("2", "ok", std::string(2'001, 'x'))), "round.refuse.long");
  auto act = fill("2", "ok");
  act.person = "wang";
  EXPECT_EQ(say(act), "round.refuse.role");
  act.person = "zhang", act.at = now_ + 1s;
  EXPECT_EQ(say(act), "round.refuse.future");
  act.at = kT0 - 24h;
  EXPECT_EQ(say(act), "");
  act.at = kT0 - 24h - 1ms;
  EXPECT_EQ(say(act), "round.refuse.too_old");
  EXPECT_EQ(state_.last_n, 1U);
}

TEST_F(SheetTest, WhoMaySubmitReviewAndSign) {
  complete();
  EXPECT_EQ(say(what(SheetEventKind::submitted, "wang")), "round.refuse.role");
  auto early = what(SheetEventKind::submitted, "zhang");
  early.at = kT0 - 1min;
  EXPECT_EQ(say(early), "round.refuse.before");
  EXPECT_EQ(say(what(SheetEventKind::submitted, "zhang")), "");
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "li")), "round.refuse.role");
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhang")), "round.refuse.own");
  EXPECT_EQ(say(what(SheetEventKind::reviewed, "zhao")), "");
  EXPECT_EQ(say(sign("wang")), "round.refuse.role");
  EXPECT_EQ(say(sign("li", "inspector")), "round.refuse.other_named");
  EXPECT_EQ(say(sign("zhang")), "round.refuse.which_part");
  EXPECT_EQ(say(sign("zhang", "janitor")), "round.refuse.no_part");
  auto rated = sign("zhang", "inspector");
  rated.quality = "good";
  EXPECT_EQ(say(rated), "round.refuse.own_quality");
  rated.quality = "great";
  EXPECT_EQ(say(rated), "round.refuse.quality");
  EXPECT_EQ(say(sign("zhang", "inspector")), "");
  EXPECT_EQ(say(sign("zhang", "inspector")), "round.refuse.signed_already");
  EXPECT_EQ(say(sign("qian")), "");
  EXPECT_EQ(say(sign("qian")), "round.refuse.signed_already");
}

TEST_F(SheetTest, EventsThatCannotFollowAreFaults) {
  submit();
  for (const auto& event : events_) {
    SheetState state;
    if (event.n == 1) continue;
    EXPECT_THROW(apply(state, event), Fault) << event.n;
  }
  auto event = events_.back();
  event.n = state_.last_n + 1;
  EXPECT_THROW(apply(state_, event), Fault) << "submitted twice";
  event.kind = SheetEventKind::signed_off, event.part = "";
  EXPECT_THROW(apply(state_, event), Fault);
}

TEST(SheetEvents, WhatCannotBeReadSaysWhy) {
  const auto why = [](const char* body) {
    const auto read = decode_sheet_event(body);
    const auto* bad = std::get_if<std::string>(&read);
    return bad == nullptr ? "" : *bad;
  };
  EXPECT_NE(why("{"), "");
  EXPECT_EQ(why("{}"), "version 0 is not known");
  EXPECT_EQ(why(R"({"v":1,"kind":"burnt"})"), "kind \"burnt\" is not known");
  EXPECT_EQ(why(R"({"v":1,"kind":"filled"})"), "a time cannot be read");
  EXPECT_EQ(why(R"({"v":1,"kind":"filled","at":"2026-11-20T01:00:00Z","known":"2026-11-20T01:00:00Z"})"),
            "a number is out of range");
  for (const auto kind : kKinds) EXPECT_EQ(parse_sheet_event_kind(to_text(kind)), kind);
  EXPECT_FALSE(parse_sheet_status("burnt"));
}

TEST(SheetEvents, TheDocumentNamesEveryKindAndField) {
  std::ifstream in(source_dir() + "/docs/events.md");
  std::stringstream text;
  text << in.rdbuf();
  const auto all = text.str();
  const auto page = all.substr(all.find("# Events of a sheet"));
  for (const auto kind : kKinds) {
    SheetEvent event;
    event.kind = kind;
    const auto json = std::get<Json>(parse_json(encode(event)));
    EXPECT_NE(page.find("| *" + std::string(to_text(kind)) + "* |"), std::string::npos) << to_text(kind);
    for (const auto& [name, value] : json.fields())
      EXPECT_NE(page.find('`' + name + '`'), std::string::npos) << name;
  }
}

TEST(SheetBases, AreReadFromTheFactsAsTheyWereFrozen) {
  const auto json = std::get<Json>(parse_json(
      R"({"number":"261120-01","made":"2026-11-20T09:00:00+08:00","lang":"en","inspector":"a","recorder":"",
          "contract":{"id":"x","revision":"r"},"systems":[{"title":"S","items":[
            {"no":1,"item":"A","target":"t","state":"ok"},
            {"no":2,"id":"s/p","item":"B","target":"S","state":"manual"}]}]})"));
  const auto base = read_sheet(json);
  EXPECT_EQ(base.made, *parse_iso("2026-11-20T09:00:00+08:00"));
  EXPECT_EQ(base.lang, Lang::en);
  ASSERT_EQ(base.items.size(), 2U);
  EXPECT_TRUE(base.items[1].manual);
  EXPECT_EQ(base.item(2)->id, "s/p");
  EXPECT_EQ(base.item(3), nullptr);
  EXPECT_TRUE(read_sheet(Json("nothing")).items.empty());
}

TEST_F(SheetTest, WhereTheOneOnDutyIsGoneTheOtherIsTold) {
  contract_->routes = {{"sheets", {"sheet_waits"}, {}, {"lead"}, {"mail"}}};
  contract_->roles["lead"].roster.shifts = {{now_ - 1h, now_ + 9h, "gone", "li"}};
  submit();
  std::string told;
  for (const auto& one : tell_waiting(events_.back(), base_, state_, round_, *contract_, now_))
    told += one.role + ':' + one.person + ' ';
  EXPECT_EQ(told, "reviewer:zhao lead:li ");
}

}  // namespace
}  // namespace xj::domain

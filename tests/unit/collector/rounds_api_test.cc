// A sheet after it was made: filled, submitted, reviewed, signed, printed, and proved from its events.
#include "collector/sheet_desk.h"

#include <set>

#include "collector/store/recompute.h"
#include "tests/unit/collector/api.h"

namespace xj::collector {
namespace {

class RoundsApi : public Api {
 protected:
  // The example with a reviewer and the client's signature.
  void bind(void (*change)(domain::Contract&)) {
    auto changed = std::make_shared<domain::Contract>(*example());
    changed->people["qian"] = {"qian", "己二示例", "", "", ""};
    changed->roles["client-admin"] = {"client-admin", {"甲方系统管理员", "Client's administrator"}, {"qian"}};
    change(*changed);
    changed->revision = "changed";
    pipeline_->set_contracts({changed}, clock_.now());
  }
  static void full(domain::Contract& contract) {
    contract.rounds.at(0).reviewer = "project-manager";
    contract.rounds.at(0).signatures = {"client-admin"};
  }
  void make(const std::string& more = "") {
    const auto made =
        ask("POST", "/api/v1/rounds", R"({"contract":"office-oa","round":"daily")" + more + "}");
    ASSERT_EQ(made.status, 201) << made.body;
    ASSERT_EQ(made.json["number"].string_or(""), "261120-01");
  }
  Answered act(const std::string& body) { return ask("POST", sheet_ + "/events", body); }
  std::string refused(const std::string& body, int status = 409) {
    const auto answer = act(body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return answer.json["error"]["message"]["id"].string_or("");
  }
  std::vector<std::int64_t> manual() {
    std::vector<std::int64_t> out;
    const auto sheet = ask("GET", sheet_).json;
    for (const auto& item : sheet["items"].items())
      if (item["manual"].bool_or(false)) out.push_back(item["no"].int_or(0));
    return out;
  }
  void fill_all() {
    for (const auto no : manual()) {
      const auto answer = act(R"({"verb":"fill","item":)" + std::to_string(no) + R"(,"result":"ok","as":")" +
                              inspector_ + "\"}");
      ASSERT_EQ(answer.status, 201) << answer.body;
    }
  }
  std::string by(const std::string& person, const std::string& verb, const std::string& more = "") {
    const auto answer = act(R"({"verb":")" + verb + R"(","as":")" + person + '"' + more + "}");
    return answer.status == 201 ? answer.json["state"].string_or("?")
                                : answer.json["error"]["message"]["id"].string_or(answer.body);
  }
  std::vector<std::string> differences() {
    RecomputeOptions options;
    options.read_contract = [](const std::string&, const std::string&) { return nullptr; };
    std::vector<std::string> out;
    for (const auto& d : recompute(*db_, options).differences)
      out.push_back(d.table + ' ' + d.key + ' ' + d.column);
    return out;
  }
  void alter(const std::string& sql) {
    db_->execute(
        "drop trigger sheet_events_stay; drop trigger document_revisions_stay; "
        "drop trigger document_revisions_are_kept;" +
        sql);
  }

  const std::string sheet_ = "/api/v1/rounds/office-oa/261120-01";
  const std::string paper_ = "/api/v1/documents/office-oa/261120-01";
  std::string inspector_ = example()->roles.at("inspector").people.front();
  std::string recorder_ = example()->roles.at("recorder").people.front();
  std::string lead_ = example()->roles.at("project-manager").people.front();
};

TEST_F(RoundsApi, WhomASheetWaitsForIsToldOnceAtEachHandOver) {
  bind([](domain::Contract& contract) {
    full(contract);
    contract.routes.push_back({"sheets", {"sheet_waits"}, {}, {}, {"mail"}});
  });
  // Key and subject of what was added since the last look.
  auto said = [this, seen = std::set<std::string>{}]() mutable {
    std::set<std::string> out;
    for (const auto& row : pipeline_->outbox().recent(1000))
      if (row.key.find("/sheet/") != std::string::npos && seen.insert(row.key).second)
        out.insert(row.person + ": " + render(row.subject, Lang::en));
    return out;
  };
  const auto waits = [this](const std::string& where) {
    std::string out;
    const auto json = ask("GET", where).json;
    const auto& sheet = json["rounds"].is_null() ? json : json["rounds"].at(0);
    for (const auto& wait : sheet["waits_for"].items())
      out += wait["step"].string_or("") + ' ' + wait["people"].at(0)["id"].string_or("-") + ';';
    return out;
  };
  make();
  EXPECT_EQ(said().size(), 0U) << "a round that was made is nobody's news";
  EXPECT_EQ(waits(sheet_), "submit " + inspector_ + ';');
  fill_all();
  EXPECT_EQ(said().size(), 0U);
  ASSERT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_EQ(said(), std::set<std::string>{lead_ + ": Daily software inspection 261120-01 waits for: review"});
  EXPECT_EQ(waits(sheet_), "review " + lead_ + ';');
  EXPECT_EQ(waits("/api/v1/rounds"), "review " + lead_ + ';');
  ASSERT_EQ(by(lead_, "return", R"(,"text":"缺附件")"), "draft");
  EXPECT_EQ(said(), std::set<std::string>{inspector_ +
                                          ": Daily software inspection 261120-01 waits for: submission"});
  ASSERT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_EQ(said().size(), 1U) << "said again: it was submitted again";
  ASSERT_EQ(by(lead_, "review"), "reviewed");
  EXPECT_EQ(said().size(), 3U) << "inspector, recorder and the client's administrator";
  ASSERT_EQ(by(inspector_, "sign", R"(,"part":"inspector")"), "reviewed");
  EXPECT_EQ(said().size(), 0U) << "the others know";
  EXPECT_EQ(waits(sheet_), "sign " + recorder_ + ";sign qian;");
  EXPECT_EQ(waits("/api/v1/rounds"), "sign " + recorder_ + ";sign qian;");
  ASSERT_EQ(by(recorder_, "sign", R"(,"part":"recorder")"), "reviewed");
  ASSERT_EQ(by("qian", "sign"), "signed");
  EXPECT_EQ(waits(sheet_), "");
}

TEST_F(RoundsApi, ASheetWaitsForWhomItNamesElseForWhoIsOnDuty) {
  bind([](domain::Contract& contract) {
    full(contract);
    contract.people["sun"] = {"sun", "己三示例", "", "", ""};
    const auto from = *parse_iso("2026-11-20T08:00:00+08:00"), to = *parse_iso("2026-11-20T18:00:00+08:00");
    for (const auto* role : {"inspector", "project-manager", "client-admin"})
      contract.roles.at(role).people.emplace_back("sun");
    for (const auto* role : {"project-manager", "client-admin"})
      contract.roles.at(role).roster.shifts = {{from, to, "sun", ""}};
  });
  const auto waits = [this] {
    const auto said = [](const Json& sheet) {
      std::string out;
      for (const auto& wait : sheet["waits_for"].items()) {
        out += wait["step"].string_or("");
        for (const auto& person : wait["people"].items()) out += ' ' + person["id"].string_or("");
        out += ';';
      }
      return out;
    };
    const auto one = said(ask("GET", sheet_).json);
    EXPECT_EQ(said(ask("GET", "/api/v1/rounds").json["rounds"].at(0)), one) << "the list is as precise";
    return one;
  };
  inspector_ = "sun";
  make(R"(,"inspector":"sun")");
  EXPECT_EQ(waits(), "submit sun;") << "one of two inspectors, whom the sheet names";
  fill_all();
  ASSERT_EQ(by("sun", "submit"), "submitted");
  EXPECT_EQ(waits(), "review " + lead_ + ';')
      << "on duty is who submitted it, and nobody reviews what is his own";
  ASSERT_EQ(by(lead_, "review"), "reviewed");
  EXPECT_EQ(waits(), "sign sun;sign " + recorder_ + ";sign sun;");
  clock_.advance(10h);
  EXPECT_EQ(waits(), "sign sun;sign " + recorder_ + ";sign qian sun;") << "nobody is on duty any more";
}

TEST_F(RoundsApi, WithoutARouteForItNobodyIsTold) {
  bind(full);
  make();
  fill_all();
  ASSERT_EQ(by(inspector_, "submit"), "submitted");
  for (const auto& row : pipeline_->outbox().recent(1000))
    EXPECT_EQ(row.key.find("/sheet/"), std::string::npos) << row.key;
}

TEST_F(RoundsApi, ASheetGoesItsWayToTheLastSignature) {
  bind(full);
  (void)send("oa-app-01", "office-oa/oa/cpu", State::ok);
  make();
  auto list = ask("GET", "/api/v1/rounds?open=true").json["rounds"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list.at(0)["state"].string_or(""), "draft");
  EXPECT_EQ(list.at(0)["unfilled"].int_or(0), 8);
  EXPECT_EQ(list.at(0)["next"].string_or(""), "submit");
  EXPECT_EQ(list.at(0)["unsigned"].size(), 3U);
  EXPECT_EQ(list.at(0)["systems"].at(0).string_or(""), "oa");
  const auto first = ask("GET", paper_).body;
  EXPECT_EQ(by(inspector_, "submit"), "round.refuse.unfilled");
  fill_all();
  const auto items = manual();
  EXPECT_EQ(by(inspector_, "fill",
               R"(,"result":"fault","text":"验证码不显示","item":)" + std::to_string(items.at(1))),
            "draft");
  // A draft is printed as it stands; what was measured is as it was.
  auto facts = ask("GET", paper_).json;
  EXPECT_EQ(facts["status"].string_or(""), "draft");
  EXPECT_EQ(facts["counts"]["manual"].int_or(-1), 0);
  EXPECT_EQ(facts["counts"]["fault"].int_or(-1), 1);
  EXPECT_EQ(facts["counts"]["ok"].int_or(-1), 8);
  bool found = false;
  for (const auto& finding : facts["findings"].items())
    found =
        found || (finding["ref"].int_or(0) == items.at(1) && finding["note"].string_or("") == "验证码不显示");
  EXPECT_TRUE(found);
  EXPECT_EQ(ask("GET", paper_ + "?n=0").body, first) << "as it was made";

  clock_.advance(10min);
  EXPECT_EQ(by(inspector_, "submit", R"(,"text":"建议扩容")"), "submitted");
  EXPECT_EQ(refused(R"({"verb":"fill","item":1,"text":"x","as":")" + inspector_ + "\"}"),
            "round.refuse.is_submitted");
  EXPECT_EQ(by(inspector_, "sign"), "round.refuse.is_submitted");
  clock_.advance(10min);
  EXPECT_EQ(by(lead_, "review", R"(,"text":"已核对")"), "reviewed");
  EXPECT_EQ(by(inspector_, "sign", R"(,"part":"inspector")"), "reviewed");
  EXPECT_EQ(by(recorder_, "sign", R"(,"part":"recorder")"), "reviewed");
  clock_.advance(10min);
  EXPECT_EQ(ask("GET", "/api/v1/rounds").json["rounds"].at(0)["unsigned"].at(0).string_or(""),
            "client-admin");
  EXPECT_EQ(by("qian", "sign", R"(,"text":"同意","quality":"acceptable")"), "signed");
  EXPECT_EQ(by(inspector_, "submit"), "round.refuse.is_signed");

  facts = ask("GET", paper_).json;
  EXPECT_EQ(facts["status"].string_or(""), "signed");
  EXPECT_EQ(facts["analysis"].string_or(""), "建议扩容");
  EXPECT_EQ(facts["review"]["text"].string_or(""), "已核对");
  EXPECT_EQ(facts["review"]["at"].string_or(""), "2026-11-20T09:20:00+08:00");
  EXPECT_EQ(facts["inspector_signed"]["who"].string_or(""), "丙一示例");
  EXPECT_EQ(facts["opinions"].at(0)["who"].string_or(""), "己二示例");
  EXPECT_EQ(facts["opinions"].at(0)["quality"].string_or(""), "acceptable");
  EXPECT_EQ(facts["made"].string_or(""), "2026-11-20T09:30:00+08:00");
  for (const auto* format : {"html", "pdf"})
    EXPECT_EQ(ask("GET", paper_ + "?format=" + format).status, 200) << format;
  EXPECT_NE(ask("GET", paper_ + "?format=html").body.find("建议扩容"), std::string::npos);

  const auto sheet = ask("GET", sheet_).json;
  ASSERT_EQ(sheet["frozen"].size(), 5U) << "submitted, reviewed, three signatures";
  EXPECT_EQ(sheet["frozen"].at(4)["state"].string_or(""), "signed");
  EXPECT_EQ(ask("GET", "/api/v1/documents").json["documents"].at(0)["hash"].string_or(""),
            sheet["frozen"].at(4)["hash"].string_or("-"));
  EXPECT_EQ(ask("GET", "/api/v1/documents").json["documents"].at(0)["state"].string_or(""), "signed");
  const auto n = std::to_string(sheet["frozen"].at(0)["n"].int_or(0));
  EXPECT_EQ(ask("GET", paper_ + "?n=" + n).json["status"].string_or(""), "submitted");
  EXPECT_EQ(ask("GET", paper_ + "?n=9999").status, 404);
  EXPECT_EQ(ask("GET", paper_ + "?n=x").status, 400);
  EXPECT_EQ(sheet["events"].at(0)["via"].string_or(""), "socket:ops1");
  EXPECT_EQ(sheet["events"].at(0)["actor"].string_or(""), "person:" + inspector_);
  EXPECT_EQ(ask("GET", "/api/v1/rounds?open=true").json["rounds"].size(), 0U);
  EXPECT_TRUE(differences().empty());
}

TEST_F(RoundsApi, WithoutMoreInTheContractInspectorAndRecorderSign) {
  make();
  fill_all();
  EXPECT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_EQ(by(lead_, "review"), "round.refuse.no_reviewer");
  EXPECT_EQ(by(inspector_, "sign", R"(,"part":"inspector")"), "submitted");
  EXPECT_EQ(by(recorder_, "sign", R"(,"part":"recorder")"), "signed");
}

TEST_F(RoundsApi, ASheetSentBackIsADraftAgainAndSaysWhy) {
  bind(full);
  make();
  fill_all();
  EXPECT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_EQ(by(lead_, "return"), "round.refuse.reason");
  EXPECT_EQ(by(lead_, "return", R"(,"text":"第 3 项未查")"), "draft");
  EXPECT_EQ(ask("GET", sheet_).json["returned"].string_or(""), "第 3 项未查");
  const auto facts = ask("GET", paper_).json;
  EXPECT_EQ(facts["returned"]["text"].string_or(""), "第 3 项未查");
  EXPECT_EQ(ask("GET", paper_ + "?format=pdf").status, 200);
  EXPECT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_TRUE(differences().empty());
}

TEST_F(RoundsApi, AnObligationMayWaitForTheSignatures) {
  bind([](domain::Contract& contract) { contract.rounds.at(0).proof_signed = true; });
  const auto state = [&] {
    const auto answer = ask("GET", "/api/v1/obligations?contract=office-oa");
    for (const auto& one : answer.json["obligations"].items())
      if (one["name"].string_or("") == "daily-inspection" && one["period"].string_or("") == "2026-11-20")
        return one["state"].string_or("");
    return std::string();
  };
  make();
  EXPECT_EQ(state(), "due") << "a draft proves nothing here";
  fill_all();
  EXPECT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_EQ(by(inspector_, "sign", R"(,"part":"inspector")"), "submitted");
  EXPECT_EQ(state(), "due");
  clock_.advance(24h);
  EXPECT_EQ(state(), "missed");
  EXPECT_EQ(by(recorder_, "sign", R"(,"part":"recorder")"), "signed");
  EXPECT_EQ(state(), "late") << "it belongs to the day it was made, and was proved the day after";
}

TEST_F(RoundsApi, WhatCannotBeSaysWhy) {
  make();
  EXPECT_EQ(refused(R"({"verb":"burn"})", 400), "round.no_verb");
  EXPECT_EQ(act(R"({"verb":"fill","at":"soon"})").status, 400);
  EXPECT_EQ(act(R"({"verb":"fill","colour":"red"})").status, 400);
  EXPECT_EQ(act(R"({"verb":"submit","as":"nobody"})").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/rounds/office-oa/000000-00").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/rounds/x/000000-00/events", R"({"verb":"submit"})").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/rounds?contract=x").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/rounds?open=maybe").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/rounds?limit=0").status, 400);
  EXPECT_TRUE(ask("GET", sheet_).json["events"].items().empty()) << "nothing refused leaves a trace";
}

TEST_F(RoundsApi, WhatWasAlteredBehindTheProgramsBackIsNamed) {
  make();
  fill_all();
  EXPECT_EQ(by(inspector_, "submit"), "submitted");
  EXPECT_TRUE(differences().empty());
  alter("update sheets set unfilled = 3, state = 'signed'");
  EXPECT_EQ(differences(), (std::vector<std::string>{"sheets office-oa/261120-01 state",
                                                     "sheets office-oa/261120-01 unfilled"}));
  db_->execute("update sheets set unfilled = 0, state = 'submitted'");
  db_->execute("update document_revisions set facts = replace(facts, '正常', '异常') || ' '");
  EXPECT_EQ(differences(), (std::vector<std::string>{"document_revisions office-oa/261120-01#9 hash"}));
  db_->execute("delete from document_revisions");
  EXPECT_EQ(differences(), (std::vector<std::string>{"document_revisions office-oa/261120-01#9 hash"}));
  db_->execute("update sheet_events set body = replace(body, '\"ok\"', '\"fault\"') where n = 1");
  EXPECT_EQ(differences().front(), "sheet_events office-oa/261120-01#1 digest");
  db_->execute("delete from sheets");
  EXPECT_EQ(differences().back(), "sheets office-oa/261120-01 number");
}

}  // namespace
}  // namespace xj::collector

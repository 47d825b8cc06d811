// A state.db as each earlier version of the program left it, with rows in every table of that version: taken
// to the newest nothing of it is gone, altered or otherwise meant, and a collector starts on it. The rows are
// written as the program of that time wrote them, in SQL, not by the code of today.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "collector/store/recompute.h"
#include "core/io/pki.h"
#include "tests/fakes/every_fault.h"
#include "tests/unit/collector/data_folder.h"

namespace xj {
std::span<const EmbeddedFile> store_migrations();
}

namespace xj::collector {
namespace {

using Rows = std::vector<std::string>;

constexpr std::int64_t kT = 1'795'136'400'000;  // 2026-11-20T01:00:00Z
constexpr auto kAt = "2026-11-20T01:00:00Z";

std::string sql_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + '\'';
}

// `body` under the columns that repeat it; `digest` from the version on that has it.
std::string event(const std::string& number, int n, const std::string& kind, const std::string& payload,
                  bool digest) {
  const auto body = R"({"contract":"office-oa","case":")" + number + R"(","n":)" + std::to_string(n) +
                    R"(,"at":")" + kAt + R"(","known":")" + kAt +
                    R"(","actor":"system:evaluate","via":"batch","reason":null,"revision":")" +
                    DataFolder::contract()->revision + R"(","calendar":"cn-2026-1","kind":")" + kind +
                    R"(","v":1,"payload":)" + payload + "}";
  return std::string("insert into events (contract, number, n, kind, at, known, body") +
         (digest ? ", digest" : "") + ") values ('office-oa', " + sql_text(number) + ", " +
         std::to_string(n) + ", " + sql_text(kind) + ", " + std::to_string(kT) + ", " + std::to_string(kT) +
         ", " + sql_text(body) + (digest ? ", " + sql_text(io::sha256_hex(body)) : "") + ");";
}

std::string case_of(const std::string& number, bool over, bool digest) {
  auto sql =
      event(number, 1, "detected",
            R"({"case_kind":"incident","item":{"system":"oa","check":"http","host":"web1","item":")" +
                number +
                R"("},"state":"critical","message":["checks.x",{"value":"95"}],"evidence":{"since":")" + kAt +
                R"(","attempts":3,"metrics":{}}})",
            digest) +
      event(number, 2, "graded", R"({"from":"","to":"II","how":"machine","text":""})", digest);
  if (over) sql += event(number, 3, "false_alarm", R"({"text":"a test"})", digest);
  return sql +
         "insert into cases (contract, number, kind, system, status, grade, run, opened, last_n, last_at, "
         "over) "
         "values ('office-oa', " +
         sql_text(number) + ", 'incident', 'oa', " + (over ? "'false_alarm'" : "'open'") + ", 'II', 1, " +
         std::to_string(kT) + (over ? ", 3, " : ", 2, ") + std::to_string(kT) + (over ? ", 1);" : ", 0);");
}

std::string notification(const std::string& key, const std::string& columns = {},
                         const std::string& values = {}, const std::string& state = "waiting") {
  return "insert into outbox (key, channel, person, address, lang, subject, lines, event, created, due, "
         "state" +
         columns + ") values (" + sql_text(key) +
         ", 'mail', 'zhang', 'zhang@example.test', 'zh', 's', '[]', 'office-oa/INC-261120-01/1', 1, 1, " +
         sql_text(state) + values + ");";
}

// What the first program that had this version wrote into the tables and columns that came with it.
std::string rows_of(int version) {
  const auto contract = DataFolder::contract();
  const auto record = [](const std::string& table, const std::string& columns, const std::string& values,
                         const std::string& body) {
    return "insert into " + table + " (contract, n, " + columns + ", body, digest) values ('office-oa', 1, " +
           values + ", " + sql_text(body) + ", " + sql_text(io::sha256_hex(body)) + ");";
  };
  switch (version) {
    case 1: {
      const std::string facts =
          R"({"systems":[{"items":[{"no":1,"id":"a","item":"","target":"","state":"manual"},{"no":2,"state":"ok"}]}]})";
      const std::string form = R"({"kind":"incident-report"})";
      const auto document = [](const std::string& number, const std::string& kind, const std::string& about,
                               const std::string& text) {
        return "insert into documents (contract, number, kind, form, about, state, created, facts, hash) "
               "values "
               "('office-oa', " +
               sql_text(number) + ", " + sql_text(kind) + ", 'f', " + sql_text(about) + ", 'draft', 7, " +
               sql_text(text) + ", " + sql_text(io::sha256_hex(text)) + ");";
      };
      return "insert into position (stream, number) values ('journal', 0);"
             "insert into contracts (id, revision, holds_from, body) values ('office-oa', " +
             sql_text(contract->revision) + ", 1, " + sql_text(contract->tree) + ");" +
             case_of("INC-261120-01", false, false) + case_of("INC-261120-02", true, false) +
             "insert into counters (contract, name, last) values ('office-oa', '261120-', 1);" +
             notification("first") + document("261120-01", "round", "daily", facts) +
             document("261120-02", "case", "INC-261120-02", form);
    }
    case 2:
      return "insert into agents (name, enrolled, revoked, last_seen, offset_ms, version) values "
             "('web1', 1, null, 5, -20, '0.1'), ('web2', 1, 9, null, null, '');"
             "insert into agent_certificates (serial, agent, sha256, not_before, not_after, issued, via) "
             "values ('a', 'web1', 'x', 1, 10, 1, 'token:t'), ('b', 'web1', 'y', 5, 20, 5, 'renewal:a'), "
             "('c', 'web2', 'z', 1, 10, 1, 'token:t');"
             "insert into agent_tokens (id, agent, hash, created, expires, made_by, used) values "
             "('t', 'web1', 'h', 1, 2, 'root', 1), ('u', 'web9', 'i', 1, 2, 'root', null);";
    case 3: return "update agent_certificates set superseded = 5 where serial = 'a';";
    case 4: return case_of("INC-261120-03", false, true);
    case 5:
      return record(
                 "duty_records", "kind, about, period, at, known",
                 "'done', 'daily', '2026-11-20', " + std::to_string(kT) + ", " + std::to_string(kT),
                 R"({"about":"daily","actor":"person:li","at":"2026-11-20T01:00:00Z","calendar":"",)"
                 R"("contract":"office-oa","kind":"done","known":"2026-11-20T01:00:00Z","n":1,)"
                 R"("period":"2026-11-20","revision":"","text":"sheet 1","v":1,"via":"socket:ops","why":""})") +
             "insert into duty_told (contract, name, period, what, at) values "
             "('office-oa', 'daily', '2026-11-20', 'due', 1);";
    case 6: return notification("tells", ", tells", ", '{\"contract\":\"office-oa\"}'");
    case 7: {
      const std::string facts = R"({"signed":1})";
      const auto body =
          R"({"v":1,"contract":"office-oa","sheet":"261120-03","n":1,"kind":"submitted","at":")" +
          std::string(kAt) + R"(","known":")" + kAt +
          R"(","actor":"person:li","name":"li","via":"socket:ops","text":"","why":"","seal":")" +
          io::sha256_hex(facts) + R"(","revision":""})";
      return "insert into documents (contract, number, kind, form, about, state, created, facts, hash) "
             "values "
             "('office-oa', '261120-03', 'round', 'f', 'daily', 'draft', 7, '{}', " +
             sql_text(io::sha256_hex("{}")) +
             ");"
             "insert into sheets (contract, number, round, made, state, manual, unfilled, parts, signed, "
             "last_n) values ('office-oa', '261120-03', 'daily', 7, 'submitted', 0, 0, '', null, 1);"
             "insert into sheet_events (contract, number, n, kind, at, known, body, digest) values "
             "('office-oa', '261120-03', 1, 'submitted', " +
             std::to_string(kT) + ", " + std::to_string(kT) + ", " + sql_text(body) + ", " +
             sql_text(io::sha256_hex(body)) +
             ");"
             "insert into document_revisions (contract, number, n, state, frozen, facts, hash) values "
             "('office-oa', '261120-03', 1, 'submitted', " +
             std::to_string(kT) + ", " + sql_text(facts) + ", " + sql_text(io::sha256_hex(facts)) + ");";
    }
    case 8:
      return record("knowledge", "id, at", "'INC-1', " + std::to_string(kT),
                    R"({"actor":"","at":"2026-11-20T01:00:00Z","cause":"logs","contract":"office-oa",)"
                    R"("course":"","grade":"","id":"INC-1","kind":"","method":"","n":1,"revision":"",)"
                    R"("state":"draft","system":"oa","system_title":"","title":"disk full","v":1,)"
                    R"("via":"","why":""})") +
             "insert into knowledge_entries (entry, contract, id, n, state, system, at) values "
             "(1, 'office-oa', 'INC-1', 1, 'draft', 'oa', " +
             std::to_string(kT) +
             ");"
             "insert into knowledge_terms (term, entry, weight) values ('1', 1, 8), ('disk', 1, 8), "
             "('full', 1, 8), ('inc', 1, 8), ('logs', 1, 4), ('oa', 1, 2);";
    case 9:
      return record(
          "deduction_records", "kind, about, number, at, known",
          "'recorded', 'absence', 'INC-261120-01', " + std::to_string(kT) + ", " + std::to_string(kT),
          R"({"about":"absence","actor":"person:li","at":"2026-11-20T01:00:00Z","calendar":"",)"
          R"("contract":"office-oa","count":0,"kind":"recorded","known":"2026-11-20T01:00:00Z",)"
          R"("n":1,"number":"INC-261120-01","price":"","revision":"","system":"","v":1,"via":"",)"
          R"("why":"not there"})");
    case 10:
      return notification("held", ", news, summary", ", 'office-oa', 'sum'", "held") +
             "insert into storms (contract, person, channel, began, next, ended, summaries, held) values "
             "('office-oa', 'zhang', 'mail', 1, 2, null, 1, 3), ('office-oa', 'li', 'mail', 1, 2, 5, 1, 3);";
    case 11: return "update cases set owes = 0 where over = 1;" + case_of("INC-261120-04", true, true);
    default: return {};
  }
}

std::vector<EmbeddedFile> steps_to(int version) {
  std::vector<EmbeddedFile> steps;
  for (const auto& step : store_migrations())
    if (std::stoi(std::string(step.name.substr(0, 4))) <= version) steps.push_back(step);
  return steps;
}

// Every table but the list of steps, with these columns or all it has: its rows, each as one text, in order.
using Tables = std::map<std::string, std::pair<std::string, Rows>>;  // columns, rows
Tables rows_in(io::Db& db, const Tables* like = nullptr) {
  Tables out;
  Rows tables;
  {
    auto row = db.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
    while (row->step()) tables.push_back(row->text_at(0));
  }
  for (const auto& table : tables) {
    if (table == "migrations" || (like != nullptr && !like->contains(table))) continue;
    std::string columns = like == nullptr ? "" : like->at(table).first;
    if (columns.empty()) {
      auto row = db.prepare("select name from pragma_table_info('" + table + "')");
      while (row->step())
        columns += (columns.empty() ? "quote(" : " || '|' || quote(") + row->text_at(0) + ")";
    }
    auto& [kept, rows] = out[table];
    kept = columns;
    auto row = db.prepare("select " + columns + " from " + table + " order by 1");
    while (row->step()) rows.push_back(row->text_at(0));
  }
  return out;
}

std::string one(io::Db& db, const std::string& sql) {
  auto row = db.prepare(sql);
  std::string out;
  while (row->step()) out += (out.empty() ? "" : " ") + row->text_at(0);
  return out;
}

void make_as_of(int version, io::Db& db, io::FileSystem& fs, const std::string& path, Timestamp at) {
  // As it grew: each program migrated what the one before it had left, and wrote its own.
  for (int v = 1; v <= version; ++v) {
    migrate(db, fs, path, at, steps_to(v));
    db.execute(rows_of(v));
    fs.remove(path + ".before-" + std::to_string(v));
  }
}

Rows differences(io::Db& db) {
  RecomputeOptions options;
  options.read_contract = [](const std::string& revision, const std::string&) {
    auto contract = DataFolder::contract();
    return contract->revision == revision ? contract : nullptr;
  };
  Rows out;
  for (const auto& d : recompute(db, options).differences)
    out.push_back(d.table + ' ' + d.key + ' ' + d.column + ": " + d.stored + " / " + d.rebuilt);
  return out;
}

class EarlierVersion : public testing::TestWithParam<int> {
 protected:
  World world;
  const std::string path = "/data/state.db";
  std::unique_ptr<io::Db> open(const std::string& file) {
    return io::open_sqlite(file, io::DbMode::read_write, world.vfs.name().c_str());
  }
  void SetUp() override {
    world.disk.make_dirs("/data");
    world.contracts = {DataFolder::contract()};
  }
};

TEST_P(EarlierVersion, IsTakenToTheNewestWithAllThatItHeld) {
  const int version = GetParam();
  Tables before;
  {
    const auto db = open(path);
    make_as_of(version, *db, world.disk, path, from_ms(kT));
    before = rows_in(*db);
    for (const auto& [table, rows] : before)
      EXPECT_FALSE(rows.second.empty())
          << "no row stands for what version " << version << " kept in " << table;
    const auto done = migrate(*db, world.disk, path, world.now);
    EXPECT_EQ(done.from, version);
    EXPECT_EQ(done.to, newest_version());
    EXPECT_EQ(done.copy, version == newest_version() ? "" : path + ".before-" + std::to_string(version + 1));
    EXPECT_EQ(rows_in(*db, &before), before);
    EXPECT_EQ(schema_differences(*db, path), Rows{});
    EXPECT_EQ(one(*db, "pragma integrity_check") + one(*db, "pragma foreign_key_check"), "ok");
    // What the columns that came later mean of rows that were there before them.
    EXPECT_EQ(one(*db, "select serial from agent_certificates where superseded is not null"),
              version >= 2 ? "a" : "");
    EXPECT_EQ(one(*db,
                  "select number || ' ' || state || ' ' || manual || unfilled from sheets "
                  "where number = '261120-01'"),
              "261120-01 draft 11");
    EXPECT_EQ(one(*db, "select count(*) from outbox where key = 'first' and tells || news || summary = ''"),
              "1");
    if (!done.copy.empty()) {
      const auto copy = open(done.copy);
      EXPECT_EQ(version_of(*copy), version);
      EXPECT_EQ(rows_in(*copy), before) << "the copy is what was there";
    }
  }
  world.start();
  EXPECT_EQ(world.numbers().size(), version >= 11 ? 4U : version >= 4 ? 3U : 2U);
  ASSERT_TRUE(world.pipeline->book().find({"office-oa", "INC-261120-01"}));
  EXPECT_EQ(world.course("INC-261120-02"), (Rows{"detected", "graded", "false_alarm"}));
  EXPECT_EQ(rows_in(*world.db, &before).at("events"), before.at("events"));
  // Every row that is derived is what today's fold of yesterday's events makes, `owes` too.
  EXPECT_EQ(differences(*world.db), Rows{});
}

// Nothing but a copy that is whole stands under its name, and it does before the first step counts.
TEST(EarlierVersions, APowerCutAtAnyOperationLeavesTheRowsAndTheCopy) {
  const auto path = std::string("/data/state.db"), copy = path + ".before-3";
  std::uint64_t copies = 0;
  const auto met = fakes::every_fault(
      [&](std::uint64_t nth) {
        World world;
        world.disk.make_dirs("/data");
        const auto open = [&](const std::string& file) {
          return io::open_sqlite(file, io::DbMode::read_write, world.vfs.name().c_str());
        };
        Tables before;
        {
          const auto db = open(path);
          make_as_of(2, *db, world.disk, path, from_ms(kT));
          before = rows_in(*db);
        }
        world.disk.cut_at(world.disk.operations() + nth);
        try {
          const auto db = open(path);
          migrate(*db, world.disk, path, world.now);
        } catch (const std::exception&) {
        }
        const bool cut = world.disk.cut();
        world.disk.restart(nth % 4);
        const auto db = open(path);
        EXPECT_EQ(rows_in(*db, &before), before);
        if (world.disk.exists(copy)) {
          ++copies;
          EXPECT_EQ(rows_in(*open(copy)), before);
        } else {
          EXPECT_EQ(version_of(*db), 2) << "a step counts, and what was before it is nowhere";
        }
        EXPECT_EQ(migrate(*db, world.disk, path, world.now).to, newest_version());
        EXPECT_EQ(rows_in(*db, &before), before);
        return cut;
      },
      [](std::uint64_t nth) { return nth + 1 + nth % 3; });
  EXPECT_GT(met, 50U);
  EXPECT_GT(copies, 20U);
}

TEST(EarlierVersions, ACopyIsKeptForAWeek) {
  World world;
  world.disk.make_dirs("/data");
  const auto path = std::string("/data/state.db");
  const auto db = io::open_sqlite(path, io::DbMode::read_write, world.vfs.name().c_str());
  make_as_of(3, *db, world.disk, path, world.now);
  const auto copy = migrate(*db, world.disk, path, world.now).copy;
  ASSERT_TRUE(world.disk.exists(copy));
  migrate(*db, world.disk, path, world.now + 6 * 24h);
  EXPECT_TRUE(world.disk.exists(copy));
  migrate(*db, world.disk, path, world.now + 8 * 24h);
  EXPECT_FALSE(world.disk.exists(copy));
  EXPECT_TRUE(world.disk.exists(path));
}

INSTANTIATE_TEST_SUITE_P(Every, EarlierVersion, testing::Range(1, newest_version() + 1));

}  // namespace
}  // namespace xj::collector

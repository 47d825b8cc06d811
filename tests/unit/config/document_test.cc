#include "config/document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace xj::config {
namespace {

std::string problems_of(std::string_view yaml, const Limits& limits = {}) {
  Problems problems;
  (void)parse_document(yaml, "x.yaml", problems, limits);
  return render(problems, Lang::en);
}

TEST(Document, KeepsOrderAndThePlaceOfEveryKeyAndValue) {
  Problems problems;
  const auto d = parse_document("b: 1\na:\n  - x\n  - {名称: 甲, k: v}\n", "x.yaml", problems);
  ASSERT_TRUE(problems.empty()) << render(problems, Lang::en);
  ASSERT_TRUE(d.readable);
  ASSERT_EQ(d.root.entries.size(), 2U);
  EXPECT_EQ(d.root.entries[0].key, "b");
  EXPECT_EQ(d.root.entries[0].value.text, "1");
  EXPECT_EQ(d.place(d.root.entries[0].value), (Place{"x.yaml", 1, 4}));
  const auto& list = d.root.entries[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(d.place(list.items[0]), (Place{"x.yaml", 3, 5}));
  const auto& map = list.items[1];
  ASSERT_EQ(map.entries.size(), 2U);
  EXPECT_EQ(map.entries[0].key, "名称");
  // Columns count characters: "  - {名称: 甲, k: v}" has k at the 13th.
  EXPECT_EQ(map.entries[0].value.column, 10);
  EXPECT_EQ(map.entries[1].column, 13);
  EXPECT_EQ(d.root.find("b"), &d.root.entries[0].value);
  EXPECT_EQ(d.root.find("c"), nullptr);
}

TEST(Document, NullIsOnlyWhatIsNotQuoted) {
  Problems problems;
  const auto d = parse_document("a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\n", "x", problems);
  using K = Node::Kind;
  EXPECT_EQ(d.root.find("a")->kind, K::null);
  EXPECT_EQ(d.root.find("b")->kind, K::null);
  EXPECT_EQ(d.root.find("c")->kind, K::null);
  EXPECT_EQ(d.root.find("d")->kind, K::scalar);
  EXPECT_EQ(d.root.find("e")->text, "null");
}

TEST(Document, EmptyFileIsAnEmptyMapToItsReader) {
  Problems problems;
  EXPECT_TRUE(parse_document("", "x", problems).readable);
  EXPECT_TRUE(parse_document("# nothing\n", "x", problems).readable);
  EXPECT_TRUE(problems.empty());
}

TEST(Document, DuplicateKeysAreProblemsAndTheFirstHolds) {
  Problems problems;
  const auto d = parse_document("a: 1\nb: {c: 1, c: 2}\na: {deep: [1]}\n", "x.yaml", problems);
  EXPECT_EQ(render(problems, Lang::en),
            "x.yaml:2:11: \"c\" was given before, in line 2; a key stands once in its map\n"
            "x.yaml:3:1: \"a\" was given before, in line 1; a key stands once in its map\n");
  EXPECT_TRUE(d.readable);
  EXPECT_EQ(d.root.find("a")->text, "1");
  EXPECT_EQ(d.root.entries.size(), 2U);
}

TEST(Document, AnchorsAliasesAndTagsAreRefused) {
  EXPECT_EQ(problems_of("a: &x [1]\nb: *x\nc: !!str 1\n"),
            "x.yaml:1:4: anchors (&name) are not read; write the value where it is needed\n"
            "x.yaml:2:4: aliases (*name) are not read; write the value out\n"
            "x.yaml:3:4: tags such as \"tag:yaml.org,2002:str\" are not read; write the value without it\n");
  // The classic bomb is refused by its anchors, and its tree stays small.
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i)
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";
  Problems problems;
  (void)parse_document(bomb, "x", problems);
  EXPECT_TRUE(has_errors(problems));
}

TEST(Document, BytesThatAreNoTextAreNamedWithTheirPlace) {
  EXPECT_EQ(problems_of("a: 好\nb: \xC3\x28\n"), "x.yaml:2:4: not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(problems_of("\xFF\xFE a"), "x.yaml:1:1: not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(problems_of(std::string_view("a: \0", 4)),
            "x.yaml:1:4: a control character; expected text, line breaks and spaces\n");
  EXPECT_EQ(problems_of("\xED\xA0\x80"), "x.yaml:1:1: not UTF-8; save the file as UTF-8\n");
  EXPECT_EQ(problems_of("\xEF\xBB\xBFkey: value\n"), "");
}

TEST(Document, LimitsHold) {
  EXPECT_EQ(
      problems_of(std::string(100, '[') + std::string(100, ']'), {.bytes = 1000, .nodes = 1000, .depth = 10}),
      "x.yaml:1:11: nested deeper than 10 levels\n");
  EXPECT_EQ(problems_of("[1,2,3,4]", {.bytes = 100, .nodes = 3, .depth = 4}),
            "x.yaml:1:6: more than 3 values, the most that is read\n");
  EXPECT_EQ(problems_of("12345", {.bytes = 4}), "x.yaml: larger than 4 bytes, the most that is read\n");
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += std::string(static_cast<std::size_t>(i % 300), ' ') + "- ";
  EXPECT_NE(problems_of(deep), "");
}

TEST(Document, GrammarFaultsSayWhatToDo) {
  EXPECT_NE(problems_of("a: 1\n\tb: 2\n"), "");
  EXPECT_EQ(problems_of("a: \"open\n"), "x.yaml:1:1: a quotation mark after this is not closed\n");
  EXPECT_EQ(problems_of("b: 1\na: 'open\nc: 1\nd: 2\n"),
            "x.yaml:2:1: a quotation mark after this is not closed\n");
  EXPECT_EQ(problems_of("a: 'open"), "x.yaml:1:1: a quotation mark after this is not closed\n");
  EXPECT_EQ(problems_of("a: [1, 2\n"), "x.yaml:2:1: a \"[\" without its \"]\", or a comma missing between\n");
  EXPECT_EQ(problems_of("a: b: c\n"),
            "x.yaml:1:5: a colon where no value can begin; put texts with a colon in quotes\n");
  EXPECT_EQ(problems_of("a: 1\n---\nb: 2\n"),
            "x.yaml:2:1: a second document begins here; a file holds one\n");
  EXPECT_EQ(problems_of("? [1]\n: 2\n"), "x.yaml:1:3: a key must be one text\n");
}

TEST(Document, CanonicalReadsBackAsTheSameTreeWhateverTheLayout) {
  Problems problems;
  const auto a = parse_document("z: 1 # note\na:\n  - 'it''s'\n  - |\n    two\n    lines\nn:\nt: \"true\"\n",
                                "a", problems);
  const auto b = parse_document("{z: '1', a: [it's, \"two\\nlines\\n\"], n: ~, t: true}", "b", problems);
  ASSERT_TRUE(problems.empty()) << render(problems, Lang::en);
  EXPECT_EQ(canonical(a.root), canonical(b.root));
  EXPECT_EQ(canonical(a.root), R"({"z": "1","a": ["it's","two\u000alines\u000a"],"n": null,"t": "true"})");
  const auto again = parse_document(canonical(a.root), "c", problems);
  EXPECT_TRUE(problems.empty()) << render(problems, Lang::en);
  EXPECT_EQ(canonical(again.root), canonical(a.root));
  const auto other = parse_document("{a: [it's, \"two\\nlines\\n\"], z: 1, n: ~, t: true}", "d", problems);
  EXPECT_NE(canonical(other.root), canonical(a.root)) << "the order of keys can mean something";
}

TEST(Document, MissingFileIsAProblemAtTheFile) {
  Problems problems;
  const auto d = load_document("/nowhere/at/all.yaml", problems);
  EXPECT_FALSE(d.readable);
  EXPECT_EQ(render(problems, Lang::en),
            "/nowhere/at/all.yaml: cannot be read; expected a file this user may read\n");
}

}  // namespace
}  // namespace xj::config

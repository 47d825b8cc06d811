// Writes the seeds of the fuzz targets whose input our own encoders make, or stands in the tree already.
// usage: fuzz_seeds DIR, which gets a folder for each target. Seeds written by hand are in
// tests/fuzz/corpus/<target>/; `./run fuzz` uses both. Fails when a seed is not what it is meant to be: a
// seed that is refused at its first byte is none.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "checks/probe_protocol.h"
#include "collector/history/chunk.h"
#include "collector/history/manifest.h"
#include "collector/history/summary.h"
#include "collector/ingest/journal_record.h"
#include "collector/memory.h"
#include "collector/safety/backup.h"
#include "collector/store/seal.h"
#include "core/bytes.h"
#include "core/fault.h"
#include "core/io/record_log.h"
#include "core/wire.h"
#include "core/wire_plain.h"
#include "tests/fakes/event_samples.h"
#include "tests/fakes/places.h"
#include "tests/fakes/power_cut_fs.h"
#include "tests/fakes/sample_batch.h"

namespace {

using namespace xj;

const Timestamp kAt = from_ms(1'795'000'000'000);

class Seeds {
 public:
  explicit Seeds(std::filesystem::path dir) : dir_(std::move(dir)) {}

  void write(const std::string& target, std::string_view bytes) {
    std::filesystem::create_directories(dir_ / target);
    std::ofstream out(dir_ / target / ("seed-" + std::to_string(++count_)), std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw Fault("cannot write a seed of " + target);
  }
  // A file of the tree; `first` stands before it where the target chooses by its first byte.
  void copy(const std::string& target, const std::filesystem::path& file, std::string first = {}) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw Fault("cannot read " + file.string());
    write(target, first + text.str());
  }
  std::size_t count() const { return count_; }

 private:
  std::filesystem::path dir_;
  std::size_t count_ = 0;
};

void must(bool good, const char* what) {
  if (!good) throw Fault(std::string("a seed is refused by what reads it: ") + what);
}

// Without a text that has something escaped in it, and with two results alike, as an agent's rounds are.
wire::Batch plain_batch(wire::Batch batch) {
  for (auto& result : batch.results) {
    result.msg = {"some.id", {{"name", "巡检"}}};
    for (auto& item : result.items) item.msg = Message::literal("plain");
    for (auto& row : result.rows) row.assign(row.size(), "plain");
  }
  batch.results.push_back(batch.results.back());
  ++batch.results.back().n;
  return batch;
}

void wire_seeds(Seeds& seeds) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const auto batch = fakes::random_batch(seed, seed);
    const auto text = wire::encode(batch);
    must(std::holds_alternative<wire::DecodedBatch>(wire::decode_batch(text)), "batch");
    seeds.write("wire", '\0' + text);
    const auto plain = wire::encode(plain_batch(batch));
    must(wire::read_plain(plain).has_value(), "plain batch");
    seeds.write("wire", '\0' + plain);
    seeds.write("wire", '\1' + wire::encode(batch.results.front()));
    seeds.write("wire", '\4' + wire::deflate(text));
    collector::BatchRecord record{"web-01", kAt, Duration{1'000}, {{1, 3}, {5, 5}}, seed % 2 == 0, {}};
    const auto body = record.zstd ? wire::deflate(text) : text;
    record.body = body;
    const auto bytes = collector::encode_head(record) + body;
    must(std::holds_alternative<collector::BatchRecord>(collector::decode_record(bytes)), "journal record");
    seeds.write("journal_record", bytes);
    const auto counted =
        collector::encode_head(collector::CountedRecord{"web-01", kAt, 40, {{Duration{60'000}, 20}}, {}}) +
        text;
    must(std::holds_alternative<collector::CountedRecord>(collector::decode_record(counted)),
         "counted record");
    seeds.write("journal_record", counted);
    seeds.write("json", text);
  }
  wire::Answer answer;
  answer.accepted = {{1, 4}, {7, 9}};
  answer.refused.push_back({5, "conflict", "other content"});
  answer.have = 9;
  answer.now = kAt;
  answer.config = "0123abcd";
  const auto said = wire::encode(answer);
  must(std::holds_alternative<wire::Answer>(wire::decode_answer(said)), "answer");
  seeds.write("wire", '\2' + said);
  seeds.write("journal_record", collector::encode(collector::TickRecord{kAt, kAt - Duration{60'000}}));
}

void segment_seeds(Seeds& seeds) {
  fakes::SampleMaker make(5);
  std::string block;
  for (const auto* agent : {"web-01", "web-02"}) {
    collector::Chunk chunk;
    for (int row = 0; row < 9; ++row)
      chunk.add(kAt + Duration{row * 1'000LL}, make.state(), make.message(), {{"v", std::int64_t{row}}});
    std::string bytes;
    chunk.encode(bytes);
    put_text(block, collector::series_key({agent, "c/s/disk", "/"}));
    put_text(block, bytes);
  }
  // The target packs what follows its first byte: as a block, or as the index of a block there is.
  seeds.write("history_segment", '\2' + block);
  std::string index;
  put_varint(index, 1);
  put_text(index, collector::series_key({"web-01", "c", ""}));
  for (const std::uint64_t n : {16, 10, 20}) put_varint(index, n);
  put_fixed(index, std::uint32_t{0});
  seeds.write("history_segment", '\3' + index);
  seeds.write("history_segment", std::string("\1\x20\0over it", 10));
  fakes::PowerCutFs fs;
  fs.make_dirs("/h");
  collector::SegmentWriter writer(fs, "/h/f", collector::utc_day(kAt));
  collector::Chunk chunk;
  chunk.add(kAt, State::ok, {}, {{"v", std::int64_t{1}}});
  writer.add({"web-01", "c", ""}, chunk);
  (void)writer.finish();
  seeds.write("history_segment", '\0' + io::read_whole(fs, "/h/f"));
}

void store_seeds(Seeds& seeds) {
  fakes::SampleMaker make(7);
  for (int rows : {1, 3, 40}) {
    collector::Chunk chunk;
    for (int row = 0; row < rows; ++row)
      chunk.add(kAt + Duration{row * 60'000LL}, make.state(), make.message(),
                rows == 3 ? make.metrics(5)
                          : std::vector<Metric>{{"used", std::int64_t{row}}, {"load", 0.25 * row}});
    std::string bytes;
    chunk.encode(bytes);
    seeds.write("chunk", bytes);
    const auto day = to_ms(kAt) / 86'400'000;
    collector::Summariser summariser(day);
    summariser.add(chunk);
    const auto hours = summariser.take();
    must(hours && !hours->empty(), "hours");
    for (const bool of_sketches : {false, true}) {
      bytes.clear();
      of_sketches ? collector::encode_sketches(*hours, bytes) : collector::encode_hours(hours, bytes);
      seeds.write("summary", (of_sketches ? '\1' : '\0') + bytes);
    }
  }
  for (const bool some : {false, true}) {
    collector::BackupList list{kAt, "1", {}};
    if (some) list.files = {{"pki/ca.key", 3, "00"}, {"state.db", 4'096, "ff"}};
    const auto whole = collector::encode(list);
    (void)collector::decode_backup_list(whole);
    // The target adds the checksum to what it stands behind.
    seeds.write("backup_list", whole.substr(0, whole.rfind(",\"sha256\"")) + "}");
  }
  const collector::Seal seal{2 * collector::kSealBlock + 9, {1, 2, 3}};
  must(collector::decode_seal(collector::encode(seal)) == seal, "seal");
  seeds.write("state_seal", std::string_view(collector::encode(seal)).substr(12));  // as of the snapshot
  collector::Manifest manifest;
  manifest.position = 4'711;
  manifest.next = 3;
  for (const bool sealed : {false, true}) {
    seeds.write("history_manifest", collector::encode(manifest));
    manifest.files.push_back({"2026-11-20-00000001.xjh", 20'777, sealed, kAt, {206, 2, 4, 1}});
  }
  seeds.write("history_manifest", collector::encode(manifest));
  manifest.summaries.push_back(
      {"2026-11-20-00000002.xjs", "2026-11-20-00000001.xjh", 20'777, {300, 2, 4, 24}});
  seeds.write("history_manifest", collector::encode(manifest));
  segment_seeds(seeds);
  collector::Memory memory;
  for (int agents = 0; agents < 2; ++agents) {
    const auto whole = collector::encode_snapshot(memory);
    (void)collector::decode_snapshot(whole);
    seeds.write("snapshot", std::string_view(whole).substr(12));  // the target adds magic and checksum
    memory.position = 4'711;
    auto& agent = memory.agents["web-01"];
    agent.last_batch = kAt;
    agent.config = "0123abcd";
    auto& check = memory.check(agent, "office/oa/disk");
    if (check.items.empty()) check.items.add(std::make_unique<collector::NamedItem>("/var"));
    check.latest_slot = check.received = kAt;
  }
  fakes::PowerCutFs fs;
  io::RecordLog log(fs, "/log", {.segment_bytes = 512, .max_record = 4096, .spare_segments = 1});
  for (const auto* text : {"one", "two", "", "three", "a record that is a little longer"}) log.append(text);
  log.sync();
  seeds.write("record_log", std::string(3, '\0') + io::read_whole(fs, "/log/00000000000000000001.log"));
  seeds.write("record_log", std::string("\1\x20\0over it", 10));
}

void text_seeds(Seeds& seeds) {
  domain::samples::walk([&](const domain::Payload& p) {
    const auto text = domain::encode(domain::samples::event(p));
    must(std::holds_alternative<domain::Event>(domain::decode_event(text)), "event");
    seeds.write("event_json", text);
  });
  checks::ProbeRequest request{"http", {}, Duration{5'000}, {{"", "time_ms", State::warning}}};
  must(std::holds_alternative<checks::ProbeRequest>(checks::decode_request(checks::encode(request))),
       "probe");
  seeds.write("probe_protocol", checks::encode(request));
  fakes::SampleMaker make(11);
  for (int i = 0; i < 3; ++i) {
    checks::ProbeAnswer answer;
    answer.outcome.state = make.state();
    answer.outcome.msg = make.message();
    answer.outcome.metrics = make.metrics(4);
    seeds.write("probe_protocol", checks::encode(answer));
  }

  const std::filesystem::path tree = source_dir();
  for (const auto* file : {"config/examples/agent.yaml", "config/examples/collector.yaml",
                           "config/examples/contracts/office-oa/contract.yaml"})
    seeds.copy("config_document", tree / file);
  seeds.copy("holidays", tree / "config/examples/calendar-cn.csv");
  const auto form = tree / "reports/forms/software-inspection";
  seeds.copy("template", form / "form.xhtml", std::string(1, '\0'));
  seeds.copy("template", form / "style.css", "\1");
  seeds.copy("template", form / "manifest.json", "\2");
  for (const auto* host : {"debian12-vm", "centos6-physical"})
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(tree / "tests/fixtures/host" / host / "proc"))
      if (entry.is_regular_file()) seeds.copy("procfs", entry.path());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: fuzz_seeds DIR\n"), 2;
  try {
    Seeds seeds(argv[1]);
    wire_seeds(seeds);
    store_seeds(seeds);
    text_seeds(seeds);
    std::printf("%zu seeds\n", seeds.count());
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}

#pragma once
// A collector's folder on the real disk, made by the real pipeline and left behind as after an orderly stop
// or as after kill -9.
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "collector/safety/check.h"
#include "collector/store/migrate.h"
#include "collector/store/seal.h"
#include "core/io/pki.h"
#include "tests/unit/collector/world.h"

namespace xj::collector {

class DataFolder {
 public:
  DataFolder() {
    auto name = (std::filesystem::temp_directory_path() / "xj-folder-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Fault("mkdtemp");
    root = name;
    dir = root + "/data";
    std::filesystem::create_directory(dir);
  }
  ~DataFolder() {
    crash();
    std::error_code ignored;
    std::filesystem::remove_all(root, ignored);
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  // Named by the hash of its content, as those that are read from files are.
  static std::shared_ptr<domain::Contract> contract() {
    auto contract = World::contract();
    contract->tree = "a contract";
    contract->revision = io::sha256_hex(contract->tree);
    return contract;
  }

  void start(const std::string& where = {}) {
    const auto at = where.empty() ? dir : where;
    unseal_state(fs, at);
    db = io::open_sqlite(at + "/state.db");
    migrate(*db, fs, at + "/state.db", now);
    pipeline =
        std::make_unique<Pipeline>(fs, *db, at, std::vector<domain::ContractPtr>{contract()}, now, options);
  }
  void crash() {
    pipeline.reset();
    db.reset();
  }
  void stop() {
    pipeline->save(now);
    crash();
    seal_state(fs, dir);
  }

  // `rounds` minutes of two hosts; the third of them begins a case on web1.
  void live(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      now += std::chrono::minutes{1};
      for (const auto* agent : {"web1", "web2"}) {
        std::vector<Result> results;
        for (const auto& check : {World::kHttp, World::kLogin}) {
          ++sent;
          const bool bad = !all_well && sent > 20 && check == World::kLogin;
          results.push_back(World::result(sent, check, now, bad ? State::critical : State::ok));
        }
        wire::Batch batch;
        batch.epoch = std::string("e-") + agent;
        batch.results = std::move(results);
        batch.sent = now;
        std::vector<Submission> list;
        list.push_back(World::submission(agent, batch));
        (void)pipeline->take(std::move(list), now);
        pipeline->apply(now);
      }
      pipeline->tick(now);
    }
  }

  std::string read(const std::string& name) const {
    std::ifstream in(dir + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(dir + "/" + name, std::ios::binary | std::ios::trunc) << bytes;
  }
  void flip(const std::string& name, std::size_t at, int bit) const {
    std::fstream file(dir + "/" + name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ (1 << bit));
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
  std::vector<std::string> names(const std::string& below) {
    std::vector<std::string> out;
    for (const auto& name : fs.list(dir + "/" + below)) out.push_back(below + "/" + name);
    return out;
  }

  CheckOptions check_options() const {
    CheckOptions checks;
    checks.read_contract = [](const std::string& revision, const std::string&) {
      auto kept = contract();
      return kept->revision == revision ? kept : nullptr;
    };
    return checks;
  }
  Checked check(const std::string& where = {}) {
    return check_folder(fs, where.empty() ? dir : where, check_options());
  }

  std::string root, dir;
  io::PosixFileSystem fs;
  PipelineOptions options = World::small();
  Timestamp now = domain::fixture::kT0;
  std::uint64_t sent = 0;
  bool all_well = false;  // no case ever: state.db stays where it was made
  std::unique_ptr<io::Db> db;
  std::unique_ptr<Pipeline> pipeline;
};

inline std::string told(const Findings& findings) {
  std::string out;
  for (const auto& f : findings)
    out += f.file + " @" + std::to_string(f.offset) + " " + f.row + ": " + render(f.what, Lang::en) + " | " +
           render(f.mend, Lang::en) + "\n";
  return out;
}

}  // namespace xj::collector

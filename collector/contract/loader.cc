#include "collector/contract/loader.h"

#include <algorithm>
#include <filesystem>

#include "collector/contract/digest.h"
#include "collector/contract/reading.h"
#include "collector/domain/numbering.h"
#include "config/document.h"

namespace xj::collector {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

domain::ContractPtr from_document(const config::Document& document, const LoadOptions& options,
                                  Problems& problems, std::set<std::string>* asked) {
  Problems own;
  config::ReadContext context{document.file, own, asked};
  ContractReading reading(context, options);
  config::read_top(document, context, [&](config::MapReader& top) { reading.read(top); });
  auto& contract = reading.contract();
  contract.tree = config::canonical(document.root);
  contract.revision = sha256_hex(contract.tree);
  const bool good = document.readable && !has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  return good ? std::make_shared<const domain::Contract>(std::move(contract)) : nullptr;
}

}  // namespace

void ContractReading::read(config::MapReader& top) {
  read_head(top["contract"].required());
  read_calendars(top["calendars"]);
  read_people(top["people"]);
  read_roles(top["roles"]);
  read_systems(top["systems"].required());
  read_kinds(top["kinds"].required());
  read_routes(top["routes"]);
  read_storm(top["storm"]);
  read_rounds(top["rounds"]);
  read_key_periods(top["key_periods"]);
  read_maintenance(top["maintenance"]);
  read_dependencies(top["dependencies"]);
  read_obligations(top["obligations"]);
  read_indicators(top["indicators"]);
  read_prices(top["prices"]);
  read_payments(top["payments"]);
  read_deductions(top["deductions"]);
  top["notes"].list([&](const Value& v) {
    v.map([&](Map& m) {
      domain::Note note;
      title(m["text"].required(), note.text);
      note.refs = refs(m);
      contract_.notes.push_back(std::move(note));
    });
  });
  finish_calendars();
  for (const auto& check : later_) check();
}

bool ContractReading::title(const Value& value, domain::Title& into) {
  if (!value.given()) return false;
  if (value.node()->kind != config::Node::Kind::map) return value.text(into.zh);
  return value.map([&](Map& m) {
    m["zh"].required().text(into.zh);
    m["en"].text(into.en);
  });
}

void ContractReading::number(const Value& value, std::string& into) {
  if (!value.text(into)) return;
  if (auto wrong = domain::check_number_pattern(into); !wrong.empty()) value.problem(std::move(wrong));
}

std::vector<std::string> ContractReading::refs(Map& map) {
  std::vector<std::string> out;
  map["ref"].texts(out);
  return out;
}

void ContractReading::unknown(const Value& value, const std::string& id, const std::string& what,
                              const std::vector<std::string>& names) {
  if (const auto near = did_you_mean(id, names); !near.empty())
    value.problem({"config.contract.unknown_near",
                   {{"name", value.name()}, {"value", id}, {"what", what}, {"near", near}}});
  else
    value.problem({"config.contract.unknown",
                   {{"name", value.name()},
                    {"value", id},
                    {"what", what},
                    {"known", names.empty() ? "@config.contract.none" : joined(names)}}});
}

void ContractReading::must_be_known(const Value& value, std::string id, std::string_view what, Names known) {
  later_.push_back([value, id = std::move(id), what = "@" + std::string(what), known = std::move(known)] {
    const auto names = known();
    if (std::find(names.begin(), names.end(), id) == names.end()) unknown(value, id, what, names);
  });
}

std::vector<std::string> ContractReading::references(const Value& list, std::string_view what, Names known) {
  std::vector<std::string> out;
  list.list([&](const Value& v) {
    std::string id;
    if (!v.text(id)) return;
    if (std::find(out.begin(), out.end(), id) != out.end()) {
      v.problem({"config.repeated", {{"name", v.name()}, {"value", id}}});
      return;
    }
    must_be_known(v, id, what, known);
    out.push_back(std::move(id));
  });
  return out;
}

std::string ContractReading::reference(const Value& value, std::string_view what, Names known) {
  std::string id;
  if (value.text(id)) must_be_known(value, id, what, std::move(known));
  return id;
}

ContractReading::Names ContractReading::role_ids() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& [id, role] : contract_.roles) out.push_back(id);
    return out;
  };
}
ContractReading::Names ContractReading::calendar_ids() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& [id, calendar] : contract_.calendars) out.push_back(id);
    return out;
  };
}
ContractReading::Names ContractReading::round_ids() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& round : contract_.rounds) out.push_back(round.id);
    return out;
  };
}
ContractReading::Names ContractReading::kind_ids() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& kind : contract_.kinds) out.push_back(kind.id);
    return out;
  };
}
ContractReading::Names ContractReading::system_ids() {
  return [this] {
    std::vector<std::string> out;
    for (const auto& system : contract_.systems) out.push_back(system.id);
    return out;
  };
}

domain::ContractPtr read_contract(std::string_view yaml, const std::string& file, const LoadOptions& options,
                                  Problems& problems, std::set<std::string>* asked) {
  Problems own;
  const auto document = config::parse_document(yaml, file, own);
  const bool parsed = !has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  auto contract = from_document(document, options, problems, asked);
  return parsed ? contract : nullptr;
}

domain::ContractPtr load_contract(const std::string& path, const LoadOptions& options, Problems& problems) {
  Problems own;
  const auto document = config::load_document(path, own);
  const bool parsed = !has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  auto with_files = options;
  with_files.rosters = true;
  auto contract = from_document(document, with_files, problems, nullptr);
  return parsed ? contract : nullptr;
}

std::vector<std::string> contract_files(const std::string& path, Problems& problems) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};  // one that is absent is told when it is read
  if (const auto own = fs::path(path) / "contract.yaml"; fs::exists(own, error)) return {own.string()};
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(path, error))
    if (const auto file = entry.path() / "contract.yaml"; fs::exists(file, error))
      out.push_back(file.string());
  std::sort(out.begin(), out.end());
  if (out.empty()) problems.push_back({{path, 0, 0}, {"config.contract.no_files", {}}});
  return out;
}

std::vector<domain::ContractPtr> load_contracts(const std::vector<std::string>& paths,
                                                const LoadOptions& options, Problems& problems) {
  Problems own;
  std::vector<domain::ContractPtr> out;
  std::map<std::string, std::string> files;
  for (const auto& path : paths)
    for (const auto& file : contract_files(path, own)) {
      auto contract = load_contract(file, options, own);
      if (contract == nullptr) continue;
      if (const auto [before, fresh] = files.emplace(contract->id, file); !fresh) {
        own.push_back(
            {{file, 0, 0}, {"config.contract.id_taken", {{"id", contract->id}, {"file", before->second}}}});
        continue;
      }
      out.push_back(std::move(contract));
    }
  const bool good = !has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  return good ? out : std::vector<domain::ContractPtr>{};
}

}  // namespace xj::collector

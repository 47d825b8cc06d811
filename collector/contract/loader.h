#pragma once
// contract.yaml → domain::Contract, proved complete: what is loaded can be computed with, what cannot is said
// with its place. docs/contract.md describes the file.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/domain/contract.h"
#include "core/fault.h"
#include "core/params.h"

namespace xj::collector {

// Adds what is wrong with a check's kind and parameters. This layer does not know the kinds; whoever does
// passes their validation in.
using KindValidator = std::function<void(std::string_view kind, const ParamMap& params, const Place& check,
                                         Problems& problems)>;

// What the contract's own file cannot tell. All borrowed for the call; what is absent is not checked.
struct LoadOptions {
  const domain::HolidayTable* holidays = nullptr;
  struct Channels {
    std::set<std::string> all;   // names in collector.yaml
    std::set<std::string> mail;  // of them, those that need an address
  };
  const Channels* channels = nullptr;
  KindValidator kinds;
  // A revision out of state.db, taken in under the rules of its time: named forms need not exist, and a host
  // may have the name that is the collector's own now.
  bool kept = false;
  bool rosters = false;  // files of rosters are read; load_contract() does
};

// Null when there is an error; warnings alone load. `asked` collects the names of all keys, for tests of the
// documentation.
domain::ContractPtr read_contract(std::string_view yaml, const std::string& file, const LoadOptions& options,
                                  Problems& problems, std::set<std::string>* asked = nullptr);
domain::ContractPtr load_contract(const std::string& path, const LoadOptions& options, Problems& problems);

// The contract files behind a path of collector.yaml: the file itself, or a folder's contract.yaml, or those
// of the folders right below, sorted. None is a problem.
std::vector<std::string> contract_files(const std::string& path, Problems& problems);
// All of them, each contract id once. Empty when there is an error.
std::vector<domain::ContractPtr> load_contracts(const std::vector<std::string>& paths,
                                                const LoadOptions& options, Problems& problems);

}  // namespace xj::collector

// Any bytes as a configuration file: never a crash, bounded work, and what can be read reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collector/contract/loader.h"
#include "config/agent_config.h"
#include "config/collector_config.h"
#include "config/document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  xj::Problems problems;
  const auto document = xj::config::parse_document(yaml, "f.yaml", problems);
  if (document.readable && problems.empty()) {
    const auto first = xj::config::canonical(document.root);
    xj::Problems none;
    const auto again = xj::config::parse_document(first, "f.json", none, {.bytes = 64u << 20});
    if (!none.empty() || xj::config::canonical(again.root) != first) std::abort();
  }
  (void)xj::config::read_agent_config(yaml, "/f/agent.yaml", problems);
  (void)xj::config::read_collector_config(yaml, "/f/collector.yaml", problems);
  xj::Problems own;
  const auto contract = xj::collector::read_contract(yaml, "/f/contract.yaml", {}, own);
  if ((contract == nullptr) != xj::has_errors(own)) std::abort();
  if (contract != nullptr) {
    own.clear();
    const auto again = xj::collector::read_contract(contract->tree, "stored", {}, own);
    if (again == nullptr || again->revision != contract->revision) std::abort();
  }
  (void)render(problems, xj::Lang::zh);
  return 0;
}

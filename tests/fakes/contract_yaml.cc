#include "tests/fakes/contract_yaml.h"

namespace xj::fakes {

std::string contract_yaml(const std::string& id, const std::string& systems) {
  return "contract:\n  id: " + id + R"(
  title: 测试合同
  parties: {client: 甲方, provider: 乙方}
  term: {from: 2026-01-01, to: 2036-12-31}
  zone: Asia/Shanghai
people:
  one: {name: 某人, mail: one@example.invalid}
roles:
  duty: {title: 值班, people: [one]}
kinds:
  incident:
    title: 事件
    opened_by: checks
    number: "INC-{yymmdd}-{nn}"
    grades:
      I: {title: 一级, when: [{text: 全部}]}
    clocks:
      resolve: {title: 处置, limit: 100h, calendar: 7x24, start: detected, stop: recovered, to: duty}
systems:
)" + systems;
}

}  // namespace xj::fakes

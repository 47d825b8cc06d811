#include "checks/network.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "checks/measure.h"
#include "checks/scan.h"
#include "checks/thresholds.h"
#include "core/glob.h"

namespace xj::checks {

void parse_net_dev(std::string_view text, std::vector<NetLine>& into) {
  into.clear();
  Scanner lines(text);
  while (!lines.done() && into.size() < kMaxInterfaces) {
    const auto whole = lines.line();
    // A name may hold a colon (aliases); the numbers never do.
    const auto colon = whole.rfind(':');
    if (colon == std::string_view::npos) continue;
    auto name = whole.substr(0, colon);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    if (name.empty() || name.size() > 64) continue;
    Scanner s(whole.substr(colon + 1));
    std::uint64_t skip = 0;
    NetLine line{name, {}};
    auto& c = line.counters;
    if (s.number(c.rx_bytes) && s.number(c.rx_packets) && s.number(c.rx_errors) && s.number(c.rx_drops) &&
        s.number(skip) && s.number(skip) && s.number(skip) && s.number(skip) && s.number(c.tx_bytes) &&
        s.number(c.tx_packets) && s.number(c.tx_errors) && s.number(c.tx_drops))
      into.push_back(line);
  }
}

namespace {

constexpr ParamSpec kParams[] = {
    {"include", ParamType::text_list, "", "checks.param.interface_include"},
    {"exclude", ParamType::text_list,
     "lo, veth*, docker*, br-*, virbr*, vnet*, tap*, cali*, cni*, flannel*, ifb*, dummy*, kube-*, "
     "nodelocaldns",
     "checks.param.interface_exclude"},
    {"up", ParamType::text_list, "", "checks.param.interface_up"},
    {"util_warn", ParamType::percent, "85%", "checks.param.net_util_warn"},
    {"util_crit", ParamType::percent, "95%", "checks.param.net_util_crit"},
    {"clear", ParamType::percent, "5%", "checks.param.clear_util"},
    {"errors_warn", ParamType::number, "1", "checks.param.errors_warn"},
    {"errors_crit", ParamType::number, "", "checks.param.errors_crit"},
    {"drops_warn", ParamType::number, "", "checks.param.drops_warn"},
    {"drops_crit", ParamType::number, "", "checks.param.drops_crit"},
};

struct Limits {
  explicit Limits(const Params& p)
      : util(percent_threshold(p, "util_warn", "util_crit", "clear", "checks.what.bandwidth")),
        errors(number_threshold(p, "errors_warn", "errors_crit", "", "checks.what.errors", Unit::per_s)),
        drops(number_threshold(p, "drops_warn", "drops_crit", "", "checks.what.drops", Unit::per_s)) {
    for (auto* t : {&errors, &drops})
      if (t->warn) t->clear = *t->warn / 10;
  }
  Threshold util, errors, drops;
};

// An interface between two runs.
struct Interface {
  std::string name;
  NetCounters counters;
  bool wanted = false;
  bool must_be_up = false;
  bool sampled = false;
  bool seen = false;
  bool link_up = true;
  std::uint64_t megabits = 0;  // 0: unknown
};

class Network final : public Check {
 public:
  Network(const Params& params, const Environment& environment)
      : limits_(params),
        include_(params.text_list("include")),
        exclude_(params.text_list("exclude")),
        up_(params.text_list("up")),
        class_(environment.host.sys("class/net/")),
        file_(environment.host.proc("net/dev")) {}

  CheckOutcome run(const RunContext& context) override {
    const auto text = file_.read();
    if (!text) return unreadable(file_.path(), file_.error_number());
    parse_net_dev(*text, lines_);
    const double seconds = static_cast<double>((context.mono - at_).count()) / 1000.0;
    const bool first = !sampled_ || seconds <= 0;
    CheckOutcome out;
    for (auto& known : interfaces_) known.seen = false;
    std::size_t index = 0;
    for (const auto& line : lines_) {
      auto& interface = at(line.name, index++);
      interface.seen = true;
      if (!interface.wanted) continue;
      read_link(interface);
      if (!first) report(interface, line.counters, seconds, out);
      interface.counters = line.counters;
      interface.sampled = true;
    }
    std::erase_if(interfaces_, [](const Interface& i) { return !i.seen; });
    at_ = context.mono;
    sampled_ = true;
    if (first) return first_sample();
    report_absent(out);
    memory_.keep_only(out.items);
    summarize_items(out);
    if (out.msg.empty()) out.msg = {"checks.network.ok", {{"count", std::to_string(out.items.size())}}};
    return out;
  }

 private:
  Interface& at(std::string_view name, std::size_t guess) {
    if (guess < interfaces_.size() && interfaces_[guess].name == name) return interfaces_[guess];
    for (auto& known : interfaces_)
      if (known.name == name) return known;
    Interface fresh;
    fresh.name = name;
    fresh.must_be_up = any_glob_matches(up_, name);
    const bool included =
        include_.empty() ? !any_glob_matches(exclude_, name) : any_glob_matches(include_, name);
    fresh.wanted = included || fresh.must_be_up;
    return interfaces_.emplace_back(std::move(fresh));
  }

  void read_link(Interface& interface) {
    path_.assign(class_).append(interface.name).append("/operstate");
    char buffer[32];
    std::string_view word;
    const bool known = read_small(path_.c_str(), buffer, sizeof buffer, word);
    // "unknown" is what tunnels and many virtual devices say while they work.
    const bool up = !known || (word != "down" && word != "lowerlayerdown" && word != "notpresent");
    // The speed asks the driver and takes a lock: only when the link has changed.
    if (!interface.sampled || up != interface.link_up) {
      interface.megabits = 0;
      path_.resize(path_.size() - std::string_view("operstate").size());
      path_.append("speed");
      if (up && read_small(path_.c_str(), buffer, sizeof buffer, word)) {
        std::uint64_t speed = 0;
        // -1 and 65535 both mean "unknown".
        if (Scanner(word).number(speed) && speed < 10'000'000 && speed != 65'535) interface.megabits = speed;
      }
    }
    interface.link_up = up;
  }

  void report(const Interface& interface, const NetCounters& now, double seconds, CheckOutcome& out) {
    Item& item = out.items.emplace_back();
    item.key = interface.name;
    item.metrics.reserve(11);
    add(item.metrics, "link_up", std::uint64_t{interface.link_up});
    if (interface.megabits > 0) add(item.metrics, "speed_mbit", interface.megabits);
    if (interface.sampled) {
      const auto& before = interface.counters;
      const auto rate = [&](std::uint64_t a, std::uint64_t b) {
        return static_cast<double>(grown(a, b)) / seconds;
      };
      const double rx = rate(before.rx_bytes, now.rx_bytes), tx = rate(before.tx_bytes, now.tx_bytes);
      const double rx_errors = rate(before.rx_errors, now.rx_errors);
      const double tx_errors = rate(before.tx_errors, now.tx_errors);
      const double rx_drops = rate(before.rx_drops, now.rx_drops);
      const double tx_drops = rate(before.tx_drops, now.tx_drops);
      add(item.metrics, "rx_bytes_per_s", rx);
      add(item.metrics, "tx_bytes_per_s", tx);
      add(item.metrics, "rx_packets_per_s", rate(before.rx_packets, now.rx_packets));
      add(item.metrics, "tx_packets_per_s", rate(before.tx_packets, now.tx_packets));
      add(item.metrics, "rx_errors_per_s", rx_errors);
      add(item.metrics, "tx_errors_per_s", tx_errors);
      add(item.metrics, "rx_drops_per_s", rx_drops);
      add(item.metrics, "tx_drops_per_s", tx_drops);
      if (interface.megabits > 0) {
        const double util = share(std::max(rx, tx) * 8, static_cast<double>(interface.megabits) * 1e6);
        add(item.metrics, "util_percent", util);
        apply(limits_.util, util, memory_, item.key, item.state, item.msg);
      }
      apply(limits_.errors, rx_errors + tx_errors, memory_, item.key, item.state, item.msg);
      apply(limits_.drops, rx_drops + tx_drops, memory_, item.key, item.state, item.msg);
    }
    if (interface.must_be_up && !interface.link_up) {
      item.state = State::critical;
      item.msg = {"checks.network.down", {{"value", "down"}, {"limit", "up"}}};
    }
  }

  // A name without pattern in `up` that the host does not have is as bad as one that is down.
  void report_absent(CheckOutcome& out) const {
    for (const auto& name : up_) {
      if (name.find_first_of("*?[") != std::string::npos) continue;
      if (std::any_of(lines_.begin(), lines_.end(), [&](const NetLine& l) { return l.name == name; }))
        continue;
      Item& item = out.items.emplace_back();
      item.key = name;
      item.state = State::critical;
      item.msg = {"checks.network.absent", {{"value", "absent"}, {"limit", "up"}}};
    }
  }

  Limits limits_;
  std::vector<std::string> include_, exclude_, up_;
  std::string class_, path_;
  HostFile file_;
  std::vector<NetLine> lines_;
  std::vector<Interface> interfaces_;
  MonoTime at_{};
  bool sampled_ = false;
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.util, "util_warn", "util_crit", place, problems);
  check_order(limits.errors, "errors_warn", "errors_crit", place, problems);
  check_order(limits.drops, "drops_warn", "drops_crit", place, problems);
}

}  // namespace

CheckType network_check();
CheckType network_check() {
  return {.name = "network",
          .help_id = "checks.network.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Network>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks

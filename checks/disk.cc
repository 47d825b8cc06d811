#include <algorithm>
#include <cerrno>
#include <map>

#include "checks/measure.h"
#include "checks/mounts.h"
#include "checks/probe_client.h"
#include "checks/thresholds.h"
#include "core/glob.h"

namespace xj::checks {
namespace {

constexpr ParamSpec kParams[] = {
    {"include", ParamType::text_list, "", "checks.param.mount_include"},
    {"exclude", ParamType::text_list,
     "/var/lib/docker/*, /var/lib/containers/*, /var/lib/kubelet/*, /run/user/*",
     "checks.param.mount_exclude"},
    {"types", ParamType::text_list, "", "checks.param.mount_types"},
    {"exclude_types", ParamType::text_list, "", "checks.param.mount_exclude_types"},
    {"network", ParamType::flag, "true", "checks.param.mount_network"},
    {"warn", ParamType::percent, "85%", "checks.param.warn"},
    {"crit", ParamType::percent, "95%", "checks.param.crit"},
    {"clear", ParamType::percent, "2%", "checks.param.clear"},
    {"free_warn", ParamType::bytes, "", "checks.param.free_warn"},
    {"free_crit", ParamType::bytes, "", "checks.param.free_crit"},
    {"inodes_warn", ParamType::percent, "90%", "checks.param.inodes_warn"},
    {"inodes_crit", ParamType::percent, "97%", "checks.param.inodes_crit"},
    {"read_only", ParamType::flag, "true", "checks.param.read_only"},
};

struct Limits {
  explicit Limits(const Params& p)
      : used(percent_threshold(p, "warn", "crit", "clear", "checks.what.space")),
        free(bytes_threshold(p, "free_warn", "free_crit", "checks.what.free", Unit::bytes)),
        inodes(percent_threshold(p, "inodes_warn", "inodes_crit", "clear", "checks.what.inodes")) {
    free.above = false;
    if (free.warn) free.clear = *free.warn / 20;
  }
  Threshold used, free, inodes;
};

// The worker's words for an item that it could not see are passed on; its metrics are statvfs's numbers.
SpaceAnswer space_of(const CheckOutcome& outcome) {
  SpaceAnswer answer;
  for (const auto& m : outcome.metrics) {
    const auto value = static_cast<std::uint64_t>(std::max(0.0, as_double(m.value)));
    if (m.name == "errno") answer.error = static_cast<int>(value);
    if (m.name == "total_bytes") answer.space.total_bytes = value;
    if (m.name == "free_bytes") answer.space.free_bytes = value;
    if (m.name == "available_bytes") answer.space.available_bytes = value;
    if (m.name == "total_inodes") answer.space.total_inodes = value;
    if (m.name == "free_inodes") answer.space.free_inodes = value;
  }
  return answer;
}

class Disk final : public Check {
 public:
  Disk(const Params& params, const Environment& environment)
      : limits_(params),
        read_only_matters_(params.flag("read_only")),
        environment_(environment),
        file_(environment.host.proc("self/mountinfo")) {
    filter_.include = params.text_list("include");
    filter_.exclude = params.text_list("exclude");
    filter_.types = params.text_list("types");
    filter_.exclude_types = params.text_list("exclude_types");
    filter_.network = params.flag("network");
  }

  CheckOutcome run(const RunContext& context) override {
    if (!waiting_) {
      const auto text = file_.read();
      if (!text) return unreadable(file_.path(), file_.error_number());
      // Mounts hardly ever change; comparing the text is cheaper than reading it again.
      if (*text != seen_) {
        seen_ = *text;
        choose(parse_mountinfo(seen_));
      }
      ask_workers(context);
      started_ = context.mono;
    }
    if (collect_answers(context)) {
      CheckOutcome again;
      again.msg = {"checks.disk.waiting", {}};
      again.again = context.mono - started_ < Duration{200} ? Duration{10} : Duration{100};
      waiting_ = true;
      return again;
    }
    waiting_ = false;
    return judge_all();
  }

 private:
  struct Remote {
    std::unique_ptr<ProbeCall> call;
    std::optional<ProbeAnswer> answer;
    bool stuck = false;  // killed at its deadline, and still in the kernel
  };

  void choose(const std::vector<Mount>& all) {
    mounts_ = select_mounts(all, filter_);
    const auto mounted = [&all](std::string_view point) {
      return std::any_of(all.begin(), all.end(), [point](const Mount& m) { return m.point == point; });
    };
    // In a chroot the root is no mount point, and yet where everything is.
    const bool root_asked = any_glob_matches(filter_.include, "/");
    const bool all_asked = mounts_.empty() && filter_.include.empty() && filter_.types.empty();
    if (!mounted("/") && !any_glob_matches(filter_.exclude, "/") && (root_asked || all_asked)) {
      Mount root;
      root.point = "/";
      mounts_.push_back(std::move(root));
    }
    absent_.clear();
    for (const auto& point : filter_.include)
      if (point != "/" && point.find_first_of("*?[") == std::string::npos && !mounted(point))
        absent_.push_back(point);
  }

  void ask_workers(const RunContext& context) {
    for (const auto& mount : mounts_) {
      if (!is_network_type(mount.type)) continue;
      auto& remote = remotes_[mount.point];
      // Never a second look at what the first still hangs in.
      if (remote.stuck) {
        if (!remote.call->gone()) continue;
        remote = {};
      }
      remote.answer.reset();
      ProbeRequest request;
      request.kind = "statfs";
      request.params["path"].texts = {environment_.host.root + mount.point};
      // The answer must be here before this check's own time is over.
      const auto timeout =
          context.timeout > 3 * kProbeGrace ? context.timeout - 2 * kProbeGrace : kProbeGrace;
      request.timeout = timeout;
      remote.call = std::make_unique<ProbeCall>(environment_.probe_program, request, context.mono);
    }
  }

  // True while a worker has not answered.
  bool collect_answers(const RunContext& context) {
    bool open = false;
    for (auto it = remotes_.begin(); it != remotes_.end();) {
      auto& remote = it->second;
      if (remote.call != nullptr && !remote.answer) {
        remote.answer = remote.call->poll(context.mono);
        if (remote.answer) remote.stuck = !remote.call->gone();
        open = open || !remote.answer;
      }
      const bool mounted =
          std::any_of(mounts_.begin(), mounts_.end(), [&](const Mount& m) { return m.point == it->first; });
      it = !mounted && (remote.call == nullptr || remote.call->gone()) ? remotes_.erase(it) : std::next(it);
    }
    return open;
  }

  CheckOutcome judge_all() {
    CheckOutcome out;
    out.items.reserve(mounts_.size());
    for (const auto& mount : mounts_) {
      if (!is_network_type(mount.type)) {
        judge_mount(mount, environment_.host.space(environment_.host.root + mount.point), out);
        continue;
      }
      const auto& remote = remotes_[mount.point];
      if (remote.answer && remote.answer->outcome.state == State::ok)
        judge_mount(mount, space_of(remote.answer->outcome), out);
      else
        out.items.push_back(
            {mount.point,
             State::unknown,
             remote.answer ? remote.answer->outcome.msg : Message{"checks.probe.no_answer", {}},
             {}});
    }
    for (const auto& point : absent_)
      out.items.push_back({point,
                           State::critical,
                           {"checks.disk.not_mounted", {{"value", "not mounted"}, {"limit", "mounted"}}},
                           {}});
    if (out.items.empty()) return unknown({"checks.disk.none", {{"value", "0"}, {"limit", "1"}}});
    memory_.keep_only(out.items);
    summarize_items(out);
    if (out.msg.empty()) out.msg = {"checks.disk.ok", {{"count", std::to_string(out.items.size())}}};
    return out;
  }

  void judge_mount(const Mount& mount, const SpaceAnswer& answer, CheckOutcome& out) {
    if (answer.error == ENOENT) return;  // unmounted a moment ago
    Item item;
    item.key = mount.point;
    if (answer.error != 0) {
      item.state = State::unknown;
      item.msg = {"checks.unreadable", {{"path", mount.point}, {"error", errno_text(answer.error)}}};
      out.items.push_back(std::move(item));
      return;
    }
    const auto& s = answer.space;
    if (s.total_bytes == 0) return;  // nothing that could fill up
    const auto used = grown(s.free_bytes, s.total_bytes);
    // As df: of what is for everybody, root's reserve left out.
    const double percent = share(static_cast<double>(used), static_cast<double>(used + s.available_bytes));
    item.metrics.reserve(6);
    add(item.metrics, "used_percent", percent);
    add(item.metrics, "used_bytes", used);
    add(item.metrics, "available_bytes", s.available_bytes);
    add(item.metrics, "total_bytes", s.total_bytes);
    if (!mount.super_read_only) {  // an image that is full by nature
      apply(limits_.used, percent, memory_, item.key, item.state, item.msg);
      apply(limits_.free, static_cast<double>(s.available_bytes), memory_, item.key, item.state, item.msg);
    }
    if (s.total_inodes > 0) {
      const auto used_inodes = grown(s.free_inodes, s.total_inodes);
      const double inodes = share(static_cast<double>(used_inodes), static_cast<double>(s.total_inodes));
      add(item.metrics, "inodes_used_percent", inodes);
      add(item.metrics, "inodes_free", s.free_inodes);
      if (!mount.super_read_only) apply(limits_.inodes, inodes, memory_, item.key, item.state, item.msg);
    }
    // Mounted for writing, and the file system itself refuses: what errors=remount-ro leaves behind.
    if (read_only_matters_ && mount.super_read_only && !mount.read_only) {
      item.state = State::critical;
      item.msg = {"checks.disk.turned_read_only", {{"value", "ro"}, {"limit", "rw"}}};
    }
    out.items.push_back(std::move(item));
  }

  Limits limits_;
  bool read_only_matters_;
  Environment environment_;
  MountFilter filter_;
  HostFile file_;
  std::string seen_;
  std::vector<Mount> mounts_;
  std::vector<std::string> absent_;  // asked for by name, and not there
  std::map<std::string, Remote> remotes_;
  bool waiting_ = false;
  MonoTime started_{};
  ThresholdMemory memory_;
};

void validate(const Params& params, const Place& place, Problems& problems) {
  const Limits limits(params);
  check_order(limits.used, "warn", "crit", place, problems);
  check_order(limits.free, "free_warn", "free_crit", place, problems);
  check_order(limits.inodes, "inodes_warn", "inodes_crit", place, problems);
}

}  // namespace

CheckType disk_check();
CheckType disk_check() {
  return {.name = "disk",
          .help_id = "checks.disk.help",
          .params = kParams,
          .make = [](const Params& p, const Environment& e) -> std::unique_ptr<Check> {
            return std::make_unique<Disk>(p, e);
          },
          .validate = validate};
}

}  // namespace xj::checks

#include "agent/app.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <set>

#include "agent/allow.h"
#include "agent/check_command.h"
#include "checks/subprocess.h"
#include "core/io/log.h"
#include "core/io/pki.h"
#include "core/io/sd_notify.h"

namespace xj::agent {
namespace {

constexpr Duration kSelfInterval{60'000};
constexpr Duration kCertificateLook{std::chrono::hours{1}};
constexpr std::size_t kRemembered = 64;  // ids of commands
constexpr Duration kMaxWait{60'000};

io::TlsIdentity identity_of(const config::AgentConfig& config) {
  return {config.collector.ca_file, config.collector.cert_file, config.collector.key_file, {}};
}

// The name the collector knows us by; the host's own until there is a certificate.
std::string name_of(io::FileSystem& fs, const config::AgentConfig& config) {
  try {
    return io::read_certificate(io::read_whole(fs, config.collector.cert_file, io::kMaxPem)).name;
  } catch (const Fault&) {
    char host[HOST_NAME_MAX + 1] = "";
    ::gethostname(host, sizeof host - 1);
    return host;
  }
}

// What is not ok, as one number: when it changes, the result is news.
std::uint64_t look_of(const Result& result) {
  std::uint64_t h = 14695981039346656037ULL + static_cast<std::uint64_t>(result.state);
  for (const auto& item : result.items) {
    if (item.state == State::ok) continue;
    for (const char c : item.key) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    h = (h ^ static_cast<std::uint64_t>(item.state)) * 1099511628211ULL;
  }
  return h;
}

checks::Environment environment_of(const config::AgentConfig& config) {
  checks::Environment out;
  if (config.host_root != "/") out.host.root = config.host_root;
  out.probe_program = config.probe.empty() ? find_probe_program() : config.probe;
  return out;
}

UplinkOptions uplink_options(const config::AgentConfig& config, const std::string& name) {
  return {name, config.collector.timeout, config.send.every, config.send.replay_rate};
}

}  // namespace

App::App(config::AgentConfig config, AppParts parts)
    : clock_(parts.clock), fs_(parts.fs), config_(std::move(config)), transport_(std::move(parts.transport)) {
  fs_.make_dirs(config_.state_dir);
  lock_ = std::make_unique<io::FolderLock>(config_.state_dir);
  name_ = name_of(fs_, config_);
  const auto now = clock_.now();
  const auto mono = clock_.mono();
  SpoolOptions spool;
  spool.dir = config_.spool.dir;
  spool.max_bytes = static_cast<std::uint64_t>(config_.spool.max_bytes);
  spool.max_age = config_.spool.max_age;
  spool.lazy = std::min<Duration>(config_.send.every, std::chrono::seconds{5});
  spool_ = std::make_unique<Spool>(fs_, std::move(spool), now, mono);
  if (!transport_) {
    auto https = std::make_unique<HttpsTransport>(config_.collector.url, identity_of(config_));
    https_ = https.get();
    transport_ = std::move(https);
  }
  schedule_ = std::make_unique<Schedule>(name_);
  runner_ = std::make_unique<Runner>(parts.registry, environment_of(config_), config_.limits.workers);
  uplink_ = std::make_unique<Uplink>(*spool_, *transport_, uplink_options(config_, name_));
  load_assignment();
  apply();
  watchdog_every_ = io::sd_watchdog_interval();
  look_at_certificate_ = mono;
  write_logs();
}

App::~App() = default;

void App::load_assignment() {
  const auto file = config_.state_dir + "/assignment.json";
  try {
    if (!fs_.exists(file)) return;
    auto decoded = wire::decode_assignment(io::read_whole(fs_, file, wire::kMaxBody));
    if (auto* known = std::get_if<wire::Assignment>(&decoded)) assignment_ = std::move(*known);
  } catch (const Fault& fault) {
    log::warning("the last assignment cannot be read: {}", fault.what());
  }
}

// From the assignment and the own file to what runs. The own file comes first: it can only add to itself.
void App::apply() {
  std::vector<RunnableCheck> runnable;
  std::vector<ScheduleEntry> entries;
  std::set<std::string> seen{std::string(kSelfCheck)};
  for (const auto& own : config_.checks) {
    const auto id = "local/" + own.name;
    if (!seen.insert(id).second) {
      log::warning("the check {} of {} has a name that is taken; it is left out", id, config_.file);
      continue;
    }
    runnable.push_back({id, own.kind, own.timeout, own.params, {}});
    entries.push_back({id, own.interval, own.retry});
  }
  for (const auto& assigned : assignment_.checks) {
    if (!seen.insert(assigned.id).second) continue;
    const auto refused = refusal(config_.allow, assigned);
    if (!refused.empty()) log::warning("{}: {}", assigned.id, render(refused, Lang::en));
    runnable.push_back({assigned.id, assigned.kind, assigned.timeout, assigned.params, refused});
    entries.push_back({assigned.id, assigned.interval, assigned.retry});
  }
  const auto now = clock_.now();
  for (const auto& id : runner_->set(std::move(runnable))) schedule_->finished(id, State::unknown, now);
  entries.push_back({std::string(kSelfCheck), kSelfInterval, {}});
  for (auto& entry : entries) entry.together = runner_->is_resident(entry.id);
  schedule_->set(entries, now, clock_.mono());
  for (auto it = last_look_.begin(); it != last_look_.end();)
    it = seen.contains(it->first) ? std::next(it) : last_look_.erase(it);
  uplink_->set_revision(assignment_.revision);
}

void App::reload(config::AgentConfig config) {
  // What the running parts were built on does not change under them.
  const bool rebuilt = config.state_dir != config_.state_dir || config.spool.dir != config_.spool.dir ||
                       config.spool.max_bytes != config_.spool.max_bytes ||
                       config.spool.max_age != config_.spool.max_age ||
                       config.host_root != config_.host_root || config.probe != config_.probe ||
                       config.limits.workers != config_.limits.workers;
  if (rebuilt)
    log::warning("state_dir, spool, host_root, probe and limits.workers change at the next start only");
  config.state_dir = config_.state_dir;
  config.spool = config_.spool;
  config.host_root = config_.host_root;
  config.probe = config_.probe;
  config.limits.workers = config_.limits.workers;
  config_ = std::move(config);
  if (https_ != nullptr) https_->configure(config_.collector.url, identity_of(config_));
  uplink_->set_options(uplink_options(config_, name_));
  look_at_certificate_ = clock_.mono();
  apply();
  log::info("configuration reloaded from {}", config_.file);
}

void App::turn(Duration longest, int wake_fd) {
  auto now = clock_.now();
  auto mono = clock_.mono();
  runner_->poll(polled_, now, mono);
  auto all_due = schedule_->due(now, mono);
  // To spawn a worker takes longer than to look at a number: those who only look go first.
  std::stable_partition(all_due.begin(), all_due.end(),
                        [this](const Due& due) { return runner_->is_resident(due.id); });
  for (const auto& due : all_due) {
    if (due.id == kSelfCheck) {
      self_check(due, now, mono);
    } else {
      // Each is told its own moment: one that takes long must not make the next look early.
      runner_->start(due, clock_.now(), clock_.mono());
    }
  }
  now = clock_.now();
  mono = clock_.mono();
  for (auto& finished : runner_->take_finished()) {
    self_.ran(finished.late);
    schedule_->finished(finished.id, finished.outcome.state, now);
    Result result;
    result.check = std::move(finished.id);
    result.slot = finished.slot;
    result.late = finished.late;
    result.took = finished.took;
    result.state = finished.outcome.state;
    result.msg = std::move(finished.outcome.msg);
    result.metrics = std::move(finished.outcome.metrics);
    result.items = std::move(finished.outcome.items);
    result.rows = std::move(finished.outcome.rows);
    keep(std::move(result), finished.ordered, now, mono);
  }
  spool_->tick(now, mono);
  if (mono >= look_at_certificate_) look_at_certificate(now, mono);
  uplink_->step(now, mono);
  take_uplink();
  write_logs();
  watchdog(mono);

  polled_.clear();
  if (wake_fd >= 0) polled_.push_back({wake_fd, POLLIN, 0});
  if (transport_->busy()) {
    const auto want = transport_->want();
    if (want.fd >= 0) polled_.push_back({want.fd, want.events, 0});
  }
  runner_->add_polls(polled_);
  const auto wait =
      std::clamp(next(clock_.now(), clock_.mono()) - clock_.mono(), Duration{0}, std::min(longest, kMaxWait));
  ::poll(polled_.data(), polled_.size(), static_cast<int>(wait.count()));
}

MonoTime App::next(Timestamp now, MonoTime mono) const {
  auto out = std::min({spool_->next(), uplink_->next(mono), look_at_certificate_});
  if (const auto wait = schedule_->wait(now)) out = std::min(out, mono + *wait);
  if (const auto at = runner_->next()) out = std::min(out, *at);
  if (watchdog_every_ > Duration{0}) out = std::min(out, next_watchdog_);
  return out;
}

void App::keep(Result result, bool ordered, Timestamp now, MonoTime mono) {
  const auto look = look_of(result);
  const auto [it, first] = last_look_.try_emplace(result.check, look);
  const bool news = ordered || first || it->second != look;
  it->second = look;
  spool_->append(std::move(result), now, mono, news);
  uplink_->appended(mono, news);
}

void App::self_check(const Due& due, Timestamp now, MonoTime mono) {
  SelfNumbers numbers;
  numbers.spool = spool_->status();
  numbers.uplink = uplink_->status();
  numbers.missed = schedule_->missed();
  numbers.checks = schedule_->size();
  numbers.queued = runner_->queued();
  if (certificate_until_) numbers.certificate_left = *certificate_until_ - now;
  const int before = self_.stretch();
  Result result = self_.look(numbers, {config_.limits.memory, config_.limits.cpu}, usage_now(), mono);
  if (self_.stretch() != before) {
    schedule_->stretch(self_.stretch(), now);
    log::warning("every interval is now {} times longer: {}", self_.stretch(),
                 self_.stretch() == 1 ? "normal again" : render(result.msg, Lang::en));
  }
  result.check = due.id;
  result.slot = due.slot;
  result.late = now - due.slot;
  schedule_->finished(due.id, result.state, now);
  checks::reap_strays();
  give_back_code();
  keep(std::move(result), due.ordered, now, mono);
}

void App::take_uplink() {
  if (auto assignment = uplink_->take_assignment()) {
    assignment_ = std::move(*assignment);
    log::info("assignment {}: {} checks", assignment_.revision, assignment_.checks.size());
    try {
      io::write_whole(fs_, config_.state_dir + "/assignment.json", wire::encode(assignment_));
    } catch (const Fault& fault) {
      log::warning("the assignment cannot be kept for the next start: {}", fault.what());
    }
    apply();
  }
  for (const auto& command : uplink_->take_commands()) obey(command);
  if (const auto pem = uplink_->take_certificate()) install_certificate(*pem);
}

void App::obey(const wire::Command& command) {
  if (std::find(obeyed_.begin(), obeyed_.end(), command.id) != obeyed_.end())
    return;  // said again until heard
  obeyed_.push_back(command.id);
  if (obeyed_.size() > kRemembered) obeyed_.pop_front();
  if (command.verb != "run_now") {
    log::warning("command {} \"{}\" is not known to this version", command.id, command.verb);
    return;
  }
  if (command.args.empty()) schedule_->run_all_now(clock_.now());
  for (const auto& id : command.args)
    if (!schedule_->run_now(id, clock_.now())) log::warning("command {}: no check {} here", command.id, id);
}

void App::look_at_certificate(Timestamp now, MonoTime mono) {
  look_at_certificate_ = mono + kCertificateLook;
  certificate_until_.reset();
  try {
    if (!fs_.exists(config_.collector.cert_file)) {
      log::warning("{} is missing: this host is not enrolled; run xunjian-agent enroll",
                   config_.collector.cert_file);
      return;
    }
    const auto info = io::read_certificate(io::read_whole(fs_, config_.collector.cert_file, io::kMaxPem));
    certificate_until_ = info.not_after;
    if (now < io::renewal_due(info) || uplink_->renewing()) return;
    // The key stays: then the certificate alone is replaced, which is one rename and can never be half done.
    uplink_->renew(io::make_request(io::read_secret(config_.collector.key_file), info.name));
    log::info("the certificate ends at {}: asking for its renewal", to_iso(info.not_after));
  } catch (const Fault& fault) {
    log::warning("the certificate cannot be looked at: {}", fault.what());
  }
}

void App::install_certificate(const std::string& pem) {
  try {
    const auto before = io::read_certificate(io::read_whole(fs_, config_.collector.cert_file, io::kMaxPem));
    const auto info = io::read_certificate(pem);
    if (!io::key_matches(io::read_secret(config_.collector.key_file), pem) || info.name != before.name)
      throw Fault("what came is not for our key or not for our name");
    io::write_whole(fs_, config_.collector.cert_file, pem);
    certificate_until_ = info.not_after;
    if (https_ != nullptr) https_->configure(config_.collector.url, identity_of(config_));
    log::info("certificate renewed until {}", to_iso(info.not_after));
  } catch (const Fault& fault) {
    log::error("the renewed certificate cannot be used: {}", fault.what());
  }
}

void App::write_logs() {
  for (const auto& line : spool_->take_log()) log::warning("{}", line);
  for (const auto& line : uplink_->take_log()) log::info("{}", line);
}

void App::watchdog(MonoTime mono) {
  if (watchdog_every_ == Duration{0} || mono < next_watchdog_) return;
  next_watchdog_ = mono + watchdog_every_;
  io::sd_notify("WATCHDOG=1");
}

void App::stop() {
  spool_->close();
  write_logs();
}

void App::run(Signals& signals, const std::function<std::optional<config::AgentConfig>()>& again) {
  io::sd_notify("READY=1");
  log::info("agent {} {} started: {} checks", name_, XJ_VERSION, schedule_->size());
  while (!signals.stop()) {
    turn(kMaxWait, signals.fd());
    if (!signals.take_reload()) continue;
    io::sd_notify("RELOADING=1");
    if (auto config = again()) reload(std::move(*config));
    io::sd_notify("READY=1");
  }
  io::sd_notify("STOPPING=1");
  stop();
  log::info("agent stopped; {} results wait for the collector", spool_->status().held);
}

}  // namespace xj::agent

#include "collector/app.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "collector/http/listener.h"
#include "collector/store/migrate.h"
#include "collector/store/seal.h"
#include "core/io/log.h"
#include "core/io/sd_notify.h"

namespace xj::collector {
namespace {

constexpr Duration kServerCertificate = std::chrono::hours{24 * 397};
constexpr Duration kStopGrace{5'000};

// By what agents and people may call this collector when the file names nothing.
std::vector<std::string> own_names(const config::CollectorConfig& config) {
  if (!config.names.empty()) return config.names;
  std::array<char, 256> name{};
  std::vector<std::string> names;
  if (::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0') names.emplace_back(name.data());
  names.emplace_back("localhost");
  names.emplace_back("127.0.0.1");
  return names;
}

std::string people_token(const config::CollectorConfig& config) {
  return config.listen.people_token_file.empty() ? std::string{}
                                                 : http::read_people_token(config.listen.people_token_file);
}

Retention retention_of(const Setup& setup) {
  const auto& config = setup.config.retention;
  Retention out;
  out.keep = config.history;
  out.keep_summaries = config.rollups;
  out.min_free = static_cast<std::uint64_t>(config.min_free_bytes);
  out.min_free_percent = config.min_free_percent;
  out.min_days = static_cast<std::size_t>(config.min_days);
  return out;
}

PipelineOptions pipeline_options(const Setup& setup) {
  PipelineOptions options;
  options.history.retention = retention_of(setup);
  options.channels = channel_names(setup);
  options.read_contract = [holidays = setup.holidays](const std::string& tree) {
    return read_kept_contract(tree, *holidays);
  };
  return options;
}

DispatchOptions dispatch_options(const Setup& setup) {
  DispatchOptions options;
  options.keep = setup.config.retention.notifications;
  return options;
}

}  // namespace

App::App(Setup setup, io::FileSystem& fs, const Clock& clock) : App(std::move(setup), fs, clock, NotOpen{}) {
  open();
}

App::App(Setup setup, io::FileSystem& fs, const Clock& clock, NotOpen)
    : setup_(std::move(setup)),
      data_dir_(setup_.config.data_dir),
      fs_(fs),
      clock_(clock),
      operators_(setup_.operators) {}

// What can refuse a start comes before what changes the folder: a port that is taken, parts that are damaged
// or do not fit, a state.db of a newer program. docs/storage.md, "A start that is refused".
void App::open() {
  const auto& config = setup_.config;
  const auto now = clock_.now();
  const auto state = config.data_dir + "/state.db";
  fs_.make_dirs(config.data_dir);
  lock_ = std::make_unique<io::FolderLock>(config.data_dir);
  require_startable(fs_, config.data_dir);

  http::HeldAddresses addresses(config.listen.agents, config.listen.people, config.listen.socket);
  auto token = people_token(config);
  auto channels = make_channels(setup_);
  auto options = pipeline_options(setup_);
  prove_state(fs_, config.data_dir);
  auto remains = look(state, options);
  pki_ =
      std::make_unique<http::ServerPki>(config.data_dir + "/pki", own_names(config), kServerCertificate, now);

  seals_ = break_seal(fs_, config.data_dir);
  db_ = io::open_sqlite(state);
  const auto migrated = migrate(*db_, fs_, state, now);
  if (migrated.from != migrated.to)
    log::info("state.db: version {} to {}{}{}", migrated.from, migrated.to,
              migrated.copy.empty() ? "" : ", copy kept in ", migrated.copy);
  pipeline_ = std::make_unique<Pipeline>(fs_, *db_, config.data_dir, setup_.contracts, now,
                                         std::move(options), std::move(remains));

  enrolment_ = std::make_unique<http::Enrolment>(
      *db_, pki_->authority(), revoked_,
      http::EnrolmentOptions{config.enrolment.certificate_life, config.enrolment.token_life});
  enrolment_->refresh(now);

  dispatcher_ = std::make_unique<Dispatcher>([state] { return io::open_sqlite(state); }, std::move(channels),
                                             dispatch_options(setup_), clock_);

  EngineOptions engine;
  engine.tick = config.tick;
  engine.outbox_filled = [this] { dispatcher_->wake(); };
  engine.alive = [this](Duration lag) { alive(lag); };
  engine_ = std::make_unique<Engine>(*pipeline_, clock_, std::move(engine));
  background_ = std::make_unique<Background>();

  backups_ = std::make_unique<BackupDesk>(fs_, data_dir_, clock_);
  services_ = std::make_unique<Services>(Services{
      *engine_,
      clock_,
      *enrolment_,
      [this](std::function<void()> work) { return background_->post(std::move(work)); },
      {},
      [this] { server_->drop_revoked(); },
      [this] { return server_->stats(); },
      [this] {
        const auto c = dispatcher_->counts();
        return Deliveries{c.delivered, c.retried, c.refused, c.expired};
      },
      backups_.get(),
      [this] { return stopping_.load(); },
  });

  http::ServerConfig server;
  server.agents = config.listen.agents;
  server.people = config.listen.people;
  server.socket = config.listen.socket;
  server.tls = pki_->files();
  server.threads = config.listen.threads;
  server.people_token = std::move(token);
  server.is_operator = [this](const std::string& user) {
    return operators_.with([&](const auto& users) { return users.count(user) > 0; });
  };
  server.is_revoked = [this](const std::string& agent, const std::string& serial) {
    return revoked_.is_revoked(agent, serial);
  };
  server_ =
      std::make_unique<http::Server>(std::move(server), api_routes(*services_), clock_, std::move(addresses));
  seals_ = true;
}

// Closed again before anything is changed.
Remains App::look(const std::string& state, const PipelineOptions& options) {
  const auto db = open_to_look(fs_, state);
  if (db != nullptr) require_migratable(*db, state);
  return look_at_remains(fs_, db.get(), data_dir_, options.journal);
}

App::~App() {
  stop();
  services_.reset();
  enrolment_.reset();
  pipeline_.reset();
  db_.reset();
  if (!seals_) return;
  try {
    seal_state(fs_, data_dir_);
  } catch (const Fault& fault) {
    log::warning("state.db is left without its seal: {}", fault.what());
  }
}

void App::start() {
  started_ = true;
  watchdog_ = io::sd_watchdog_interval();
  engine_->start();
  server_->start();
  io::sd_notify("READY=1");
}

void App::stop() {
  if (stopped_) return;
  stopped_ = true;
  stopping_ = true;
  io::sd_notify("STOPPING=1");
  // Doors first, then what is in hand, then what tells of it.
  if (started_) server_->stop(kStopGrace);
  if (engine_ != nullptr) engine_->stop();
  background_.reset();
  backups_.reset();  // its connection to state.db too
  server_.reset();
  engine_.reset();
  dispatcher_.reset();
}

void App::apply(Setup setup) {
  if (setup.config.data_dir != setup_.config.data_dir ||
      setup.config.listen.agents != setup_.config.listen.agents ||
      setup.config.listen.people != setup_.config.listen.people ||
      setup.config.listen.socket != setup_.config.listen.socket || setup.config.names != setup_.config.names)
    log::warning("data_dir, listen and names take effect at the next restart");
  auto channels = make_channels(setup);
  server_->set_people_token(people_token(setup.config));
  setup_ = std::move(setup);
  operators_.with([&](auto& users) { users = setup_.operators; });
  dispatcher_->replace(std::move(channels), dispatch_options(setup_));
  const bool posted =
      engine_->post([this, contracts = setup_.contracts, channels = channel_names(setup_),
                     holidays = setup_.holidays, retention = retention_of(setup_)](Pipeline& pipeline) {
        pipeline.set_channels(channels);
        pipeline.set_contract_reader(
            [holidays](const std::string& tree) { return read_kept_contract(tree, *holidays); });
        pipeline.set_contracts(contracts, clock_.now());
        pipeline.history().set_retention(retention);
        log::info("configuration taken over: {} contracts", contracts.size());
      });
  if (!posted)
    log::error("the configuration could not be handed to the engine: it is too busy; reload again");
}

void App::look_after() {
  if (pki_->renew_if_due(clock_.now())) {
    server_->reload_tls();
    log::info("the server's certificate was renewed");
  }
  // Too busy now is no harm: the next hour does it.
  (void)engine_->post([this](Pipeline&) { enrolment_->forget(clock_.now()); });
}

// On the engine's thread: a watchdog that is fed elsewhere would not notice when the engine hangs.
void App::alive(Duration lag) {
  if (lag > Duration{5'000}) log::warning("the engine was {} late", xj::to_text(lag));
  if (watchdog_ == Duration{0} || clock_.mono() < next_watchdog_) return;
  next_watchdog_ = clock_.mono() + watchdog_;
  io::sd_notify("WATCHDOG=1");
}

}  // namespace xj::collector

#include "collector/setup.h"

#include "checks/registry.h"
#include "collector/contract/calendars.h"
#include "collector/contract/loader.h"
#include "core/io/log.h"

namespace xj::collector {
namespace {

EmailOptions::Tls tls_of(config::EmailChannel::Tls tls) {
  switch (tls) {
    case config::EmailChannel::Tls::required: return EmailOptions::Tls::required;
    case config::EmailChannel::Tls::when_offered: return EmailOptions::Tls::when_offered;
    case config::EmailChannel::Tls::never: return EmailOptions::Tls::never;
  }
  return EmailOptions::Tls::required;
}

ChannelOptions options_of(const config::Channel& channel) {
  if (const auto* email = std::get_if<config::EmailChannel>(&channel)) {
    EmailOptions options;
    options.url = email->url;
    options.from = email->from;
    options.user = email->user;
    options.password_file = email->password_file;
    options.ca_file = email->ca_file;
    options.tls = tls_of(email->tls);
    options.timeout = email->timeout;
    return options;
  }
  const auto& hook = std::get<config::WebhookChannel>(channel);
  WebhookOptions options;
  options.url = hook.url;
  options.token_file = hook.token_file;
  options.secret_file = hook.secret_file;
  options.ca_file = hook.ca_file;
  options.timeout = hook.timeout;
  options.body = hook.body;
  options.accept = hook.accept;
  return options;
}

}  // namespace

std::optional<Setup> read_setup(const std::string& path, Problems& problems) {
  Problems own;
  Setup setup;
  setup.config = config::load_collector_config(path, own);
  const bool file_is_good = !has_errors(own);

  auto holidays = std::make_shared<domain::HolidayTable>();
  bool first = true;
  for (const auto& file : setup.config.holidays) {
    auto table = load_holidays(file, own);
    if (first)
      *holidays = std::move(table);
    else
      merge_holidays(*holidays, table);
    first = false;
  }

  LoadOptions::Channels names;
  for (const auto& [name, channel] : setup.config.channels) {
    const auto options = options_of(channel);
    names.all.insert(name);
    if (needs_address(options)) names.mail.insert(name);
    setup.channels.emplace(name, options);
    if (!file_is_good) continue;  // said already, with its line; the rest of it may be missing
    try {
      (void)make_channel(options);
    } catch (const Fault& fault) {
      own.push_back({{setup.config.file, 0, 0},
                     {"collector.notify.unusable", {{"channel", name}, {"detail", fault.what()}}},
                     false});
    }
  }

  LoadOptions options;
  options.holidays = holidays.get();
  options.channels = &names;
  options.kinds = checks::validate;
  setup.contracts = load_contracts(setup.config.contracts, options, own);
  setup.holidays = std::move(holidays);
  for (const auto& contract : setup.contracts)
    for (const auto& [id, person] : contract->people)
      if (!person.os_user.empty()) setup.operators.insert(person.os_user);

  const bool bad = has_errors(own);
  problems.insert(problems.end(), own.begin(), own.end());
  if (bad) return std::nullopt;
  return setup;
}

std::map<std::string, bool> channel_names(const Setup& setup) {
  std::map<std::string, bool> names;
  for (const auto& [name, options] : setup.channels) names.emplace(name, needs_address(options));
  return names;
}

Channels make_channels(const Setup& setup) {
  Channels channels;
  for (const auto& [name, options] : setup.channels) channels.emplace(name, make_channel(options));
  return channels;
}

domain::ContractPtr read_kept_contract(const std::string& tree, const domain::HolidayTable& holidays) {
  // The names of channels were proved when it was taken in; those of today are no reason to refuse it.
  LoadOptions options;
  options.holidays = &holidays;
  options.kept = true;
  Problems problems;
  auto contract = read_contract(tree, "state.db", options, problems);
  if (contract == nullptr) log::warning("a kept contract cannot be read: {}", render(problems, Lang::en));
  return contract;
}

}  // namespace xj::collector

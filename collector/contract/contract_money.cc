#include <algorithm>
#include <numeric>

#include "collector/contract/reading.h"

namespace xj::collector {
namespace {

// "12.5" with `places` decimals kept: 125 for one, 1250 for two. Nothing for what is no plain decimal number,
// has more places or is too large. Digits only: money never passes through floating point.
std::optional<std::int64_t> decimal(std::string_view text, int places) {
  std::int64_t out = 0;
  int digits = 0, after = -1;
  for (const char c : text) {
    if (c == '.') {
      if (after >= 0 || digits == 0) return std::nullopt;
      after = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    if (after >= 0 && ++after > places) return std::nullopt;
    if (++digits > 15) return std::nullopt;
    out = out * 10 + (c - '0');
  }
  if (digits == 0 || after == 0) return std::nullopt;
  for (int i = std::max(after, 0); i < places; ++i) out *= 10;
  return out;
}

constexpr std::int64_t kMostCents = 100'000'000'000'000;

}  // namespace

bool ContractReading::read_cents(const Value& value, std::int64_t& into) {
  std::string text;
  if (!value.text(text)) return false;
  const auto cents = decimal(text, 2);
  if (!cents || *cents > kMostCents) {
    value.wrong("config.contract.accepts.money");
    return false;
  }
  into = *cents;
  return true;
}

// "5000" yuan, "3%", "1‰".
bool ContractReading::read_amount(const Value& value, domain::Amount& into) {
  std::string text;
  if (!value.text(text)) return false;
  constexpr std::string_view permille = "‰";
  std::optional<std::int64_t> ppm;
  if (text.ends_with('%'))
    ppm = decimal(std::string_view(text).substr(0, text.size() - 1), 4);
  else if (text.ends_with(permille))
    ppm = decimal(std::string_view(text).substr(0, text.size() - permille.size()), 3);
  else if (const auto cents = decimal(text, 2); cents && *cents <= kMostCents) {
    into.cents = *cents;
    return true;
  }
  if (!ppm || *ppm > 1'000'000) {
    value.wrong("config.contract.accepts.amount");
    return false;
  }
  into.ppm = *ppm;
  return true;
}

void ContractReading::read_value(const Value& value) {
  std::int64_t cents = 0;
  if (!read_cents(value, cents)) return;
  contract_.value_cents = cents;
  // Prices are the parts of the value; a sum that differs is a slip of the pen in one of them.
  later_.push_back([this, value, cents] {
    const auto& prices = contract_.prices;
    if (prices.empty() ||
        std::any_of(prices.begin(), prices.end(), [](const domain::Price& p) { return !p.cents; }))
      return;
    const auto sum =
        std::accumulate(prices.begin(), prices.end(), std::int64_t{0},
                        [](std::int64_t so_far, const domain::Price& p) { return so_far + *p.cents; });
    const auto text = [](std::int64_t c) {
      const auto rest = std::to_string(100 + c % 100).substr(1);
      return std::to_string(c / 100) + (rest == "00" ? "" : "." + rest);
    };
    if (sum != cents)
      value.problem({"config.contract.prices_sum", {{"sum", text(sum)}, {"value", text(cents)}}});
  });
}

void ContractReading::read_prices(const Value& prices) {
  prices.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Price price;
      price.id = id;
      price.title.zh = id;
      title(m["title"], price.title);
      if (std::int64_t cents = 0; read_cents(m["amount"], cents)) price.cents = cents;
      price.systems = references(m["systems"], "config.contract.system", system_ids());
      price.refs = refs(m);
      contract_.prices.push_back(std::move(price));
    });
  });
}

void ContractReading::read_payments(const Value& payments) {
  payments.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Payment payment;
      payment.id = id;
      payment.title.zh = id;
      title(m["title"], payment.title);
      read_amount(m["amount"].required(), payment.amount);
      payment.by = "client";
      m["by"].choice(payment.by, {{"client", "client"}, {"provider", "provider"}});
      m["after"].required().text(payment.after);
      payment.due = read_due(m["due"]);
      payment.refs = refs(m);
      contract_.payments.push_back(std::move(payment));
    });
  });
}

void ContractReading::read_deductions(const Value& deductions) {
  deductions.each([&](const std::string& id, const Value& v) {
    v.map([&](Map& m) {
      domain::Deduction d;
      d.id = id;
      d.title.zh = id;
      title(m["title"], d.title);
      d.party = "provider";
      m["party"].choice(d.party, {{"provider", "provider"}, {"client", "client"}});
      const auto amount = m["amount"], base = m["base"], cap = m["cap"];
      const bool read = read_amount(amount.required(), d.amount);
      m["per"].choice(d.per,
                      {{"time", domain::Per::time}, {"day", domain::Per::day}, {"item", domain::Per::item}});
      if (domain::Amount most; read_amount(cap, most)) d.cap = most;
      // A share is a share of something, also as the most in all; where the text leaves that open, the file
      // says so.
      if ((read && d.amount.ppm) || (d.cap && d.cap->ppm)) base.required();
      d.base = reference(base, "config.contract.base", [this] {
        std::vector<std::string> out{"contract", "item", "system", "overdue", "open"};
        for (const auto& price : contract_.prices) out.push_back(price.id);
        return out;
      });
      const auto up_to = m["up_to"];
      if (Duration time{0}; m["over"].duration(time, Duration{0}, kLongest)) d.over = time;
      if (Duration time{0}; up_to.duration(time, Duration{0}, kLongest)) d.up_to = time;
      if (d.over && d.up_to && *d.up_to <= *d.over)
        up_to.problem({"config.contract.deducts_never", {{"deduction", id}}});
      m["from_count"].integer(d.from_count, 1, 1000);
      m["losses"].flag(d.losses);
      m["major"].flag(d.major);
      const auto kind = m["kind"], clock = m["clock"];
      d.kind = reference(kind, "config.contract.kind", kind_ids());
      if (clock.given()) kind.required();
      const auto clocks = [this, id = d.kind] {
        std::vector<std::string> out;
        if (const auto* k = contract_.kind(id); k != nullptr)
          for (const auto& one : k->clocks) out.push_back(one.name);
        return out;
      };
      const auto grades = [this, id = d.kind] {
        std::vector<std::string> out;
        if (const auto* k = contract_.kind(id); k != nullptr)
          for (const auto& one : k->grades) out.push_back(one.id);
        return out;
      };
      d.clock = reference(clock, "config.contract.clock", clocks);
      d.grades = references(m["grades"], "config.contract.grade", grades);
      m["ends_after_count"].integer(d.ends_after_count, 1, 1000);
      if (Duration time{0}; m["ends_after"].duration(time, std::chrono::hours{1}, kLongest))
        d.ends_after = time;
      d.due = read_due(m["due"]);
      d.refs = refs(m);
      contract_.deductions.push_back(std::move(d));
    });
  });
}

}  // namespace xj::collector

#include "collector/store/outbox.h"

#include "core/json.h"

namespace xj::collector {

namespace {

// As on the wire: a string when literal, else ["id", {"arg": "value"}].
Json json_of(const Message& message) {
  if (message.empty()) return Json("");
  if (message.id.empty()) return Json(message.args.front().second);
  Json args{Json::Object{}};
  for (const auto& [name, value] : message.args) args.set(name, value);
  return Json(Json::Array{Json(message.id), std::move(args)});
}

Message message_of(const Json& json) {
  if (json.is_string()) return json.string_or("").empty() ? Message{} : Message::literal(json.string_or(""));
  Message message;
  message.id = json.at(0).string_or("");
  for (const auto& [name, value] : json.at(1).fields()) message.args.emplace_back(name, value.string_or(""));
  return message;
}

// A row that cannot be read is sent as it stands rather than holding up those behind it.
Json parsed(const std::string& text) {
  auto json = parse_json(text);
  auto* good = std::get_if<Json>(&json);
  return good != nullptr ? std::move(*good) : Json(text);
}

constexpr std::string_view kColumns =
    "select key, channel, person, address, lang, subject, lines, event, created, due, state, attempts, "
    "last_error, done, tells, news, summary from outbox ";

OutboxRow row_of(io::Statement& row) {
  OutboxRow out;
  out.key = row.text_at(0);
  out.channel = row.text_at(1);
  out.person = row.text_at(2);
  out.address = row.text_at(3);
  out.lang = row.text_at(4) == "en" ? Lang::en : Lang::zh;
  out.subject = message_of(parsed(row.text_at(5)));
  const auto lines = parsed(row.text_at(6));
  for (const auto& line : lines.items()) out.lines.push_back(message_of(line));
  if (!lines.is_array()) out.lines.push_back(message_of(lines));
  out.event = row.text_at(7);
  out.created = from_ms(row.int_at(8));
  out.due = from_ms(row.int_at(9));
  const auto state = parse_outbox_state(row.text_at(10));
  if (!state) throw Fault("a row of the outbox has the unknown state " + row.text_at(10));
  out.state = *state;
  out.attempts = static_cast<int>(row.int_at(11));
  out.last_error = row.text_at(12);
  if (!row.null_at(13)) out.done = from_ms(row.int_at(13));
  out.tells = row.text_at(14);
  out.news = row.text_at(15), out.summary = row.text_at(16);
  return out;
}

}  // namespace

std::string_view to_text(OutboxState state) {
  switch (state) {
    case OutboxState::waiting: return "waiting";
    case OutboxState::delivered: return "delivered";
    case OutboxState::refused: return "refused";
    case OutboxState::expired: return "expired";
    case OutboxState::held: return "held";
    case OutboxState::summed: return "summed";
  }
  return "";
}

std::optional<OutboxState> parse_outbox_state(std::string_view text) {
  for (const auto state : {OutboxState::waiting, OutboxState::delivered, OutboxState::refused,
                           OutboxState::expired, OutboxState::held, OutboxState::summed})
    if (to_text(state) == text) return state;
  return std::nullopt;
}

bool Outbox::add(const OutboxRow& row) {
  Json lines{Json::Array{}};
  for (const auto& line : row.lines) lines.push(json_of(line));
  const auto statement = db_.prepare(
      "insert into outbox (key, channel, person, address, lang, subject, lines, event, created, due, state, "
      "attempts, last_error, tells, news) values (:key, :channel, :person, :address, :lang, :subject, "
      ":lines, "
      ":event, :created, :due, :state, :attempts, :last_error, :tells, :news) on conflict (key) do nothing");
  statement->bind("tells", row.tells).bind("news", row.news);
  statement->bind("key", row.key).bind("channel", row.channel).bind("person", row.person);
  statement->bind("address", row.address).bind("lang", row.lang == Lang::en ? "en" : "zh");
  statement->bind("subject", json_of(row.subject).dump())
      .bind("lines", lines.dump())
      .bind("event", row.event);
  statement->bind("created", to_ms(row.created))
      .bind("due", to_ms(row.due))
      .bind("state", to_text(row.state));
  statement->bind("attempts", std::int64_t{row.attempts}).bind("last_error", row.last_error).run();
  return db_.changes() == 1;
}

std::vector<std::string> Outbox::due_channels(Timestamp now) {
  std::vector<std::string> out;
  const auto row = db_.prepare(
      "select distinct channel from outbox where state = 'waiting' and due <= :now order by channel");
  row->bind("now", to_ms(now));
  while (row->step()) out.push_back(row->text_at(0));
  return out;
}

std::vector<OutboxRow> Outbox::due(const std::string& channel, Timestamp now, int limit) {
  std::vector<OutboxRow> out;
  const auto row = db_.prepare(
      std::string(kColumns) +
      "where state = 'waiting' and due <= :now and channel = :channel order by due, key limit :limit");
  row->bind("now", to_ms(now)).bind("channel", channel).bind("limit", std::int64_t{limit});
  while (row->step()) out.push_back(row_of(*row));
  return out;
}

std::optional<Timestamp> Outbox::next_due() {
  const auto row = db_.prepare("select min(due) from outbox where state = 'waiting'");
  return row->step() && !row->null_at(0) ? std::optional(from_ms(row->int_at(0))) : std::nullopt;
}

void Outbox::finish(const std::string& key, OutboxState state, Timestamp now, const std::string& last_error) {
  const auto row = db_.prepare(
      "update outbox set state = :state, done = :now, attempts = attempts + 1, last_error = :error where key "
      "= :key");
  row->bind("state", to_text(state)).bind("now", to_ms(now)).bind("error", last_error).bind("key", key).run();
}

void Outbox::retry(const std::string& key, Timestamp due, const std::string& last_error) {
  const auto row = db_.prepare(
      "update outbox set due = :due, attempts = attempts + 1, last_error = :error where key = :key");
  row->bind("due", to_ms(due)).bind("error", last_error).bind("key", key).run();
}

std::int64_t Outbox::pull_in(Timestamp now, const std::function<Duration(int)>& wait_of, int steps) {
  std::int64_t moved = 0;
  for (int n = 0; n <= steps; ++n) {
    const auto row = db_.prepare(
        "update outbox set due = :latest where state = 'waiting' and due > :latest and min(attempts, :steps) "
        "= :n");
    row->bind("latest", to_ms(now + wait_of(n)))
        .bind("steps", std::int64_t{steps})
        .bind("n", std::int64_t{n})
        .run();
    moved += db_.changes();
  }
  const auto row = db_.prepare("update outbox set created = :now where state = 'waiting' and created > :now");
  row->bind("now", to_ms(now)).run();
  return moved;
}

std::int64_t Outbox::forget(Timestamp done_before, int limit) {
  const auto row = db_.prepare(
      "delete from outbox where rowid in (select rowid from outbox where done is not null and done < :before "
      "order by done limit :limit) and state <> 'waiting'");
  row->bind("before", to_ms(done_before)).bind("limit", std::int64_t{limit}).run();
  const auto gone = db_.changes();
  const auto storms = db_.prepare("delete from storms where ended is not null and ended < :before");
  storms->bind("before", to_ms(done_before)).run();
  return gone;
}

std::vector<OutboxRow> Outbox::recent(int limit, std::optional<OutboxState> state) {
  std::vector<OutboxRow> out;
  const auto row = db_.prepare(std::string(kColumns) + (state ? "where state = :state " : "") +
                               "order by created desc, key desc limit :limit");
  if (state) row->bind("state", to_text(*state));
  row->bind("limit", std::int64_t{limit});
  while (row->step()) out.push_back(row_of(*row));
  return out;
}

std::vector<std::pair<std::string, std::string>> Outbox::heard(std::string_view contract,
                                                               std::string_view number) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto prefix = std::string(contract) + '/' + std::string(number);
  const auto row = db_.prepare(
      "select distinct person, channel from outbox where key >= :from and key < :to and person <> '' "
      "order by person, channel");
  row->bind("from", prefix + '/').bind("to", prefix + '0');  // what follows '/'
  while (row->step()) out.emplace_back(row->text_at(0), row->text_at(1));
  return out;
}

std::optional<OutboxRow> Outbox::find(const std::string& key) {
  const auto row = db_.prepare(std::string(kColumns) + "where key = :key");
  row->bind("key", key);
  return row->step() ? std::optional(row_of(*row)) : std::nullopt;
}

std::vector<OutboxRow> Outbox::told(int limit) {
  std::vector<OutboxRow> out;
  const auto row = db_.prepare(std::string(kColumns) +
                               "where tells <> '' and state <> 'waiting' order by key limit :limit");
  row->bind("limit", std::int64_t{limit});
  while (row->step()) out.push_back(row_of(*row));
  return out;
}

std::vector<OutboxRow> Outbox::telling(Timestamp now) {
  std::vector<OutboxRow> out;
  const auto row = db_.prepare(std::string(kColumns) +
                               "where tells <> '' and state = 'waiting' and due <= :now order by due, key");
  row->bind("now", to_ms(now));
  while (row->step()) out.push_back(row_of(*row));
  return out;
}

void Outbox::told_known(const std::string& key) {
  const auto row = db_.prepare("update outbox set tells = '' where key = :key");
  row->bind("key", key).run();
}

std::int64_t Outbox::news(const std::string& contract, const std::string& person, const std::string& channel,
                          Timestamp after, Timestamp to) {
  const auto row = db_.prepare(
      "select count(*) from outbox where news = :contract and news <> '' and person = :person and channel = "
      ":channel and created > :after and created <= :to");
  row->bind("contract", contract).bind("person", person).bind("channel", channel);
  row->bind("after", to_ms(after)).bind("to", to_ms(to));
  return row->step() ? row->int_at(0) : 0;
}

std::vector<OutboxRow> Outbox::held(const std::string& contract, const std::string& person,
                                    const std::string& channel) {
  std::vector<OutboxRow> out;
  const auto row =
      db_.prepare(std::string(kColumns) +
                  "where news = :contract and person = :person and channel = :channel and state = "
                  "'held' order by created, rowid");
  row->bind("contract", contract).bind("person", person).bind("channel", channel);
  while (row->step()) out.push_back(row_of(*row));
  return out;
}

void Outbox::sum_up(const std::string& contract, const std::string& person, const std::string& channel,
                    const std::string& summary, Timestamp now) {
  const auto row = db_.prepare(
      "update outbox set state = 'summed', summary = :summary, done = :now where news = :contract and person "
      "= "
      ":person and channel = :channel and state = 'held'");
  row->bind("summary", summary).bind("now", to_ms(now)).bind("contract", contract);
  row->bind("person", person).bind("channel", channel).run();
}

std::int64_t Outbox::waiting() {
  const auto row = db_.prepare("select count(*) from outbox where state = 'waiting'");
  return row->step() ? row->int_at(0) : 0;
}

}  // namespace xj::collector

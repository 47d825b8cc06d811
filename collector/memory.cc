#include "collector/memory.h"

#include <cstring>

#include "collector/ingest/result_bytes.h"
#include "core/bytes.h"
#include "core/io/record_log.h"
#include "core/json.h"
#include "core/wire.h"

namespace xj::collector {
namespace {

constexpr std::string_view kMagic = "XJSNAP01";
constexpr std::string_view kTightened = "";  // no agent's name: what follows is of key periods

Json json_of(std::string_view text) {
  auto parsed = parse_json(text);
  if (std::holds_alternative<JsonError>(parsed)) throw Fault("damaged snapshot: memory of an item");
  return std::move(std::get<Json>(parsed));
}

void put_item(std::string& out, const domain::ItemMemory& memory, std::string& scratch) {
  if (!memory.seen) return put_varint(out, 0);
  scratch.clear();
  domain::append_json(scratch, memory);
  put_text(out, scratch);
}

domain::ItemMemory read_item(ByteReader& in) {
  const auto text = in.text();
  if (text.empty()) return {};
  const auto memory = domain::item_memory_from(json_of(text));
  if (!memory) throw Fault("damaged snapshot: memory of an item");
  return *memory;
}

}  // namespace

CheckEntry& Memory::check(AgentEntry& agent, const std::string& id) {
  if (auto* known = agent.checks.find(id)) return *known;
  return agent.checks.add(std::make_unique<CheckEntry>(*check_ids.insert(id).first));
}

std::string encode_snapshot(const Memory& memory) {
  std::string body(kMagic), scratch;
  put_fixed(body, std::uint32_t{0});  // the checksum of what follows, when it is known
  const auto head = body.size();
  put_varint(body, memory.position);
  memory.accepted.encode(scratch);
  put_text(body, scratch);
  put_varint(body, memory.agents.size());
  for (const auto& [name, agent] : memory.agents) {
    put_text(body, name);
    scratch.clear();
    domain::append_json(scratch, agent.memory);
    put_text(body, scratch);
    put_signed(body, agent.shift.count());
    put_signed(body, agent.offset.count());
    put_signed(body, to_ms(agent.last_batch));
    put_text(body, agent.config);
    put_varint(body, agent.checks.size());
    for (const auto& check : agent.checks) {
      put_text(body, check.id);
      put_text(body, check.latest);
      put_signed(body, to_ms(check.latest_slot));
      put_signed(body, to_ms(check.received));
      put_item(body, check.self.memory, scratch);
      put_varint(body, check.items.size());
      for (const auto& item : check.items) {
        put_text(body, item.key);
        put_item(body, item.memory, scratch);
      }
    }
  }
  // Only where there are any: a snapshot without them is one that older programs read.
  for (const auto& [name, agent] : memory.agents) {
    if (agent.held.empty()) continue;
    put_text(body, name);
    put_varint(body, agent.held.size());
    for (const auto& system : agent.held) put_text(body, system);
  }
  bool marked = false;
  for (const auto& [name, agent] : memory.agents) {
    if (agent.config_since == Timestamp{}) continue;
    if (!marked) put_text(body, kTightened), marked = true;
    put_text(body, name);
    put_signed(body, to_ms(agent.config_since));
  }
  const auto crc = io::crc32c(std::string_view(body).substr(head));
  std::memcpy(body.data() + kMagic.size(), &crc, sizeof crc);
  return body;
}

namespace {

Fault unknown_format(std::string_view bytes) {
  constexpr auto kName = kMagic.size() - 2;
  const auto is_digit = [&](std::size_t at) { return bytes[at] >= '0' && bytes[at] <= '9'; };
  if (bytes.size() < kMagic.size() || !bytes.starts_with(kMagic.substr(0, kName)) || !is_digit(kName) ||
      !is_digit(kName + 1))
    return Fault("not a snapshot this program knows");
  return Fault("the snapshot is of format " + std::string(bytes.substr(kName, 2)) + ", this program knows " +
                   std::string(kMagic.substr(kName)),
               "start the program that wrote it, or put back a backup (xunjian db restore)");
}

// What follows magic and checksum.
ByteReader content_of(std::string_view bytes) {
  ByteReader in(bytes);
  if (bytes.size() < kMagic.size() || in.take(kMagic.size()) != kMagic) throw unknown_format(bytes);
  const auto crc = in.fixed<std::uint32_t>();
  if (io::crc32c(in.rest()) != crc) throw Fault("damaged snapshot: the checksum is wrong");
  return in;
}

std::string inflated(io::FileSystem& fs, const std::string& path) {
  constexpr std::size_t kMost = 2u << 30;
  auto plain = wire::inflate(io::read_whole(fs, path, kMost), kMost);
  if (const auto* bad = std::get_if<wire::Malformed>(&plain))
    throw Fault("damaged snapshot " + path + ": " + bad->detail,
                "restore it together with the journal and state.db");
  return std::move(std::get<std::string>(plain));
}

}  // namespace

Memory decode_snapshot(std::string_view bytes) {
  auto in = content_of(bytes);
  Memory memory;
  memory.position = in.varint();
  memory.accepted = Accepted::decode(in.text());
  for (auto agents = in.count(8); agents > 0; --agents) {
    auto& agent = memory.agents[std::string(in.text())];
    const auto heard = domain::agent_memory_from(json_of(in.text()));
    if (!heard) throw Fault("damaged snapshot: memory of an agent");
    agent.memory = *heard;
    agent.shift = Duration{in.signed_varint()};
    agent.offset = Duration{in.signed_varint()};
    agent.last_batch = from_ms(in.signed_varint());
    agent.config = in.text();
    for (auto checks = in.count(6); checks > 0; --checks) {
      auto& check = memory.check(agent, std::string(in.text()));
      check.latest = in.text();
      check.latest_slot = from_ms(in.signed_varint());
      check.received = from_ms(in.signed_varint());
      check.self.memory = read_item(in);
      for (auto items = in.count(2); items > 0; --items) {
        const auto key = in.text();
        auto* item = check.items.find(key);
        if (item == nullptr) item = &check.items.add(std::make_unique<NamedItem>(key));
        item->memory = read_item(in);
      }
      agent.items += check.items.size();
      // A latest result that cannot be read would only be noticed when somebody asks for it.
      if (!check.latest.empty()) {
        ByteReader latest(check.latest);
        (void)read_result(latest);
      }
    }
  }
  bool tightened = false;
  while (!in.done()) {
    const auto name = in.text();
    if (!tightened && name == kTightened) {
      tightened = true;
      continue;
    }
    const auto agent = memory.agents.find(name);
    if (agent == memory.agents.end()) throw Fault("damaged snapshot: more than expected");
    if (tightened) {
      agent->second.config_since = from_ms(in.signed_varint());
      continue;
    }
    for (auto systems = in.count(1); systems > 0; --systems) agent->second.held.emplace(in.text());
  }
  return memory;
}

Duration clock_shift(Duration measured, Duration before) {
  constexpr Duration tolerated{2'000};
  const auto away = measured - before;
  if (before != Duration{0} && away <= tolerated && away >= -tolerated &&
      (measured > tolerated || measured < -tolerated))
    return before;
  if (measured <= tolerated && measured >= -tolerated) return Duration{0};
  const auto half = measured.count() >= 0 ? 500 : -500;
  return Duration{(measured.count() + half) / 1000 * 1000};
}

Memory read_snapshot(io::FileSystem& fs, const std::string& path) {
  if (!fs.exists(path)) return {};
  return decode_snapshot(inflated(fs, path));
}

std::uint64_t snapshot_position(io::FileSystem& fs, const std::string& path) {
  if (!fs.exists(path)) return 0;
  const auto bytes = inflated(fs, path);
  return content_of(bytes).varint();
}

}  // namespace xj::collector

#include <gtest/gtest.h>

#include "tests/unit/collector/world.h"

namespace xj::collector {
namespace {

constexpr std::size_t kAtOnce = 4'000;

Item item(std::string key, State state) {
  return {std::move(key), state, Message::literal("seen"), {{"v", 1}}};
}

// A result of the check with these items, its state the worst of theirs.
Result with_items(const World& world, std::uint64_t n, std::vector<Item> items) {
  auto result = World::result(n, World::kLogin, world.now, State::ok);
  for (const auto& one : items) result.state = worse(result.state, one.state);
  result.items = std::move(items);
  return result;
}

// As many items as are kept by name; the number of the next result.
std::uint64_t fill(World& world) {
  std::uint64_t n = 1;
  for (std::size_t from = 0; from < kMaxItemsRemembered; from += kAtOnce) {
    std::vector<Item> items;
    for (std::size_t i = from; i < std::min(from + kAtOnce, kMaxItemsRemembered); ++i)
      items.push_back(item("item-" + std::to_string(i), State::ok));
    world.send("web1", {with_items(world, n++, std::move(items))});
    world.advance(1s);
  }
  return n;
}

TEST(PipelineItems, WhatFindsNoRoomByNameIsJudgedAsTheCheck) {
  World world;
  world.start();
  auto n = fill(world);
  EXPECT_EQ(world.pipeline->figures().nameless, 0U);
  world.send("web1", {with_items(world, n++, {item("item-0", State::ok), item("fresh", State::warning)})});
  EXPECT_EQ(world.pipeline->figures().nameless, 1U);
  ASSERT_EQ(world.numbers().size(), 1U) << "a problem that nobody is told of";
  world.advance(1s);
  world.send("web1", {with_items(world, n++, {item("item-0", State::ok), item("other", State::critical)})});
  EXPECT_EQ(world.numbers().size(), 1U);
  const auto at_its_worst = world.course(world.numbers()[0]);

  world.advance(1s);
  world.send("web1", {with_items(world, n++, {item("item-0", State::ok), item("fresh", State::ok)})});
  const auto over = world.course(world.numbers()[0]);
  EXPECT_GT(over.size(), at_its_worst.size());
  EXPECT_NE(over.back().find("recovered"), std::string::npos) << over.back();
  EXPECT_TRUE(world.values("web1", World::kLogin, "fresh").empty());
}

TEST(PipelineItems, WhoseNameIsKnownIsJudgedAsBefore) {
  World world;
  world.start();
  auto n = fill(world);
  world.send("web1", {with_items(world, n++, {item("item-7", State::critical), item("fresh", State::ok)})});
  ASSERT_EQ(world.numbers().size(), 1U);
  EXPECT_EQ(world.values("web1", World::kLogin, "item-7").size(), 2U);
  world.restart();
  world.advance(1s);
  world.send("web1", {with_items(world, n++, {item("item-7", State::ok), item("fresh", State::critical)})});
  EXPECT_EQ(world.pipeline->figures().nameless, 2U)
      << "one was replayed, one is new: the bound holds over a restart";
}

}  // namespace
}  // namespace xj::collector

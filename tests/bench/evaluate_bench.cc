// Observations judged a second on the steady path (nothing changes) and with one transition in a thousand.
// Prints a JSON line a figure.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "collector/domain/evaluate.h"

namespace {

using namespace xj;
using namespace xj::domain;

constexpr int kItems = 100'000;
constexpr int kRounds = 100;

struct Figure {
  double per_s;
  std::size_t transitions;
};

// Every `bad_every`th item is critical in each second group of ten rounds; 0: never.
Figure run(int bad_every) {
  std::vector<ItemMemory> items(kItems);
  const EvalPolicy policy{3, Duration{190'000}};
  const Message message;
  const std::vector<Metric> metrics;
  std::size_t transitions = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < kRounds; ++round) {
    const Timestamp slot = from_ms(1'800'000'000'000 + round * 60'000);
    const bool bad_round = (round / 10) % 2 == 1;
    for (int i = 0; i < kItems; ++i) {
      const State state = bad_every != 0 && bad_round && i % bad_every == 0 ? State::critical : State::ok;
      if (evaluate(items[static_cast<std::size_t>(i)],
                   {slot, slot + Duration{40}, wire::Lane::live, state, &message, &metrics}, policy))
        ++transitions;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return {double{kItems} * kRounds / took.count(), transitions};
}

}  // namespace

int main() {
  const auto steady = run(0);
  const auto busy = run(100);
  // A hundredth of the items goes bad five times and recovers four times: anything else is judged wrongly.
  if (steady.transitions != 0 || busy.transitions != kItems / 100 * 9) {
    std::fprintf(stderr, "evaluate_bench: %zu and %zu transitions, expected 0 and %d\n", steady.transitions,
                 busy.transitions, kItems / 100 * 9);
    return EXIT_FAILURE;
  }
  std::printf("{\"name\":\"evaluate_steady_per_s\",\"value\":%.0f,\"unit\":\"observations/s\"}\n",
              steady.per_s);
  std::printf("{\"name\":\"evaluate_with_transitions_per_s\",\"value\":%.0f,\"unit\":\"observations/s\"}\n",
              busy.per_s);
  return EXIT_SUCCESS;
}

// The room's log and the cursors in it: what a reader costs before the kernel.
//   build/bench/bin/room_log_bench
#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "server/fanout/outbox.h"
#include "server/fanout/room_log.h"

namespace chat77::server {
namespace {

constexpr size_t kLogBytes = 16 * 1024 * 1024;
constexpr size_t kFrameBytes = 100;

// A length and as many bytes: what the log takes for a frame.
std::string Frame() {
  std::string frame(kFrameBytes, 'x');
  frame[0] = static_cast<char>(kFrameBytes - 1);
  return frame;
}

void BM_Append(benchmark::State& state) {
  RoomLog log(kLogBytes, 1);
  const std::string frame = Frame();
  for (auto _ : state) log.Append(frame, true);
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>(frame.size()));
}
BENCHMARK(BM_Append);

// `readers` cursors, and `messages` at a time: gathered, and taken as written.
void BM_Deliver(benchmark::State& state) {
  const auto readers = static_cast<size_t>(state.range(0));
  const int64_t messages = state.range(1);
  RoomLog log(kLogBytes, 1);
  std::vector<Outbox> outboxes(readers);
  for (Outbox& outbox : outboxes) outbox.Join(log);
  const std::string frame = Frame();
  Outbox::Pieces pieces;
  for (auto _ : state) {
    for (int64_t i = 0; i < messages; ++i) log.Append(frame, true);
    for (Outbox& outbox : outboxes) {
      while (!outbox.Empty(log)) {
        outbox.Gather(log, pieces);
        benchmark::DoNotOptimize(pieces.piece[0].data());
        outbox.Advance(pieces.bytes, log);
      }
    }
  }
  const int64_t writes = state.iterations() * state.range(0);
  state.SetItemsProcessed(writes * messages);
  state.counters["writes"] = benchmark::Counter(static_cast<double>(writes),
                                                benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Deliver)
    ->ArgNames({"readers", "messages"})
    ->Args({1000, 1})
    ->Args({1000, 64});

// One who talks and hears 199 others: own words are stepped over, replies come
// between.
void BM_DeliverToTalkers(benchmark::State& state) {
  constexpr size_t kTalkers = 200;
  RoomLog log(kLogBytes, 1);
  std::vector<Outbox> outboxes(kTalkers);
  for (Outbox& outbox : outboxes) outbox.Join(log);
  const std::string frame = Frame(), reply(12, 'r');
  Outbox::Pieces pieces;
  for (auto _ : state) {
    for (Outbox& talker : outboxes) {
      talker.Push(reply, log);
      talker.Skip(frame.size(), log);
      log.Append(frame, true);
    }
    for (Outbox& outbox : outboxes) {
      while (!outbox.Empty(log)) {
        outbox.Gather(log, pieces);
        outbox.Advance(pieces.bytes, log);
      }
    }
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<int64_t>(kTalkers * (kTalkers - 1)));
}
BENCHMARK(BM_DeliverToTalkers);

}  // namespace
}  // namespace chat77::server

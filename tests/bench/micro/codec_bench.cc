// The wire: what it costs to encode and to decode, by bytes of text.
//   build/bench/bin/codec_bench --benchmark_filter=Said
#include <benchmark/benchmark.h>
#include <string>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_decoder.h"
#include "proto/frame_encoder.h"
#include "proto/limits.h"

namespace chat77::wire {
namespace {

std::string Text(const benchmark::State& state) {
  return std::string(static_cast<size_t>(state.range(0)), 'x');
}

std::string SayFrame(const std::string& text) {
  v1::ClientFrame frame;
  frame.set_request_id(1);
  frame.mutable_say()->set_text(text);
  std::string bytes;
  AppendFrame(frame, bytes);
  return bytes;
}

void Count(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}

// One message of the room, as it is made for the log.
void BM_EncodeSaid(benchmark::State& state) {
  const std::string text = Text(state);
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    v1::ServerFrame frame;
    v1::Said& said = *frame.mutable_said();
    said.set_room(kLobby);
    said.set_seq(1'000'000);
    said.set_time_ms(1'700'000'000'000);
    said.set_alias("ann");
    said.set_text(text);
    AppendFrame(frame, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  Count(state, bytes.size());
}
BENCHMARK(BM_EncodeSaid)->Arg(64)->Arg(1024)->Arg(8192);

// One request, from bytes to a message that can be asked.
void BM_DecodeSay(benchmark::State& state) {
  const std::string bytes = SayFrame(Text(state));
  FrameDecoder decoder(kFrameBytes);
  v1::ClientFrame frame;
  for (auto _ : state) {
    decoder.Receive(bytes, [&](std::string_view body) {
      return frame.ParseFromArray(body.data(), static_cast<int>(body.size()));
    });
    benchmark::DoNotOptimize(frame.say().text().data());
  }
  Count(state, bytes.size());
}
BENCHMARK(BM_DecodeSay)->Arg(64)->Arg(1024)->Arg(8192);

// A read of 64 KiB full of frames: cutting it up, without looking into them.
void BM_CutFrames(benchmark::State& state) {
  const std::string one = SayFrame(Text(state));
  std::string bytes;
  size_t frames = 0;
  for (; bytes.size() + one.size() <= 64 * 1024; ++frames) bytes += one;
  FrameDecoder decoder(kFrameBytes);
  for (auto _ : state) {
    decoder.Receive(bytes, [](std::string_view body) {
      benchmark::DoNotOptimize(body.data());
      return true;
    });
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(frames));
}
BENCHMARK(BM_CutFrames)->Arg(64)->Arg(1024)->Arg(8192);

}  // namespace
}  // namespace chat77::wire

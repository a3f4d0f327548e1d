// The store's group commit: messages per second by how many share a commit, on
// the disk of the current folder (fsync is real) and in memory.
//   cd build/bench && bin/commit_bench
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "store/sqlite/sqlite_store.h"
#include "store/store.h"

namespace chat77::store {
namespace {

constexpr char kRoom[] = "lobby";

// A folder that goes with the object.
class Folder {
 public:
  Folder() : path_((std::filesystem::current_path() / "commit-XXXXXX")) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string File() const { return path_ + "/chat77.db"; }

 private:
  std::string path_;
};

std::vector<Write> Messages(int64_t count) {
  const Message message{.room = kRoom,
                        .time = absl::FromUnixSeconds(1'700'000'000),
                        .alias = "ann",
                        .text = std::string(64, 'x')};
  return std::vector<Write>(static_cast<size_t>(count), AppendMessage{message});
}

void Commit(benchmark::State& state, Store& store) {
  if (!store.OpenRoom(kRoom).ok()) return state.SkipWithError("no room");
  const std::vector<Write> batch = Messages(state.range(0));
  for (auto _ : state) {
    if (!store.Commit(batch).ok()) return state.SkipWithError("no commit");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["commits"] = benchmark::Counter(
      static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void BM_SqliteCommit(benchmark::State& state) {
  const Folder folder;
  const auto store = sqlite::OpenSqliteStore(folder.File());
  if (!store.ok()) return state.SkipWithError("no store");
  Commit(state, **store);
}
// By the clock: a commit waits for the disk.
BENCHMARK(BM_SqliteCommit)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->UseRealTime();

void BM_MemoryCommit(benchmark::State& state) {
  Commit(state, *OpenMemoryStore());
}
// It keeps all there is: a bounded number of rounds.
BENCHMARK(BM_MemoryCommit)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->Iterations(1000);

}  // namespace
}  // namespace chat77::store

// The store's group commit: messages per second by how many share a commit, on
// the disk of the current folder (fsync is real) and in memory.
//   cd build/bench && bin/commit_bench
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "store/store.h"

namespace chat77::store {
namespace {

constexpr uint64_t kAccounts = 1000;

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
  const Message message{.room = kLobby,
                        .time = absl::FromUnixSeconds(1'700'000'000),
                        .alias = "ann",
                        .text = std::string(64, 'x'),
                        .account = 1};
  return std::vector<Write>(static_cast<size_t>(count), AppendMessage{message});
}

// The next places in the room. `numbered`: of many accounts, each counting its
// own requests.
void Number(std::vector<Write>& batch, bool numbered, uint64_t& last_seq) {
  for (Write& write : batch) {
    auto& append = std::get<AppendMessage>(write);
    append.message.seq = ++last_seq;
    if (!numbered) continue;
    append.message.account =
        AccountId::Of(static_cast<int64_t>(last_seq % kAccounts));
    append.message_id = last_seq;
  }
}

void Commit(benchmark::State& state, Store& store, bool numbered) {
  if (!store.OpenLobby().ok()) return state.SkipWithError("no lobby");
  std::vector<Write> batch = Messages(state.range(0));
  uint64_t last_seq = 0;
  for (auto _ : state) {
    Number(batch, numbered, last_seq);
    if (!store.Commit(batch).ok()) return state.SkipWithError("no commit");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["commits"] = benchmark::Counter(
      static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void CommitToSqlite(benchmark::State& state, bool numbered) {
  const Folder folder;
  const auto store = OpenStore(folder.File());
  if (!store.ok()) return state.SkipWithError("no store");
  Commit(state, **store, numbered);
}

void BM_SqliteCommit(benchmark::State& state) { CommitToSqlite(state, false); }
// By the clock: a commit waits for the disk.
BENCHMARK(BM_SqliteCommit)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->UseRealTime();

// With what became of each request remembered.
void BM_SqliteCommitNumbered(benchmark::State& state) {
  CommitToSqlite(state, true);
}
BENCHMARK(BM_SqliteCommitNumbered)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->UseRealTime();

void BM_MemoryCommit(benchmark::State& state) {
  Commit(state, *OpenMemoryStore(), false);
}
// It keeps all there is: a bounded number of rounds.
BENCHMARK(BM_MemoryCommit)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->Iterations(1000);

}  // namespace
}  // namespace chat77::store

// What a large store costs: made through the Store interface in a new folder
// here, then opened by the real server, which must be there within 2 s.
//   cd build/bench && bin/bench_million --messages=1000000
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/clock.h"

#include "proto/limits.h"
#include "store/maintenance.h"
#include "store/store.h"
#include "tests/support/server_process.h"

ABSL_FLAG(int64_t, messages, 1'000'000, "How many to fill the store with.");
ABSL_FLAG(bool, numbered, true,
          "Messages have request ids, as if all were of the last 24 hours.");
ABSL_FLAG(int, text_bytes, 64, "The size of each text.");

namespace chat77::store {
namespace {

constexpr int64_t kAccounts = 1000;
constexpr int64_t kBatch = 512;
constexpr int kReads = 100;

class Folder {
 public:
  Folder() : path_(std::filesystem::current_path() / "million-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string File() const { return path_ + "/chat77.db"; }

 private:
  std::string path_;
};

// Whatever fails here makes the figures worthless.
template <typename Value>
Value Must(absl::StatusOr<Value> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "bench_million: %s\n",
               std::string(value.status().message()).c_str());
  std::exit(1);
}

double Seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

void Show(const char* what, double value, const char* unit) {
  std::printf("%-40s %12.3f %s\n", what, value, unit);
  std::fflush(stdout);
}

std::string TokenHash(AccountId account) {
  std::string hash = std::to_string(account.value() * 7919);
  hash.resize(32, '#');
  return hash;
}

void MakeAccounts(Store& store) {
  std::vector<Write> writes;
  for (int64_t i = 1; i <= kAccounts; ++i) {
    const auto account = AccountId::Of(i);
    const std::string alias = absl::StrCat("u", account);
    writes.push_back(CreateAccount{{.alias = alias,
                                    .key = alias,
                                    .password_hash = std::string(97, '$'),
                                    .created_at = absl::Now()}});
    writes.push_back(RecordLogin{.alias = alias,
                                 .address = "127.0.0.1",
                                 .port = 1,
                                 .time = absl::Now(),
                                 .account = account,
                                 .device = 0,
                                 .token_hash = TokenHash(account),
                                 .software = "bench"});
  }
  Must(store.Commit(writes));
}

// `count` messages behind the `done` that are there.
void Append(Store& store, int64_t done, int64_t count) {
  const bool numbered = absl::GetFlag(FLAGS_numbered);
  const auto size = static_cast<size_t>(absl::GetFlag(FLAGS_text_bytes));
  for (int64_t next = 0; next < count; next += kBatch) {
    std::vector<Write> writes;
    for (int64_t i = next; i < std::min(count, next + kBatch); ++i) {
      const auto account = AccountId::Of(1 + (done + i) % kAccounts);
      const int64_t request = numbered ? done + i + 1 : 0;
      writes.push_back(
          AppendMessage{{.room = kLobby,
                         .seq = static_cast<uint64_t>(done + i + 1),
                         .time = absl::Now(),
                         .alias = absl::StrCat("u", account),
                         .text = std::string(size, 'x'),
                         .account = account},
                        static_cast<uint64_t>(request)});
    }
    Must(store.Commit(writes));
  }
}

void ReadPages(Store& store, const char* where, uint64_t after) {
  const double seconds = Seconds([&] {
    for (int i = 0; i < kReads; ++i) {
      Must(store.ReadHistory({.room = kLobby,
                              .after_seq = after,
                              .limit = wire::kHistoryPage,
                              .bytes = wire::kHistoryPageBytes}));
    }
  });
  Show(where, seconds / kReads * 1e6, "us");
}

void FindDevices(Store& store) {
  const double seconds = Seconds([&] {
    for (int64_t i = 1; i <= kAccounts; ++i) {
      Must(store.FindDevice(TokenHash(AccountId::Of(i)), absl::Now()));
    }
  });
  Show("find a device", seconds / kAccounts * 1e6, "us");
}

// What a kill in the middle of the work leaves: a log that was not read back.
void LeaveUnclosed(const std::string& path, int64_t messages) {
  const pid_t child = fork();
  if (child == 0) {
    const auto store = Must(OpenStore(path));
    Append(*store, messages, 5000);
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
}

void StartServer(const std::string& path, const char* what, int signal) {
  std::unique_ptr<test::ServerProcess> server;
  const double seconds = Seconds([&] {
    server = std::make_unique<test::ServerProcess>(
        std::vector<std::string>{"--store=" + path});
  });
  if (!server->ready()) {
    std::fprintf(stderr, "%s", server->Log().c_str());
    std::exit(1);
  }
  Show(what, seconds, "s");
  server->Signal(signal);
  server->Wait();
}

void Run() {
  const int64_t messages = absl::GetFlag(FLAGS_messages);
  const Folder folder;
  const std::string path = folder.File();
  {
    const auto store = Must(OpenStore(path));
    Must(store->OpenLobby());
    MakeAccounts(*store);
    const double seconds = Seconds([&] { Append(*store, 0, messages); });
    Show("fill", seconds, "s");
    Show("fill", static_cast<double>(messages) / seconds, "messages/s");
    const auto last = static_cast<uint64_t>(messages);
    ReadPages(*store, "history page at the beginning", 0);
    ReadPages(*store, "history page in the middle", last / 2);
    ReadPages(*store, "history page at the end", last - wire::kHistoryPage);
    FindDevices(*store);
  }
  Show("size", static_cast<double>(std::filesystem::file_size(path)) / 1048576,
       "MiB");
  StartServer(path, "start after a clean stop", SIGTERM);
  LeaveUnclosed(path, messages);
  StartServer(path, "start after a kill while writing", SIGKILL);
  StartServer(path, "start after a kill of the server", SIGTERM);
  Show("chat77-store check", Seconds([&] { Must(CheckStore(path)); }), "s");
  Show("chat77-store backup",
       Seconds([&] { Must(BackUpStore(path, path + "-copy")); }), "s");
}

}  // namespace
}  // namespace chat77::store

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  chat77::store::Run();
}

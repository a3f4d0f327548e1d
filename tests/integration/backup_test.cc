// chat77-store backup, check and restore beside a server under load.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/maintenance.h"
#include "store/store.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

constexpr int kSpeakers = 4;
constexpr std::chrono::seconds kPatience{60};
constexpr int kRounds = 5;
// What is said between one backup and the next, at least.
constexpr size_t kSaidBefore = 50;

// CHAT77_BACKUPS=100 for more.
int Rounds() {
  const char* rounds = std::getenv("CHAT77_BACKUPS");
  return rounds == nullptr ? kRounds : std::atoi(rounds);
}

// What was acknowledged: texts by number, 0 unused. Any thread.
class Acknowledged {
 public:
  void Add(uint64_t seq, const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (texts_.size() <= seq) texts_.resize(seq + 1);
    texts_[seq] = text;
  }
  std::vector<std::string> Get() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

class BackupTest : public testing::Test {
 protected:
  // Runs chat77-store; its exit code.
  int Tool(const std::string& arguments) {
    return std::system(("cd '" + folder_.path().string() +
                        "' && " CHAT77_STORE_TOOL " " + arguments +
                        " >>tool.txt 2>&1")
                           .c_str());
  }

  // Talks until told to stop.
  void Speak(int port, const std::string& alias) {
    NativeClient client(port, pb::PRESENCE_NONE);
    client.Enter(alias);
    for (int i = 0; !stop_; ++i) {
      const std::string text = alias + "-" + std::to_string(i);
      const pb::ServerFrame reply = client.Say(text);
      ASSERT_TRUE(reply.has_say()) << reply.ShortDebugString();
      acknowledged_.Add(reply.say().seq(), text);
    }
  }

  // The texts must be in the store, each with its number.
  void ExpectTexts(const std::string& name,
                   const std::vector<std::string>& texts) {
    const auto store = store::OpenStore(folder_ / name);
    ASSERT_TRUE(store.ok()) << store.status();
    uint64_t seq = 0;
    for (bool more = true; more;) {
      const auto page = (*store)->ReadHistory(
          {.room = kLobby, .after_seq = seq, .limit = 1000, .bytes = 1 << 20});
      ASSERT_TRUE(page.ok()) << page.status();
      for (const store::Message& message : page->messages) {
        ASSERT_EQ(message.seq, ++seq);
        if (seq >= texts.size() || texts[seq].empty()) continue;
        ASSERT_EQ(message.text, texts[seq]);
      }
      more = page->more;
    }
    EXPECT_GE(seq + 1, texts.size());
  }

  // What was acknowledged, once there is that much more of it than `texts`.
  std::vector<std::string> MoreThan(const std::vector<std::string>& texts) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      std::vector<std::string> now = acknowledged_.Get();
      if (now.size() >= texts.size() + kSaidBefore) return now;
      if (std::chrono::steady_clock::now() > until) {
        ADD_FAILURE() << "nobody speaks";
        return now;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  test::TempFolder folder_;
  Acknowledged acknowledged_;
  std::atomic<bool> stop_ = false;
};

TEST_F(BackupTest, UnderLoadHasEverythingAcknowledgedBefore) {
  ServerProcess server({"--store=" + (folder_ / "chat77.db")});
  ASSERT_TRUE(server.ready()) << server.Log();
  std::vector<std::thread> speakers;
  for (int i = 0; i < kSpeakers; ++i) {
    speakers.emplace_back(
        [this, &server, i] { Speak(server.port(), "u" + std::to_string(i)); });
  }
  std::vector<std::string> before;
  for (int round = 0; round < Rounds(); ++round) {
    SCOPED_TRACE(round);
    before = MoreThan(before);
    EXPECT_EQ(Tool("backup copy.db"), 0);
    EXPECT_EQ(Tool("check --store=copy.db"), 0);
    EXPECT_EQ(Tool("restore copy.db --store=again.db"), 0);
    const auto copy = store::CheckStore(folder_ / "copy.db");
    const auto again = store::CheckStore(folder_ / "again.db");
    EXPECT_TRUE(copy.ok() && again.ok() && *copy == *again);
    ExpectTexts("again.db", before);
    for (const char* name : {"copy.db", "again.db"}) {
      std::filesystem::remove(folder_ / name);
    }
    if (HasFatalFailure()) break;
  }
  stop_ = true;
  for (std::thread& speaker : speakers) speaker.join();
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Wait(), 0);
  const std::vector<std::string> all = acknowledged_.Get();
  RecordProperty("acknowledged", std::to_string(all.size()));
  EXPECT_GT(all.size(), 1u);
  ExpectTexts("chat77.db", all);
}

}  // namespace
}  // namespace chat77::test

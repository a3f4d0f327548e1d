// A server on a store that is not what it was: it refuses clearly, or serves
// all that was acknowledged. Never a silent empty start, never a crash.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

constexpr int kStored = 300;
constexpr int kPlaces = 50;
constexpr int kRefused = 66;

class DamagedStoreTest : public testing::Test {
 protected:
  // Ann and Bob have talked; the server is gone.
  DamagedStoreTest() {
    ServerProcess server({flag()});
    NativeClient ann(server.port()), bob(server.port());
    ann.Enter("ann");
    bob.Enter("bob");
    for (int i = 0; i < kStored; ++i) {
      NativeClient& speaker = i % 3 == 0 ? bob : ann;
      const std::string text =
          std::to_string(i) + std::string(static_cast<size_t>(i) % 97, 'x');
      EXPECT_EQ(speaker.Say(text).say().seq(), texts_.size() + 1);
      texts_.push_back(text);
    }
    ann.Close();
    bob.Close();
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
    std::ifstream file(path(), std::ios::binary);
    sound_.assign(std::istreambuf_iterator<char>(file), {});
  }

  std::string path() const { return folder_ / "chat77.db"; }
  std::string flag() const { return "--store=" + path(); }

  void Write(const std::string& bytes) {
    for (const char* suffix : {"-wal", "-shm"}) {
      std::filesystem::remove(path() + suffix);
    }
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  }

  // All that was acknowledged, unchanged.
  void ExpectEverything(ServerProcess& server) {
    NativeClient ann(server.port()), bob(server.port());
    EXPECT_EQ(ann.Login("ann").login().alias(), "ann");
    const pb::ServerFrame login = bob.Login("bob");
    ASSERT_TRUE(login.has_login()) << login.ShortDebugString();
    ASSERT_EQ(login.login().rooms_size(), 1);
    EXPECT_EQ(login.login().rooms(0).seq(), texts_.size());
    uint64_t seq = 0;
    for (bool more = true; more;) {
      const pb::FetchHistoryReply page = bob.History(0, seq);
      for (const pb::Said& said : page.messages()) {
        ASSERT_EQ(said.seq(), seq + 1);
        ASSERT_EQ(said.text(), texts_.at(seq));
        ASSERT_EQ(said.alias(), seq % 3 == 0 ? "bob" : "ann");
        ++seq;
      }
      more = page.more();
    }
    EXPECT_EQ(seq, texts_.size());
  }

  // True if it was refused.
  bool RefusesOrServesAll() {
    ServerProcess server({flag()});
    if (server.ready()) {
      ExpectEverything(server);
      return false;
    }
    EXPECT_EQ(server.Wait(), kRefused) << server.Log();
    EXPECT_NE(server.Log().find(path()), std::string::npos) << server.Log();
    return true;
  }

  test::TempFolder folder_;
  std::vector<std::string> texts_;  // acknowledged; the first has number 1
  std::string sound_;               // the file
};

TEST_F(DamagedStoreTest, SoundOneIsServed) {
  EXPECT_FALSE(RefusesOrServesAll());
}

TEST_F(DamagedStoreTest, OneFlippedBit) {
  std::mt19937_64 random(77);
  int refused = 0;
  for (int i = 0; i < kPlaces; ++i) {
    const size_t bit = random() % (sound_.size() * 8);
    SCOPED_TRACE("bit " + std::to_string(bit));
    std::string bytes = sound_;
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    Write(bytes);
    refused += RefusesOrServesAll() ? 1 : 0;
    if (HasFatalFailure()) return;
  }
  // Else this test has looked at unused space only, which most of a small
  // store's pages are.
  EXPECT_GT(refused, kPlaces / 10);
}

TEST_F(DamagedStoreTest, FileCutShort) {
  const size_t sizes[] = {sound_.size() - 1,
                          sound_.size() - 4096,
                          sound_.size() / 2,
                          4096,
                          100,
                          1,
                          0};
  for (const size_t size : sizes) {
    SCOPED_TRACE(size);
    Write(sound_.substr(0, size));
    EXPECT_TRUE(RefusesOrServesAll());
    EXPECT_EQ(std::filesystem::file_size(path()), size);
  }
}

}  // namespace
}  // namespace chat77::test

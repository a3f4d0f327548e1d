// A server whose disk takes no more, or nothing at all.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

class FullDiskTest : public testing::Test {
 protected:
  // Where it is ignored a write beyond the limit fails, as on a full disk; the
  // server inherits that.
  FullDiskTest() : before_(std::signal(SIGXFSZ, SIG_IGN)) {}
  ~FullDiskTest() override { std::signal(SIGXFSZ, before_); }

  std::string path() const { return folder_ / "chat77.db"; }
  std::string flag() const { return "--store=" + path(); }

  // No file of the server may grow any more, or all may again.
  void Fill(const ServerProcess& server) {
    uintmax_t largest = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder_.path())) {
      largest = std::max(largest, entry.file_size());
    }
    Limit(server, largest);
  }
  void MakeRoom(const ServerProcess& server) { Limit(server, RLIM_INFINITY); }

  static void ExpectHistory(NativeClient& client,
                            const std::vector<std::string>& texts) {
    const pb::FetchHistoryReply page = client.History(0, 0);
    ASSERT_EQ(page.messages_size(), static_cast<int>(texts.size()));
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(page.messages(static_cast<int>(i)).text(), texts[i]);
      EXPECT_EQ(page.messages(static_cast<int>(i)).seq(), i + 1);
    }
  }

  test::TempFolder folder_;

 private:
  static void Limit(const ServerProcess& server, rlim_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    ASSERT_EQ(prlimit(server.pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }

  void (*before_)(int);
};

TEST_F(FullDiskTest, NothingAcknowledgedIsLostAndItRecovers) {
  std::vector<std::string> acknowledged;
  {
    ServerProcess server({flag()});
    NativeClient ann(server.port());
    ann.Enter("ann");
    const auto say = [&](const std::string& text) {
      const pb::ServerFrame reply = ann.Say(text);
      if (reply.has_say()) {
        acknowledged.push_back(text);
        EXPECT_EQ(reply.say().seq(), acknowledged.size());
        return true;
      }
      EXPECT_EQ(reply.error().code(), pb::UNAVAILABLE)
          << reply.ShortDebugString();
      return false;
    };
    EXPECT_TRUE(say("before"));
    Fill(server);
    int refused = 0;
    for (int i = 0; i < 100 && refused < 20; ++i) {
      refused += say(std::string(4000, 'x')) ? 0 : 1;
    }
    EXPECT_EQ(refused, 20);
    ExpectHistory(ann, acknowledged);
    MakeRoom(server);
    EXPECT_TRUE(say("after"));
    server.Signal(SIGKILL);
    server.Wait();
  }
  ServerProcess server({flag()});
  NativeClient ann(server.port());
  EXPECT_TRUE(ann.Login("ann").has_login());
  ExpectHistory(ann, acknowledged);
}

// Root may write anywhere unless it gives that up.
TEST_F(FullDiskTest, FolderThatCannotBeWritten) {
  {
    ServerProcess server({flag()});
    EXPECT_TRUE(server.ready());
    server.Signal(SIGTERM);
    EXPECT_EQ(server.Wait(), 0);
  }
  const auto size = std::filesystem::file_size(path());
  std::vector<std::string> words = {CHAT77D, "--listen=127.0.0.1:0", flag()};
  if (geteuid() == 0) {
    words.insert(
        words.begin(),
        {"/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"});
  }
  const std::vector<std::string> flags(words.begin() + 1, words.end());
  const auto set_writable = [this](bool writable) {
    std::filesystem::permissions(
        folder_.path(), writable ? std::filesystem::perms::owner_all
                                 : std::filesystem::perms::owner_read |
                                       std::filesystem::perms::owner_exec);
  };
  set_writable(false);
  {
    ServerProcess server(flags, words[0]);
    EXPECT_FALSE(server.ready());
    EXPECT_EQ(server.Wait(), 73) << server.Log();
    EXPECT_NE(server.Log().find(path()), std::string::npos) << server.Log();
  }
  set_writable(true);
  EXPECT_EQ(std::filesystem::file_size(path()), size);
  ServerProcess server(flags, words[0]);
  EXPECT_TRUE(server.ready()) << server.Log();
}

}  // namespace
}  // namespace chat77::test

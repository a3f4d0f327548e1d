#include "client/known_hosts.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/server_name.h"
#include "tests/support/golden.h"
#include "tests/support/temp_folder.h"

namespace chat77::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kKey = "SHA256:" + std::string(43, 'A');
const std::string kOther = "SHA256:" + std::string(42, 'A') + "E";

class KnownHostsTest : public ::testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  std::string Text() const { return support::ReadFile(path_); }

  test::TempFolder folder_;
  std::string path_ = folder_ / "hosts";
  KnownHosts hosts_{path_};
};

TEST_F(KnownHostsTest, NoFileKnowsNobody) {
  EXPECT_EQ(*hosts_.Find("a:1"), std::nullopt);
  EXPECT_TRUE(absl::IsNotFound(hosts_.Forget("a:1")));
}

TEST_F(KnownHostsTest, RemembersReplacesForgets) {
  ASSERT_TRUE(hosts_.Remember("a:1", kKey, std::nullopt).ok());
  ASSERT_TRUE(hosts_.Remember("[::1]:7700", "verified", std::nullopt).ok());
  EXPECT_EQ(**hosts_.Find("a:1"), kKey);
  EXPECT_EQ(*hosts_.Find("a:11"), std::nullopt);
  ASSERT_TRUE(hosts_.Remember("a:1", kOther, kKey).ok());
  EXPECT_EQ(Text(), "a:1 " + kOther + "\n[::1]:7700 verified\n");
  ASSERT_TRUE(hosts_.Forget("a:1").ok());
  EXPECT_EQ(Text(), "[::1]:7700 verified\n");
}

TEST_F(KnownHostsTest, KeepsWhatItDoesNotKnow) {
  Write("# mine\n\n  a:1 \t" + kKey + "\nb:2 verified");
  ASSERT_TRUE(hosts_.Remember("c:3", kKey, std::nullopt).ok());
  EXPECT_EQ(Text(),
            "# mine\n\n  a:1 \t" + kKey + "\nb:2 verified\nc:3 " + kKey + "\n");
  EXPECT_EQ(**hosts_.Find("a:1"), kKey);
}

TEST_F(KnownHostsTest, DamageIsNamedAndKept) {
  for (const std::string& line :
       {std::string("a:1"), std::string("a:1 SHA256:short"),
        "a:1 " + kKey + "=", "a:1 " + kKey + " x", std::string("a verified"),
        std::string("\x01\x02 \xff"), std::string("b:2 verified")}) {
    const std::string text = "b:2 verified\n" + line + "\nc:3 verified\n";
    Write(text);
    const auto found = hosts_.Find("b:2");
    ASSERT_FALSE(found.ok()) << line;
    EXPECT_THAT(std::string(found.status().message()),
                AllOf(HasSubstr("Line 2 of " + path_), HasSubstr("mend")));
    EXPECT_FALSE(hosts_.Remember("d:4", kKey, std::nullopt).ok());
    EXPECT_FALSE(hosts_.Forget("b:2").ok());
    EXPECT_EQ(Text(), text);
  }
}

TEST_F(KnownHostsTest, AnotherProgramWasFaster) {
  ASSERT_TRUE(hosts_.Remember("a:1", kKey, std::nullopt).ok());
  EXPECT_TRUE(absl::IsAborted(hosts_.Remember("a:1", kOther, std::nullopt)));
  EXPECT_TRUE(absl::IsAborted(hosts_.Remember("a:1", kOther, "verified")));
  EXPECT_TRUE(absl::IsAborted(hosts_.Remember("b:1", kOther, kKey)));
  EXPECT_EQ(Text(), "a:1 " + kKey + "\n");
}

TEST_F(KnownHostsTest, ProgramsAtOnceLoseNothing) {
  constexpr int kPrograms = 4, kEach = 20;
  for (int p = 0; p < kPrograms; ++p) {
    if (fork() != 0) continue;
    bool ok = true;
    for (int i = 0; i < kEach; ++i) {
      const std::string server =
          "p" + std::to_string(p) + ":" + std::to_string(i);
      ok = ok && hosts_.Remember(server, kKey, std::nullopt).ok();
    }
    _exit(ok ? 0 : 1);
  }
  for (int p = 0; p < kPrograms; ++p) {
    int status = 0;
    ASSERT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  const std::string text = Text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kPrograms * kEach);
  EXPECT_TRUE(hosts_.Find("p3:19")->has_value());
}

TEST_F(KnownHostsTest, PathComesFromTheEnvironment) {
  setenv("HOME", "/h", 1);
  unsetenv("XDG_CONFIG_HOME");
  unsetenv("CHAT77_KNOWN_HOSTS");
  EXPECT_EQ(*KnownHosts::DefaultPath(), "/h/.config/chat77/known_hosts");
  setenv("XDG_CONFIG_HOME", "/x", 1);
  EXPECT_EQ(*KnownHosts::DefaultPath(), "/x/chat77/known_hosts");
  setenv("CHAT77_KNOWN_HOSTS", "/k", 1);
  EXPECT_EQ(*KnownHosts::DefaultPath(), "/k");
  for (const char* name : {"HOME", "XDG_CONFIG_HOME", "CHAT77_KNOWN_HOSTS"}) {
    unsetenv(name);
  }
  EXPECT_THAT(std::string(KnownHosts::DefaultPath().status().message()),
              HasSubstr("CHAT77_KNOWN_HOSTS"));
}

TEST(ServerNameTest, OneServerHasOneName) {
  EXPECT_EQ(CanonicalServerName("Chat.Example.", 7700), "chat.example:7700");
  EXPECT_EQ(CanonicalServerName("0:0::1", 7700), "[::1]:7700");
  EXPECT_EQ(CanonicalServerName("2001:DB8::A", 1), "[2001:db8::a]:1");
  EXPECT_EQ(CanonicalServerName("192.0.2.1", 1), "192.0.2.1:1");
}

}  // namespace
}  // namespace chat77::client

#include "client/terminal/settings.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace chat77::client {
namespace {

using ::testing::HasSubstr;

std::string Server(const std::string& text) {
  const auto server = ParseServer(text);
  if (!server.ok()) return "bad";
  return server->host + " " + std::to_string(server->port);
}

TEST(ParseServerTest, TakesEveryForm) {
  EXPECT_EQ(Server("chat.example"), "chat.example 7700");
  EXPECT_EQ(Server("chat.example:80"), "chat.example 80");
  EXPECT_EQ(Server("127.0.0.1:65535"), "127.0.0.1 65535");
  EXPECT_EQ(Server("[::1]:99"), "::1 99");
  EXPECT_EQ(Server("[::1]"), "::1 7700");
  EXPECT_EQ(Server("::1"), "::1 7700");
}

TEST(ParseServerTest, RefusesTheRest) {
  for (const char* text : {"", ":", ":7700", "a:", "a:0", "a:65536", "a:x",
                           "[::1", "[::1]x", "[::1]:", "[]:1"}) {
    EXPECT_EQ(Server(text), "bad") << text;
  }
}

TEST(ParsePresenceTest, KnowsThree) {
  EXPECT_EQ(*ParsePresence("notices"), v1::PRESENCE_NOTICES);
  EXPECT_EQ(*ParsePresence("batched"), v1::PRESENCE_BATCHED);
  EXPECT_EQ(*ParsePresence("off"), v1::PRESENCE_NONE);
  for (const char* text : {"", "none", "Notices", "1"}) {
    const auto presence = ParsePresence(text);
    ASSERT_FALSE(presence.ok()) << text;
    EXPECT_THAT(std::string(presence.status().message()),
                HasSubstr("write notices, batched or off."));
  }
}

class PasswordTest : public ::testing::Test {
 protected:
  std::string File(const std::string& content) {
    std::string name = ::testing::TempDir() + "/passwordXXXXXX";
    close(mkstemp(name.data()));
    std::ofstream(name) << content;
    return name;
  }
};

TEST_F(PasswordTest, IsTheFirstLine) {
  EXPECT_EQ(*ReadPasswordFile(File("secret\n")), "secret");
  EXPECT_EQ(*ReadPasswordFile(File("secret")), "secret");
  EXPECT_EQ(*ReadPasswordFile(File(" two words \r\nnext\n")), " two words ");
}

TEST_F(PasswordTest, TroubleIsASentence) {
  EXPECT_THAT(std::string(ReadPasswordFile("/nonexistent").status().message()),
              HasSubstr("/nonexistent: No such file"));
  EXPECT_FALSE(ReadPasswordFile(File("")).ok());
  EXPECT_FALSE(ReadPasswordFile(File("\nsecret")).ok());
  EXPECT_FALSE(ReadPasswordFile(File(std::string(257, 'x'))).ok());
  EXPECT_FALSE(ReadPasswordFd(987).ok());
}

TEST_F(PasswordTest, ComesFromADescriptor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "secret\n", 7), 7);
  EXPECT_EQ(*ReadPasswordFd(ends[0]), "secret");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace chat77::client

// Old clients at the real server's door.

#include <string>
#include <utility>
#include <vector>

#include "tests/integration/legacy_fixture.h"

namespace chat77::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr char kGreeting[] = "Authorise MODE? (REGISTER/LOGIN)";

class LegacyLoginTest : public LegacyTest {};

TEST_P(LegacyLoginTest, RegisterThenLogin) {
  Client ann = Connect();
  EXPECT_EQ(ann->Authenticate("REGISTER", "ann", "pw"),
            "Registration successful. You can login now.");
  EXPECT_EQ(ann->Authenticate("login", "ann", "pw"), "AUTH_SUCCESS");
  EXPECT_THAT(Next(*ann, 2), ElementsAre("ann has connected to the chatroom",
                                         "you are now connected"));
  EXPECT_TRUE(ann->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyLoginTest, RefusalsAreTheOriginals) {
  Client online = Enter("Ann");
  Client other = Connect();
  EXPECT_EQ(other->Authenticate("REGISTER", "Ann", "x"),
            "ERROR: Alias already exists");
  EXPECT_EQ(other->Authenticate("REGISTER", "aNN", "x"),
            "ERROR: Alias already exists");
  EXPECT_EQ(other->Authenticate("LOGIN", "Ann", "Secret"),
            "ERROR: Invalid alias or password");
  EXPECT_EQ(other->Authenticate("LOGIN", "nobody", "secret"),
            "ERROR: Invalid alias or password");
  EXPECT_EQ(other->Authenticate("ENTER", "", ""),
            "ERROR: Invalid authentication mode");
  EXPECT_EQ(other->Authenticate("LOGIN", "Ann", "secret"),
            "This alias is already logged in");
  EXPECT_EQ(other->Authenticate("LOGIN", "ANN", "secret"),
            "This alias is already logged in");
  EXPECT_TRUE(online->ExpectNothing(absl::Milliseconds(200)));
  EXPECT_TRUE(other->Register("bob", "pw"));
  EXPECT_TRUE(other->Login("bob", "pw"));
}

TEST_P(LegacyLoginTest, InvalidAliasIsExplained) {
  Client client = Connect();
  for (const std::string alias :
       {"two words", "a,b", "a:b", "a|b", "a]b", "server", "caf\u00e9!",
        "abcdefghijklmnopqrstuvwxyz0123456789"}) {
    const std::string verdict = client->Authenticate("REGISTER", alias, "pw");
    EXPECT_THAT(verdict, StartsWith("ERROR: ")) << alias;
    EXPECT_EQ(client->Authenticate("LOGIN", alias, "pw"),
              "ERROR: Invalid alias or password")
        << alias;
  }
}

TEST_P(LegacyLoginTest, EmptyAliasOrPasswordIsRequired) {
  Client client = Connect();
  const std::vector<std::pair<std::string, std::string>> kRows = {
      {" ", "pw"}, {"ann", "\t"}, {" ", " "}};
  for (const auto& [alias, password] : kRows) {
    ASSERT_TRUE(client->ExpectPrinted(kGreeting));
    Send(*client, "REGISTER");
    ASSERT_TRUE(client->ExpectPrinted("ALIAS?"));
    Send(*client, alias);
    ASSERT_TRUE(client->ExpectPrinted("PASSWORD?"));
    Send(*client, password);
    ASSERT_TRUE(
        client->ExpectPrinted("ERROR: Alias and password are required"));
  }
}

TEST_P(LegacyLoginTest, LoginIsWithoutRegardToCase) {
  Client bob = Enter("bob");
  Client ann = Connect();
  ASSERT_TRUE(ann->Register("Ann", "pw"));
  ASSERT_TRUE(ann->Login("aNN", "pw"));
  EXPECT_TRUE(bob->ExpectPrinted("Ann has connected to the chatroom"));
  // The client writes the name it was given before its texts.
  ann->Type("bdct txt hello");
  EXPECT_TRUE(bob->ExpectPrinted("Ann: hello"));
  bob->Type("online clients");
  EXPECT_TRUE(bob->ExpectPrinted("Online clients: bob, Ann"));
}

TEST_P(LegacyLoginTest, GreetingIsOneWriteAndAlone) {
  TestSocket socket(port());
  std::string bytes;
  ASSERT_EQ(socket.Receive(1024, test::kPatience, bytes),
            TestSocket::State::kData);
  EXPECT_EQ(bytes, std::string(kGreeting) + "\n");
  EXPECT_EQ(Drain(socket, absl::Milliseconds(300)), "");
}

TEST_P(LegacyLoginTest, HundredsOfSilentConnectionsDelayNobody) {
  std::vector<std::unique_ptr<TestSocket>> silent;
  for (int i = 0; i < 400; ++i) {
    silent.push_back(std::make_unique<TestSocket>(port()));
    ASSERT_TRUE(silent.back()->connected());
    // Some stop in the middle of their login.
    if (i % 4 == 1) silent.back()->Send("LOGIN\n");
    if (i % 4 == 2) silent.back()->Send("REGISTER\nsomebody\n");
    if (i % 4 == 3) silent.back()->Send("LOG");
  }
  Client ann = Enter("ann");
  Client bob = Enter("bob");
  ann->Type("bdct txt still here");
  EXPECT_TRUE(bob->ExpectPrinted("ann: still here"));
  // They have five minutes for each answer: nobody has waited for that.
  EXPECT_TRUE(silent[0]->connected());
  std::string bytes;
  EXPECT_EQ(silent[0]->Receive(1024, absl::ZeroDuration(), bytes),
            TestSocket::State::kData)
      << "the greeting";
  EXPECT_EQ(silent[0]->Receive(1024, absl::ZeroDuration(), bytes),
            TestSocket::State::kTimeout);
}

TEST_P(LegacyLoginTest, BrokenLoginsHarmNobody) {
  for (int round = 0; round < 5; ++round) {
    for (const std::string& bytes :
         {std::string(), std::string("LOGIN"), std::string("LOGIN\nann\n"),
          std::string("LOGIN\nann\npw\n"), std::string("\xFF\xFE\n"),
          std::string("\0\n", 2), std::string("REGISTER\nx\ny\n"),
          std::string(100'000, 'x')}) {
      TestSocket reset(port());
      reset.Send(bytes);
      reset.Reset();
      TestSocket closed(port());
      closed.Send(bytes);
      closed.ShutdownSend();
    }
  }
  Client ann = Enter("ann");
  ann->Type("online clients");
  EXPECT_TRUE(ann->ExpectPrinted("Online clients: ann"));
}

TEST_P(LegacyLoginTest, HalfCloseDuringLoginEndsIt) {
  Client client = Connect();
  EXPECT_TRUE(client->ExpectPrinted(kGreeting));
  Send(*client, "LOGIN");
  EXPECT_TRUE(client->ExpectPrinted("ALIAS?"));
  client->socket().ShutdownSend();
  EXPECT_TRUE(client->ExpectEnd());
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyLoginTest,
                         ::testing::Values(Dialect::kUnframed, Dialect::kLines),
                         LegacyTest::Name);

// What only clients of lines can do.
class LegacyLinesTest : public LegacyTest {};

TEST_P(LegacyLinesTest, EverythingSentAtOnceIsAnswered) {
  Client bob = Enter("bob");
  // As `printf ... | nc` does: all of it, then no more.
  TestSocket nc(port());
  nc.Send(
      "REGISTER\nann\npw\nLOGIN\nann\npw\nonline clients\nhello from "
      "nc\r\nconnect to bob");
  nc.ShutdownSend();
  EXPECT_EQ(Drain(nc),
            std::string(kGreeting) +
                "\nALIAS?\nPASSWORD?\n"
                "Registration successful. You can login now.\n" +
                kGreeting +
                "\nALIAS?\nPASSWORD?\nAUTH_SUCCESS\n"
                "ann has connected to the chatroom\nyou are now connected\n"
                "Online clients: bob, ann\n"
                "INFO: Connection request sent to bob\n");
  EXPECT_EQ(bob->NextPrinted(), "ann has connected to the chatroom");
  // A public text waits for the disk, a request for a private chat does not.
  EXPECT_THAT(Next(*bob, 2),
              UnorderedElementsAre("ann: hello from nc", Requested("ann")));
  EXPECT_EQ(bob->NextPrinted(), "ann has left the chatroom");
}

TEST_P(LegacyLinesTest, ManyPipelinedLinesKeepTheirOrder) {
  Client ann = Enter("ann");
  Client bob = Enter("bob");
  std::string pasted;
  for (int i = 0; i < 2000; ++i) pasted += "line " + std::to_string(i) + "\n";
  ann->socket().Send(pasted + "online clients\n");
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(bob->NextPrinted(), "ann: line " + std::to_string(i));
  }
  EXPECT_TRUE(ann->ExpectPrinted("Online clients: ann, bob"));
}

TEST_P(LegacyLinesTest, OverlongLineIsOneErrorAndNobodyHearsIt) {
  Client ann = Enter("ann");
  Client bob = Enter("bob");
  EXPECT_TRUE(ann->ExpectPrinted("bob has connected to the chatroom"));
  const std::string told = Answer(*ann, std::string(100'000, 'x'));
  EXPECT_THAT(told, StartsWith("ERROR: That message is too long"));
  EXPECT_THAT(Answer(*ann, "online clients"), HasSubstr("ann, bob"));
  Send(*ann, "short again");
  EXPECT_EQ(bob->NextPrinted(), "ann: short again");
}

TEST_P(LegacyLinesTest, OverlongLineDuringLoginIsAnErrorToo) {
  Client ann = Connect();
  EXPECT_TRUE(ann->ExpectPrinted(kGreeting));
  EXPECT_THAT(Answer(*ann, std::string(100'000, 'x')),
              StartsWith("ERROR: That message is too long"));
  EXPECT_TRUE(ann->Register("ann", "pw"));
  EXPECT_TRUE(ann->Login("ann", "pw"));
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyLinesTest,
                         ::testing::Values(Dialect::kLines), LegacyTest::Name);

}  // namespace
}  // namespace chat77::test

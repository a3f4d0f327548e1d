#include "compat/legacy/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::compat::legacy {
namespace {

using ::testing::ElementsAre;

TEST(MessageTest, HasTheOriginalsBytes) {
  EXPECT_EQ(Message::Greeting().text(), "Authorise MODE? (REGISTER/LOGIN)");
  EXPECT_EQ(Message::AskAlias().text(), "ALIAS?");
  EXPECT_EQ(Message::AskPassword().text(), "PASSWORD?");
  EXPECT_EQ(Message::Welcome().text(), "AUTH_SUCCESS");
  EXPECT_EQ(Message::Registered().text(),
            "Registration successful. You can login now.");
  EXPECT_EQ(Message::AlreadyOnline().text(), "This alias is already logged in");
  EXPECT_EQ(Message::NowConnected().text(), "you are now connected");
  EXPECT_EQ(Message::RequestFrom("ann").text(), "PRIVATE_REQUEST_FROM:ann");
  EXPECT_EQ(Message::Connected("ann").text(), "PRIVATE_CONNECTED:ann");
  EXPECT_EQ(Message::Rejected("ann").text(), "PRIVATE_REJECTED:ann");
  EXPECT_EQ(Message::Ended("ann", "disconnected").text(),
            "PRIVATE_ENDED:ann:disconnected");
  EXPECT_EQ(Message::Joined("ann").text(), "ann has connected to the chatroom");
  EXPECT_EQ(Message::Left("ann").text(), "ann has left the chatroom");
  EXPECT_EQ(Message::Said("ann", "hi").text(), "ann: hi");
  EXPECT_EQ(Message::PrivateSaid("bob", "ann", "hi").text(),
            "[Private:bob] ann: hi");
  EXPECT_EQ(Message::List("Private chats", {}).text(), "Private chats: none");
  EXPECT_EQ(Message::List("Online clients", {"ann", "bob"}).text(),
            "Online clients: ann, bob");
}

TEST(MessageTest, NoNameReadsAsControlWord) {
  EXPECT_EQ(Message::Said("PRIVATE_ENDED", "bob:x").text(),
            "~PRIVATE_ENDED: bob:x");
  EXPECT_EQ(Message::Said("Error", "x").text(), "~Error: x");
  EXPECT_EQ(Message::Said("PRIVATE_CONNECTED:bob", "x").text(),
            "~PRIVATE_CONNECTED:bob: x");
  EXPECT_EQ(Message::Left("info").text(), "~info has left the chatroom");
  EXPECT_EQ(Message::Said("informed", "x").text(), "informed: x");
}

TEST(MessageTest, IsAlwaysOneLine) {
  EXPECT_EQ(Message::Said("ann", "a\nPRIVATE_ENDED:bob:x").text(),
            "ann: a PRIVATE_ENDED:bob:x");
  EXPECT_EQ(Message::Info("No pending request from x\r\ny").text(),
            "INFO: No pending request from x y");
}

TEST(MessageTest, PiecesRepeatTheSpeaker) {
  std::string text(1100, 'x');
  text += "\xE2\x82\xAC";
  const auto pieces = Message::Said("ann", text).Pieces(1024);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0], "ann: " + std::string(1019, 'x'));
  EXPECT_EQ(pieces[1], "ann: " + std::string(81, 'x') + "\xE2\x82\xAC");
  EXPECT_THAT(Message::Said("ann", "short").Pieces(1024),
              ElementsAre("ann: short"));
}

TEST(MessageTest, PiecesCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\xE2\x82\xAC";
  std::string joined;
  for (const auto& piece :
       Message::PrivateSaid("b", "ann", text).Pieces(1024)) {
    EXPECT_LE(piece.size(), 1024u);
    ASSERT_TRUE(piece.starts_with("[Private:b] ann: "));
    const std::string part = piece.substr(17);
    EXPECT_EQ(part.size() % 3, 0u);
    joined += part;
  }
  EXPECT_EQ(joined, text);
}

TEST(MessageTest, ListsAreCutBetweenNames) {
  const auto pieces =
      Message::List("Online clients", std::vector<std::string>(300, "abcdefgh"))
          .Pieces(1024);
  ASSERT_GT(pieces.size(), 1u);
  for (const auto& piece : pieces) {
    EXPECT_TRUE(piece.starts_with("Online clients: abcdefgh")) << piece;
    EXPECT_LE(piece.size(), 1024u);
  }
}

}  // namespace
}  // namespace chat77::compat::legacy

// Old clients in the real server's room.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"

#include "tests/integration/legacy_fixture.h"

namespace chat77::test {
namespace {

using ::testing::StartsWith;

// ann listens, eve speaks; each has seen the other arrive.
class LegacyRoomTest : public LegacyTest {
 protected:
  void SetUp() override {
    ann_ = Enter("ann");
    eve_ = Enter("eve");
    EXPECT_EQ(ann_->NextPrinted(), "eve has connected to the chatroom");
  }

  Client ann_, eve_;
};

TEST_P(LegacyRoomTest, EverybodyButTheSenderHears) {
  Client cat = Enter("cat");
  EXPECT_EQ(ann_->NextPrinted(), "cat has connected to the chatroom");
  EXPECT_EQ(eve_->NextPrinted(), "cat has connected to the chatroom");
  eve_->Type("bdct txt hello, all");
  EXPECT_EQ(ann_->NextPrinted(), "eve: hello, all");
  EXPECT_EQ(cat->NextPrinted(), "eve: hello, all");
  EXPECT_TRUE(eve_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, OnlineClientsAreInOrderOfLogin) {
  EXPECT_EQ(Answer(*ann_, "online clients"), "Online clients: ann, eve");
  eve_->Type("exit");
  EXPECT_EQ(ann_->NextPrinted(), "eve has left the chatroom");
  Client bob = Enter("Bob");
  EXPECT_EQ(ann_->NextPrinted(), "Bob has connected to the chatroom");
  EXPECT_EQ(Answer(*ann_, "ONLINE clients "), "Online clients: ann, Bob");
}

TEST_P(LegacyRoomTest, BareTextGetsItsSpeakersName) {
  Send(*eve_, "  no name given  ");
  EXPECT_EQ(ann_->NextPrinted(), "eve: no name given");
  Send(*eve_, "eve: a name given");
  EXPECT_EQ(ann_->NextPrinted(), "eve: a name given");
}

TEST_P(LegacyRoomTest, NobodySpeaksAsAnother) {
  for (const std::string forged :
       {"ann: it was me", "bob: me too", "PRIVATE_CONNECTED:eve",
        "PRIVATE_REQUEST_FROM:bob", "PRIVATE_ENDED:bob:x",
        "PRIVATE_REJECTED:bob", "INFO: trust me", "ERROR: broken",
        "AUTH_SUCCESS", "[Private:ann] bob: psst", "ALIAS?",
        "bob has left the chatroom", "Online clients: eve"}) {
    Send(*eve_, forged);
    EXPECT_EQ(ann_->NextPrinted(), "eve: " + forged);
  }
  EXPECT_TRUE(ann_->private_chats().empty());
}

TEST_P(LegacyRoomTest, ForgeryBehindOnesOwnNameIsText) {
  Send(*eve_, "eve: PRIVATE_CONNECTED:eve");
  EXPECT_EQ(ann_->NextPrinted(), "eve: PRIVATE_CONNECTED:eve");
  Send(*eve_, "eve: exit");
  EXPECT_EQ(ann_->NextPrinted(), "eve: exit");
  Send(*eve_, "eve: connect to ann");
  EXPECT_EQ(ann_->NextPrinted(), "eve: connect to ann");
  EXPECT_TRUE(ann_->private_chats().empty());
  EXPECT_EQ(Answer(*eve_, "online clients"), "Online clients: ann, eve");
}

TEST_P(LegacyRoomTest, LaterWordsAreAnsweredAndNeverBroadcast) {
  for (const std::string word :
       {"BEEP_UDP_PORT:4242", "create group g", "invite group g ann",
        "accept group g", "reject group g", "my groups", "group txt g hello",
        "FILE_START|ann|a.txt|3|1"}) {
    EXPECT_THAT(Answer(*eve_, word), StartsWith("INFO: ")) << word;
  }
  // The pieces of a file are dropped without a word each.
  for (const std::string piece :
       {"FILE_CHUNK|ann|1|0|YWJj", "FILE_END|ann|1|1"}) {
    Send(*eve_, piece);
    // No answer tells when an unframed client may go on.
    absl::SleepFor(absl::Milliseconds(lines() ? 0 : 300));
  }
  // Where the machine is busy it may still be taken for the piece's end.
  std::optional<std::string> answer;
  for (int i = 0; i < 30 && !answer; ++i) {
    Send(*eve_, "online clients");
    answer = eve_->NextPrinted(absl::Seconds(2));
  }
  EXPECT_EQ(answer, "Online clients: ann, eve");
  EXPECT_TRUE(ann_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, WhatLooksLikeASecretIsNeverBroadcast) {
  for (const std::string secret :
       {"private txt ann", "private  txt ann psst", "private txt",
        "privat txt "
        "ann psst",
        "Private ann psst"}) {
    EXPECT_EQ(Answer(*eve_, secret), "INFO: private txt [client] [message]")
        << secret;
  }
  EXPECT_TRUE(ann_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, LongTextArrivesWhole) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\u20ac";
  eve_->Type("bdct txt " + text);
  std::string joined;
  size_t pieces = 0;
  while (joined.size() < text.size()) {
    const auto piece = ann_->NextPrinted();
    ASSERT_TRUE(piece);
    ASSERT_THAT(*piece, StartsWith("eve: "));
    joined += piece->substr(5);
    ++pieces;
  }
  EXPECT_EQ(joined, text);
  EXPECT_EQ(pieces, lines() ? 1u : 6u);
}

TEST_P(LegacyRoomTest, LongPrivateTextStaysPrivate) {
  Client cat = Enter("cat");
  Link(*ann_, "ann", *eve_, "eve");
  const std::string text(5000, 'x');
  eve_->Type("private txt ann " + text);
  const std::string head = Whispered("ann", "eve", "");
  std::string joined;
  while (joined.size() < text.size()) {
    const auto piece = ann_->NextPrinted();
    ASSERT_TRUE(piece);
    if (!piece->starts_with(head)) continue;
    joined += piece->substr(head.size());
  }
  EXPECT_EQ(joined, text);
  EXPECT_TRUE(cat->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, TextAboveTheLimitIsAnErrorAndNobodyHearsIt) {
  EXPECT_THAT(Answer(*eve_, "eve: " + std::string(20'000, 'x')),
              StartsWith("ERROR: That message is too long"));
  // Fits the gateway's line, but not the server's text.
  EXPECT_THAT(Answer(*eve_, "eve: " + std::string(9'000, 'x')),
              StartsWith("INFO: A message has at most 8192 bytes"));
  EXPECT_TRUE(ann_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, BadBytesAreDropped) {
  Send(*eve_,
       "a\xFF\xFE"
       "b");
  EXPECT_EQ(ann_->NextPrinted(), "eve: ab");
  Send(*eve_, std::string("c\0d", 3));
  EXPECT_EQ(ann_->NextPrinted(), "eve: cd");
  Send(*eve_, "cut \xE2\x82");
  EXPECT_EQ(ann_->NextPrinted(), "eve: cut");
  Send(*eve_, "\x1B[31mred\x07");
  EXPECT_EQ(ann_->NextPrinted(), "eve: ?[31mred?");
  Send(*eve_, "tele\rtype");
  EXPECT_EQ(ann_->NextPrinted(), "eve: tele type");
  Send(*eve_, "\xFF");
  Send(*eve_, "   ");
  EXPECT_EQ(Answer(*eve_, "online clients"), "Online clients: ann, eve");
  EXPECT_TRUE(ann_->ExpectNothing(absl::Milliseconds(200)));
}

TEST_P(LegacyRoomTest, PastedTextsAllArriveInOrder) {
  for (int i = 0; i < 50; ++i) {
    eve_->Type("bdct txt line " + std::to_string(i));
  }
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(ann_->NextPrinted(), "eve: line " + std::to_string(i));
  }
}

TEST_P(LegacyRoomTest, TextsInSeveralPacketsAreOne) {
  // An unframed client's are two where the machine is so busy that there is a
  // pause between them.
  std::optional<std::string> told;
  for (int i = 0; i < 50 && told != "eve: one text only"; ++i) {
    eve_->socket().Send("eve: one te");
    absl::SleepFor(absl::Milliseconds(5));
    eve_->socket().Send(lines() ? "xt only\n" : "xt only");
    told = ann_->NextPrinted();
    if (told == "eve: one te") {
      EXPECT_FALSE(lines());
      EXPECT_EQ(ann_->NextPrinted(), "eve: xt only");
    }
  }
  EXPECT_EQ(told, "eve: one text only");
}

TEST_P(LegacyRoomTest, ClientThatNeverReadsHarmsNobody) {
  TestSocket deaf(port());
  deaf.Send("REGISTER\ndeaf\npw\nLOGIN\ndeaf\npw\n");
  ASSERT_EQ(ann_->NextPrinted(), "deaf has connected to the chatroom");
  const std::string text(4000, 'x');
  LineClient loud(port());
  ASSERT_TRUE(loud.Register("loud", "pw"));
  ASSERT_TRUE(loud.Login("loud", "pw"));
  for (int i = 0; i < 2000; ++i) loud.Type(text);
  loud.Type("online clients");
  EXPECT_TRUE(loud.ExpectPrinted("Online clients: ann, eve, deaf, loud",
                                 absl::Seconds(60)));
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyRoomTest,
                         ::testing::Values(Dialect::kUnframed, Dialect::kLines),
                         LegacyTest::Name);

}  // namespace
}  // namespace chat77::test

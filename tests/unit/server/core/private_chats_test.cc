// Who is told what in private chat, and in which order. The states themselves
// are in direct_rooms_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Ann is on session 1 and acts, Bob on 2.
class PrivateTest : public testing::Test {
 protected:
  PrivateTest() {
    chat_.LogIn(1, "Ann");
    chat_.LogIn(2, "Bob");
  }

  void AnnAsked() { chat_.Ask(1, "request_private { alias: 'bob' }"); }
  void BobAsked() { chat_.Ask(2, "request_private { alias: 'ann' }"); }
  void Linked() {
    BobAsked();
    chat_.Ask(1, "accept_private { alias: 'bob' }");
  }
  // What comes of Ann's doing `verb` to Bob, without her request's number.
  Lines AnnDoes(const std::string& verb) {
    Lines lines = chat_.Ask(
        1, absl::StrCat(verb, " { alias: 'bOB'",
                        verb == "send_private" ? " text: 'hi'" : "", " }"));
    for (std::string& line : lines) {
      if (const size_t at = line.find('#'); at != std::string::npos) {
        line.erase(at, line.find(' ', at) + 1 - at);
      }
    }
    return lines;
  }

  CoreHarness chat_;
};

TEST_F(PrivateTest, WhenThereIsNothing) {
  EXPECT_THAT(AnnDoes("accept_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(AnnDoes("reject_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(AnnDoes("end_private"), ElementsAre("s1: error NOT_LINKED Bob"));
  EXPECT_THAT(AnnDoes("send_private"), ElementsAre("s1: error NOT_LINKED Bob"));
  EXPECT_THAT(
      AnnDoes("request_private"),
      ElementsAre("> link 1 2 asked bound @5", "s1: request_private Bob 0 0",
                  "s2: private_requested Ann"));
}

TEST_F(PrivateTest, WhenAnnAsked) {
  AnnAsked();
  EXPECT_THAT(AnnDoes("request_private"),
              ElementsAre("s1: error ALREADY_REQUESTED Bob"));
  EXPECT_THAT(AnnDoes("accept_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(AnnDoes("reject_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(AnnDoes("end_private"), ElementsAre("s1: error NOT_LINKED Bob"));
  EXPECT_THAT(AnnDoes("send_private"), ElementsAre("s1: error NOT_LINKED Bob"));
}

TEST_F(PrivateTest, WhenBobAsked) {
  BobAsked();
  EXPECT_THAT(AnnDoes("end_private"), ElementsAre("s1: error NOT_LINKED Bob"));
  EXPECT_THAT(AnnDoes("send_private"), ElementsAre("s1: error NOT_LINKED Bob"));
  EXPECT_THAT(AnnDoes("reject_private"),
              ElementsAre("> link 1 2 none @5", "s2: private_rejected Ann",
                          "s1: reject_private Bob"));
  BobAsked();
  EXPECT_THAT(AnnDoes("accept_private"),
              ElementsAre("> link 1 2 linked bound 2:1 LINKED Ann @5",
                          "s2: private_connected Ann 2 1 1",
                          "s1: accept_private Bob 2 1"));
}

TEST_F(PrivateTest, CrossingRequestsConnect) {
  BobAsked();
  EXPECT_THAT(AnnDoes("request_private"),
              ElementsAre("> link 1 2 linked bound 2:1 LINKED Ann @5",
                          "s2: private_connected Ann 2 1 1",
                          "s1: request_private Bob connected 2 1"));
  EXPECT_THAT(
      AnnDoes("send_private"),
      ElementsAre("> append 2:2 Ann hi @5", "s2: private_said Ann hi @5 2 1 2",
                  "s1: send_private Bob @5 2 1 2"));
}

TEST_F(PrivateTest, WhenLinked) {
  Linked();
  EXPECT_THAT(AnnDoes("request_private"),
              ElementsAre("s1: error ALREADY_LINKED Bob"));
  EXPECT_THAT(AnnDoes("accept_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(AnnDoes("reject_private"),
              ElementsAre("s1: error NO_PENDING_REQUEST Bob"));
  EXPECT_THAT(
      AnnDoes("send_private"),
      ElementsAre("> append 2:2 Ann hi @5", "s2: private_said Ann hi @5 2 1 2",
                  "s1: send_private Bob @5 2 1 2"));
  EXPECT_THAT(
      AnnDoes("end_private"),
      ElementsAre("> link 1 2 none 2:3 ENDED Ann @5", "s1: end_private Bob 2 3",
                  "s2: private_ended Ann ENDED_BY_COMMAND 2 3"));
  EXPECT_THAT(AnnDoes("send_private"), ElementsAre("s1: error NOT_LINKED Bob"));
}

TEST_F(PrivateTest, NobodyOfThatName) {
  for (const char* verb : {"request_private", "accept_private",
                           "reject_private", "end_private", "send_private"}) {
    SCOPED_TRACE(verb);
    EXPECT_THAT(First(chat_.Ask(1, absl::StrCat(verb, " { alias: 'bobby' }"))),
                testing::EndsWith(" error NOT_ONLINE"));
  }
}

TEST_F(PrivateTest, WhoHasNotJoinedIsNobody) {
  chat_.set_hold(true);
  chat_.LogIn(3, "cleo");
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'cleo' }"), IsEmpty());
  EXPECT_EQ(Last(chat_.FinishWrite()), "s1: #2 error NOT_ONLINE");
}

// Whoever asks for a chat and then for the list finds it there.
TEST_F(PrivateTest, TheListIsBehindTheChangeBeforeIt) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'bob' }"),
              ElementsAre(testing::StartsWith("> link 1 2 asked")));
  EXPECT_THAT(chat_.Ask(1, "list_private {}"), IsEmpty());
  EXPECT_THAT(chat_.Ask(2, "list_private {}"), IsEmpty());
  EXPECT_THAT(
      chat_.FinishWrite(),
      ElementsAre("s1: #2 request_private Bob 0 0", "s2: private_requested Ann",
                  "s1: #3 list_private asked=[Bob]",
                  "s2: #2 list_private asking=[Ann]"));
}

TEST_F(PrivateTest, WithYourself) {
  EXPECT_THAT(chat_.Ask(1, "request_private { alias: 'ANN' }"),
              ElementsAre("s1: #2 error IS_YOURSELF Ann"));
  EXPECT_THAT(chat_.Ask(1, "accept_private { alias: 'ann' }"),
              ElementsAre("s1: #3 error NO_PENDING_REQUEST Ann"));
  EXPECT_THAT(chat_.Ask(1, "send_private { alias: 'ann' text: 'x' }"),
              ElementsAre("s1: #4 error NOT_LINKED Ann"));
}

TEST_F(PrivateTest, RefusesTexts) {
  Linked();
  EXPECT_THAT(chat_.Ask(1, "send_private { alias: 'bob' text: ' ' }"),
              ElementsAre("s1: #3 error TEXT_EMPTY"));
  EXPECT_THAT(
      chat_.Ask(1, absl::StrCat("send_private { alias: 'bob' text: '",
                                std::string(wire::kTextBytes + 1, 'x'), "' }")),
      ElementsAre("s1: #4 error TEXT_TOO_LONG"));
}

TEST_F(PrivateTest, ListsSortedByCodePoint) {
  for (const auto& [session, alias] :
       {std::pair{3, "zoe"}, {4, "Zoe2"}, {5, "adam"}, {6, "eve"}}) {
    chat_.LogIn(static_cast<uint64_t>(session), alias);
  }
  Linked();
  chat_.Ask(3, "request_private { alias: 'ann' }");
  chat_.Ask(4, "request_private { alias: 'ann' }");
  chat_.Ask(5, "request_private { alias: 'ann' }");
  chat_.Ask(1, "accept_private { alias: 'adam' }");
  chat_.Ask(1, "request_private { alias: 'eve' }");
  EXPECT_THAT(chat_.Ask(1, "list_private {}"),
              ElementsAre("s1: #5 list_private linked=[Bob adam] "
                          "asking=[Zoe2 zoe] asked=[eve]"));
}

TEST_F(PrivateTest, ListOfNothing) {
  EXPECT_THAT(chat_.Ask(1, "list_private {}"),
              ElementsAre("s1: #2 list_private"));
}

TEST_F(PrivateTest, TooMany) {
  for (uint64_t i = 0; i < wire::kPrivatePerUser; ++i) {
    chat_.LogIn(100 + i, absl::StrCat("user", i));
    chat_.Ask(1, absl::StrCat("request_private { alias: 'user", i, "' }"));
    chat_.Ask(100 + i, "accept_private { alias: 'ann' }");
  }
  EXPECT_THAT(AnnDoes("request_private"),
              ElementsAre("s1: error TOO_MANY_PRIVATE Bob"));
  EXPECT_THAT(chat_.Ask(2, "request_private { alias: 'ann' }"),
              ElementsAre("s2: #2 error TOO_MANY_PRIVATE Ann"));
}

TEST_F(PrivateTest, IsNotToldInTheLobby) {
  Linked();
  AnnDoes("send_private");
  for (const Effect& effect : chat_.effects()) {
    EXPECT_FALSE(std::holds_alternative<TellRoom>(effect)) << Describe(effect);
  }
}

// The room is made with the first link and stays; requests take no place in it.
TEST_F(PrivateTest, ASecondLinkGoesOnInTheSameRoom) {
  Linked();
  AnnDoes("end_private");
  AnnAsked();
  EXPECT_THAT(chat_.Ask(2, "accept_private { alias: 'ann' }"),
              ElementsAre("> link 1 2 linked bound 2:3 LINKED Bob @5",
                          "s1: private_connected Bob 2 1 3",
                          "s2: #3 accept_private Ann 2 3"));
}

TEST_F(PrivateTest, EachTwoHaveARoomOfTheirOwn) {
  chat_.LogIn(3, "cleo");
  Linked();
  chat_.Ask(3, "request_private { alias: 'ann' }");
  EXPECT_EQ(Last(chat_.Ask(1, "accept_private { alias: 'cleo' }")),
            "s1: #3 accept_private cleo 3 1");
  EXPECT_EQ(Last(chat_.Ask(3, "send_private { alias: 'ann' text: 'x' }")),
            "s3: #3 send_private Ann @5 3 1 2");
}

}  // namespace
}  // namespace chat77::server

// Accounts and logins. Leaving is in leave_test.cc, stopping in stop_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "proto/limits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kLogInAsAnn[] = "login { alias: 'ann' password: 'secret' }";
constexpr char kAnnTakesOver[] =
    "login { alias: 'ann' password: 'secret' take_over: true }";

std::string Register(const std::string& alias, const std::string& password) {
  return "register { alias: '" + alias + "' password: '" + password + "' }";
}

class RegisterTest : public testing::Test {
 protected:
  RegisterTest() { chat_.Open(1); }

  CoreHarness chat_;
};

TEST_F(RegisterTest, MakesAnAccountAndDoesNotLogIn) {
  EXPECT_THAT(chat_.Ask(1, Register("Ann", "secret")),
              ElementsAre("> create Ann ann secret @5", "s1: #1 register Ann"));
  EXPECT_EQ(chat_.core().online(), 0);
  EXPECT_THAT(chat_.Ask(1, "list_online {}"),
              ElementsAre("s1: #2 error NOT_LOGGED_IN"));
}

TEST_F(RegisterTest, ComposesTheAlias) {
  EXPECT_THAT(chat_.Ask(1, Register("E\u0301ric", "x")),
              ElementsAre("> create \u00c9ric \u00e9ric x @5",
                          "s1: #1 register \u00c9ric"));
}

TEST_F(RegisterTest, RefusesBeforeAnyWork) {
  const std::string longest(wire::kPasswordBytes, 'x');
  struct {
    std::string alias, password, reply;
  } const cases[] = {
      {"", "x", "s1: #1 error ALIAS_INVALID"},
      {"a b", "x", "s1: #2 error ALIAS_INVALID"},
      {std::string(33, 'a'), "x", "s1: #3 error ALIAS_INVALID"},
      {"ann", "", "s1: #4 error PASSWORD_INVALID"},
      {"ann", longest + "x", "s1: #5 error PASSWORD_INVALID"},
      {"Server", "x", "s1: #6 error ALIAS_TAKEN"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.reply);
    EXPECT_THAT(chat_.Ask(1, Register(c.alias, c.password)),
                ElementsAre(c.reply));
  }
  EXPECT_EQ(Last(chat_.Ask(1, Register("ann", longest))),
            "s1: #7 register ann");
}

TEST_F(RegisterTest, TakenInAnyCase) {
  chat_.AddAccount("ann");
  EXPECT_EQ(Last(chat_.Ask(1, Register("ANN", "x"))),
            "s1: #1 error ALIAS_TAKEN");
}

TEST_F(RegisterTest, FailureOutside) {
  chat_.set_hold(true);
  chat_.Ask(1, Register("ann", "x"));
  EXPECT_THAT(chat_.FinishPassword(absl::ResourceExhaustedError("full")),
              ElementsAre("s1: #1 error BUSY 1000"));
  chat_.Ask(1, Register("ann", "x"));
  EXPECT_THAT(chat_.FinishPassword(absl::UnavailableError("disk")),
              ElementsAre("s1: #2 error UNAVAILABLE 1000"));
}

TEST_F(RegisterTest, OneThingAtATime) {
  chat_.set_hold(true);
  chat_.Ask(1, Register("ann", "secret"));
  EXPECT_THAT(chat_.Ask(1, Register("bob", "x")),
              ElementsAre("s1: #2 error INVALID_ARGUMENT"));
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn),
              ElementsAre("s1: #3 error INVALID_ARGUMENT"));
  EXPECT_THAT(chat_.FinishPassword(), ElementsAre("s1: #1 register ann"));
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn), ElementsAre("> check ann secret"));
}

TEST_F(RegisterTest, NotWhileLoggedIn) {
  chat_.LogIn(2, "ann");
  EXPECT_THAT(chat_.Ask(2, Register("bob", "x")),
              ElementsAre("s2: #2 error ALREADY_LOGGED_IN"));
}

TEST_F(RegisterTest, SessionClosesMeanwhile) {
  chat_.set_hold(true);
  chat_.Ask(1, Register("ann", "secret"));
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishPassword(), IsEmpty());
}

class LoginTest : public testing::Test {
 protected:
  LoginTest() { chat_.AddAccount("Ann"); }

  CoreHarness chat_;
};

TEST_F(LoginTest, ReplyComesBeforeTheRoom) {
  EXPECT_THAT(chat_.LogIn(1, "ANN"),
              ElementsAre("> check ann secret", "> rooms of 1",
                          "> login Ann 10.0.0.1:1001 @5",
                          "s1: #1 login Ann rooms=[1 LOBBY 1 0 0]", "s1 joins",
                          "room: joined 1 Ann @5"));
  EXPECT_EQ(chat_.core().online(), 1);
}

TEST_F(LoginTest, NothingIsSaidBeforeItIsRecorded) {
  chat_.set_hold(true);
  EXPECT_THAT(chat_.LogIn(1, "ann"), ElementsAre("> check ann secret"));
  chat_.FinishPassword();
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login Ann 10.0.0.1:1001 @5"));
  EXPECT_EQ(chat_.core().online(), 0);
  chat_.FinishWrite();
  EXPECT_EQ(chat_.core().online(), 1);
}

TEST_F(LoginTest, PositionCountsWhatWasToldBefore) {
  CoreHarness chat({.epoch = 77, .last_seq = 41});
  chat.LogIn(1, "ann");
  chat.Ask(1, "say { text: 'hi' }");
  EXPECT_THAT(chat.LogIn(2, "bob"),
              testing::Contains("s2: #1 login bob rooms=[1 LOBBY 77 42 0]"));
}

TEST_F(LoginTest, OneReplyForEveryWrongWord) {
  chat_.Open(1);
  EXPECT_EQ(Last(chat_.Ask(1, "login { alias: 'ann' password: 'x' }")),
            "s1: #1 error BAD_CREDENTIALS");
  EXPECT_EQ(Last(chat_.Ask(1, "login { alias: 'who' password: 'x' }")),
            "s1: #2 error BAD_CREDENTIALS");
  EXPECT_EQ(Last(chat_.Ask(1, "login {}")), "s1: #3 error BAD_CREDENTIALS");
  EXPECT_EQ(Last(chat_.Ask(1, kLogInAsAnn)), "room: joined 1 Ann @5");
}

TEST_F(LoginTest, PasswordIsCutAboveTheLimit) {
  chat_.Open(1);
  const std::string longest(wire::kPasswordBytes, 'x');
  EXPECT_EQ(First(chat_.Ask(
                1, "login { alias: 'a' password: '" + longest + "xyz' }")),
            "> check a " + longest + "x");
}

TEST_F(LoginTest, FailureOutside) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  EXPECT_THAT(chat_.FinishPassword(absl::ResourceExhaustedError("full")),
              ElementsAre("s1: #1 error BUSY 1000"));
  chat_.Ask(1, kLogInAsAnn);
  EXPECT_THAT(chat_.FinishPassword(absl::InternalError("disk")),
              ElementsAre("s1: #2 error UNAVAILABLE 1000"));
}

TEST_F(LoginTest, FailedRecordLetsTryAgain) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s1: #1 error UNAVAILABLE"));
  chat_.set_hold(false);
  EXPECT_EQ(Last(chat_.Ask(1, kLogInAsAnn)), "room: joined 1 Ann @5");
}

TEST_F(LoginTest, TwiceOnOneSession) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn),
              ElementsAre("s1: #2 error INVALID_ARGUMENT"));
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn),
              ElementsAre("s1: #3 error ALREADY_LOGGED_IN"));
  chat_.FinishWrite();
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn),
              ElementsAre("s1: #4 error ALREADY_LOGGED_IN"));
}

TEST_F(LoginTest, SecondSessionIsRefused) {
  chat_.LogIn(1, "ann");
  EXPECT_EQ(Last(chat_.LogIn(2, "ann")), "s2: #1 error ALREADY_ONLINE Ann");
  EXPECT_EQ(chat_.core().online(), 1);
}

TEST_F(LoginTest, OfTwoRacingOnePasses) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.LogIn(2, "ann");
  chat_.FinishPassword({}, 1);
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login Ann 10.0.0.2:1002 @5"));
  EXPECT_THAT(chat_.FinishPassword(),
              ElementsAre("s1: #1 error ALREADY_ONLINE Ann"));
  EXPECT_EQ(Last(chat_.FinishWrite()), "room: joined 1 Ann @5");
}

TEST_F(LoginTest, SessionClosesDuringTheCheck) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_THAT(chat_.FinishPassword(), IsEmpty());
  EXPECT_EQ(chat_.core().presence().Find("ann"), nullptr);
}

TEST_F(LoginTest, SessionClosesWhileItsRoomsAreRead) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_EQ(chat_.core().presence().Find("ann"), nullptr);
  EXPECT_THAT(chat_.FinishLookup(), IsEmpty());
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(LoginTest, RoomsThatCannotBeReadLetTryAgain) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  EXPECT_THAT(chat_.Ask(1, kLogInAsAnn),
              ElementsAre("s1: #2 error ALREADY_LOGGED_IN"));
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s1: #1 error UNAVAILABLE"));
  EXPECT_EQ(chat_.core().presence().Find("ann"), nullptr);
  chat_.set_hold(false);
  EXPECT_EQ(Last(chat_.Ask(1, kLogInAsAnn)), "room: joined 1 Ann @5");
}

TEST_F(LoginTest, SessionClosesDuringTheRecord) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.Close(1);
  // Nobody heard of it, but the log has both ends.
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("> logout 1 disconnected @5"));
}

TEST_F(LoginTest, SessionClosesAndTheRecordFails) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.Close(1);
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation"));
}

TEST_F(LoginTest, AliasIsFreeBeforeTheLeaveIsTold) {
  chat_.LogIn(1, "ann");
  chat_.set_hold(true);
  chat_.Ask(1, "say { text: 'bye' }");
  chat_.Close(1);
  chat_.LogIn(2, "ann");
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("room -s1: said 1 1 @5 Ann bye",
                          "room -s1: left 1 Ann @5 DISCONNECTED",
                          "> logout 1 disconnected @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #1 login Ann rooms=[1 LOBBY 1 1 0]", "s2 joins",
                          "room: joined 1 Ann @5"));
}

TEST_F(LoginTest, TakesOver) {
  chat_.LogIn(1, "ann");
  chat_.Open(2);
  EXPECT_THAT(
      chat_.Ask(2, kAnnTakesOver),
      ElementsAre("> check ann secret", "room -s1: left 1 Ann @5 DISCONNECTED",
                  "> logout 1 taken over @5", "s1 bye TAKEN_OVER",
                  "> rooms of 1", "> login Ann 10.0.0.2:1002 @5",
                  "s2: #1 login Ann rooms=[1 LOBBY 1 0 0]", "s2 joins",
                  "room: joined 1 Ann @5"));
  EXPECT_THAT(chat_.Close(1), IsEmpty());
  EXPECT_EQ(chat_.core().online(), 1);
}

TEST_F(LoginTest, TakesOverNobody) {
  chat_.Open(1);
  EXPECT_EQ(Last(chat_.Ask(1, kAnnTakesOver)), "room: joined 1 Ann @5");
}

TEST_F(LoginTest, TakesOverALoginUnderWay) {
  chat_.set_hold(true);
  chat_.LogIn(1, "ann");
  chat_.FinishPassword();
  chat_.FinishLookup();
  chat_.Open(2);
  chat_.Ask(2, kAnnTakesOver);
  EXPECT_THAT(chat_.FinishPassword(),
              ElementsAre("s1 bye TAKEN_OVER", "> rooms of 1"));
  EXPECT_THAT(chat_.FinishLookup(),
              ElementsAre("> login Ann 10.0.0.2:1002 @5"));
  EXPECT_THAT(chat_.FinishWrite(), ElementsAre("> logout 1 taken over @5"));
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("s2: #1 login Ann rooms=[1 LOBBY 1 0 0]", "s2 joins",
                          "room: joined 1 Ann @5"));
}

TEST_F(LoginTest, TakenOverSessionIsDone) {
  chat_.LogIn(1, "ann");
  chat_.Open(2);
  chat_.Ask(2, kAnnTakesOver);
  EXPECT_THAT(chat_.Ask(1, kAnnTakesOver), IsEmpty());
}

// Between characters.
TEST_F(LoginTest, SoftwareIsCut) {
  const std::string most(wire::kSoftwareBytes - 1, 'x');
  chat_.Happen(SessionOpened{SessionId{1}, "10.0.0.1", 1, true,
                             most + "\u00e4" + std::string(4000, 'y')});
  chat_.set_hold(true);
  chat_.Ask(1, kLogInAsAnn);
  chat_.FinishPassword();
  chat_.FinishLookup();
  EXPECT_EQ(std::get<RecordLogin>(chat_.effects().at(0)).software, most);
}

}  // namespace
}  // namespace chat77::server

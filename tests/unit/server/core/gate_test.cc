// The one gate: every way in, and every reason to be kept out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

enum class Way { kPassword, kNewStay, kAttach, kRestored, kGateway };
enum class GateCase {
  kNothing,
  kAccount,
  kNetwork,
  kAdminInNetwork,
  kOwnMachine,
  kStopping,
  kExpired,
  kMuted
};

Sanction Imposed(GateCase what) {
  Sanction sanction;
  sanction.number = 1;
  sanction.reason = "spam";
  sanction.created = absl::FromUnixMillis(1);
  if (what == GateCase::kAccount || what == GateCase::kExpired) {
    sanction.kind = Sanction::Kind::kBanAccount;
  } else if (what == GateCase::kMuted) {
    sanction.kind = Sanction::Kind::kMute;
  } else {
    sanction.kind = Sanction::Kind::kBanNetwork;
  }
  if (sanction.kind != Sanction::Kind::kBanNetwork) sanction.account = 1;
  sanction.target = sanction.account                ? "ann"
                    : what == GateCase::kOwnMachine ? "127.0.0.0/8"
                                                    : "192.0.2.0/24";
  if (what == GateCase::kExpired) {
    sanction.expires = Moment{} + absl::Milliseconds(5);
  }
  return sanction;
}

class GateTest : public testing::TestWithParam<std::tuple<Way, GateCase>> {
 protected:
  // The account is 1, its device 1; the stay that has it lasts or not.
  void Prepare() {
    chat_.AddAccount("ann");
    if (what() == GateCase::kAdminInNetwork) chat_.MakeAdmin("ann");
    if (way() == Way::kPassword || way() == Way::kGateway) return;
    chat_.LogInResuming(1, "ann");
    if (way() == Way::kNewStay) chat_.Ask(1, "logout {}");
    if (way() == Way::kNewStay) chat_.LogInResuming(1, "ann");
    chat_.Close(1);
    if (way() == Way::kNewStay) chat_.Elapse();
  }
  void Impose() {
    if (what() == GateCase::kNothing || what() == GateCase::kStopping) return;
    Restored restored;
    restored.sanctions.push_back(Imposed(what()));
    if (way() == Way::kRestored) {
      restored.stays.push_back({77, 1, chat_.Standing("ann")});
    }
    chat_.Happen(restored);
  }
  void Enter() {
    const char* address =
        what() == GateCase::kOwnMachine ? "127.0.0.1" : "192.0.2.7";
    chat_.Happen(SessionOpened{SessionId{9}, address, 1, true, "phone"});
    pb::ClientFrame frame;
    if (way() == Way::kPassword || way() == Way::kGateway) {
      frame.mutable_login()->set_alias("ann");
      frame.mutable_login()->set_password("secret");
    } else {
      frame.mutable_resume()->set_device_token(
          CoreHarness::TokenOf(chat_.newest_device()));
    }
    chat_.set_hold(true);
    chat_.Ask(9, frame);
    if (what() == GateCase::kStopping) chat_.Stop();
    Lines lines;
    if (chat_.passwords() > 0) lines = chat_.FinishPassword();
    while (chat_.lookups() > 0) lines = chat_.FinishLookup();
    if (chat_.writes() > 0) lines = chat_.FinishWrite();
    result_ = absl::StrJoin(lines, "\n");
  }
  Way way() const { return std::get<0>(GetParam()); }
  GateCase what() const { return std::get<1>(GetParam()); }

  CoreHarness chat_;
  std::string result_;
};

TEST_P(GateTest, LetsInOrNot) {
  Prepare();
  Impose();
  Enter();
  const bool banned =
      what() == GateCase::kAccount || what() == GateCase::kNetwork;
  const bool in = absl::StrContains(result_, "rooms=[1 LOBBY");
  EXPECT_EQ(in, !banned && what() != GateCase::kStopping) << result_;
  EXPECT_EQ(absl::StrContains(result_, "BANNED"), banned) << result_;
  if (in && what() == GateCase::kMuted) {
    EXPECT_THAT(chat_.Ask(9, "say { text: 'hi' }"),
                testing::ElementsAre("s9: #2 error MUTED"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Every, GateTest,
    testing::Combine(testing::Values(Way::kPassword, Way::kNewStay,
                                     Way::kAttach, Way::kRestored,
                                     Way::kGateway),
                     testing::Values(GateCase::kNothing, GateCase::kAccount,
                                     GateCase::kNetwork,
                                     GateCase::kAdminInNetwork,
                                     GateCase::kOwnMachine, GateCase::kStopping,
                                     GateCase::kExpired, GateCase::kMuted)));

// Banned between the password and the record.
TEST(GateTest, ABanMeetsWhoIsComingIn) {
  CoreHarness chat;
  chat.AddAccount("root");
  chat.MakeAdmin("root");
  chat.LogIn(1, "root");
  chat.AddAccount("ann");
  chat.set_hold(true);
  chat.Open(2);
  chat.Ask(2, "login { alias: 'ann' password: 'secret' }");
  chat.Ask(1, "ban { alias: 'ann' }");
  chat.FinishLookup();
  chat.FinishPassword();
  chat.FinishLookup();
  EXPECT_THAT(chat.FinishWrite(),
              testing::Contains(testing::HasSubstr("BANNED")));
  EXPECT_THAT(chat.FinishWrite(), testing::ElementsAre("> logout 2 banned @5"));
  EXPECT_TRUE(chat.core().idle());
}

}  // namespace
}  // namespace chat77::server

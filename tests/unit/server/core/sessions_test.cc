#include "server/core/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() {
    frame_.set_request_id(7);
    sessions_.Open(kId);
  }
  Request Asking() { return sessions_.RequestOf(kId, frame_, turn_); }

  static constexpr SessionId kId{1};
  const Moment now_;
  Effects effects_;
  Turn turn_{now_, effects_};
  pb::ClientFrame frame_;
  std::vector<uint64_t> logged_out_;
  Workload workload_{1 << 20};
  Ledger ledger_{workload_,
                 [](Held&, const absl::StatusOr<Outcome>&, Turn&) {}};
  Sessions sessions_{ledger_, [this](const Asked& logout, Turn&) {
                       logged_out_.push_back(logout.request_id);
                     }};
};

TEST_F(SessionsTest, ALogoutWaitsForAllEarlierRequests) {
  const Token look = sessions_.Look(Asking());
  sessions_.Wait(kId);
  sessions_.LogOutOnceSettled(Asking());
  EXPECT_TRUE(sessions_.At(kId).leaving);
  EXPECT_TRUE(sessions_.TakeLookup(look));
  sessions_.Settle(kId, turn_);
  EXPECT_THAT(logged_out_, IsEmpty());
  sessions_.Settle(kId, turn_);
  EXPECT_THAT(logged_out_, ElementsAre(7));
  EXPECT_TRUE(sessions_.idle());
}

TEST_F(SessionsTest, ALogoutBehindNothingIsCarriedOutAtOnce) {
  sessions_.LogOutOnceSettled(Asking());
  EXPECT_THAT(logged_out_, ElementsAre(7));
}

TEST_F(SessionsTest, ALookupOfASessionThatIsGoneIsTakenByNobody) {
  const Token look = sessions_.Look(Asking());
  EXPECT_FALSE(sessions_.idle());
  EXPECT_FALSE(sessions_.Forget(kId));
  EXPECT_FALSE(sessions_.TakeLookup(look));
  EXPECT_TRUE(sessions_.idle());
  sessions_.Settle(kId, turn_);  // nothing to settle
}

TEST_F(SessionsTest, WhoGoesTellsOfItsLogout) {
  sessions_.Wait(kId);
  sessions_.LogOutOnceSettled(Asking());
  const auto logout = sessions_.Forget(kId);
  ASSERT_TRUE(logout);
  EXPECT_EQ(logout->request_id, 7u);
  EXPECT_THAT(logged_out_, IsEmpty());
}

TEST_F(SessionsTest, ADismissedSessionIsForgottenAtOnce) {
  sessions_.Dismiss(kId, pb::KICKED, "Bye.", turn_);
  EXPECT_FALSE(sessions_.Has(kId));
  ASSERT_EQ(effects_.size(), 1u);
  EXPECT_EQ(std::get<CloseSession>(effects_[0]).code, pb::KICKED);
}

}  // namespace
}  // namespace chat77::server

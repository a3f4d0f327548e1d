// The core against the model, on thousands of random lives of a chat. A failure
// prints the shortest list of operations that shows it; set RC_PARAMS to what
// it prints to see it again.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/core_operations.h"

namespace chat77::server {

// Found by rapidcheck through the argument's type.
void showValue(const Operation& operation, std::ostream& os) {
  os << operation;
}

namespace {

using Op = Operation;

// What happens in a chat happens at these odds, not evenly: else nobody would
// be there to talk.
rc::Gen<Operation::Kind> Kinds() {
  return rc::gen::weightedElement<Op::Kind>({
      {6, Op::kEnter},
      {10, Op::kEnterResuming},
      {2, Op::kOpen},
      {3, Op::kOpenResuming},
      {7, Op::kClose},
      {2, Op::kRegister},
      {4, Op::kLogin},
      {3, Op::kTakeOver},
      {4, Op::kLogout},
      {9, Op::kReturn},
      {4, Op::kResume},
      {12, Op::kSay},
      {2, Op::kListOnline},
      {2, Op::kFetchHistory},
      {10, Op::kRequest},
      {8, Op::kLink},
      {8, Op::kAccept},
      {3, Op::kReject},
      {4, Op::kEnd},
      {10, Op::kSend},
      {8, Op::kAgain},
      {4, Op::kMarkRead},
      {2, Op::kListPrivate},
      {2, Op::kListDevices},
      {2, Op::kRevoke},
      {1, Op::kNonsense},
      {5, Op::kFinishPassword},
      {1, Op::kFailPassword},
      {6, Op::kFinishLookup},
      {1, Op::kFailLookup},
      {16, Op::kFinishWrite},
      {3, Op::kFailWrite},
      {2, Op::kFinishRead},
      {3, Op::kElapse},
      {4, Op::kWithdraw},
      {7, Op::kBlock},
      {4, Op::kUnblock},
      {1, Op::kListBlocked},
      {1, Op::kLongAfter},
      {2, Op::kKick},
      {2, Op::kMute},
      {2, Op::kBan},
      {2, Op::kLift},
      {2, Op::kChangePassword},
  });
}

rc::Gen<Operation> Operations() {
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::kind, Kinds()),
      rc::gen::set(&Operation::slot,
                   rc::gen::inRange<uint8_t>(0, Operation::kSlots)),
      rc::gen::set(&Operation::name,
                   rc::gen::inRange<uint8_t>(0, Operation::kNames)),
      rc::gen::set(&Operation::detail, rc::gen::inRange<uint8_t>(0, 255)));
}

constexpr uint64_t kSeed = 77;

// As rc::check, with a number of lists of its own, the same each time, so that
// what fails is what was changed. Others, and more, are looked for with
// RC_PARAMS="seed=123 max_success=200000".
template <class Property>
void Check(int lists, const Property& property) {
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(lists, params.maxSuccess);
  if (std::getenv("RC_PARAMS") == nullptr) params.seed = kSeed;
  rc::detail::TestMetadata metadata;
  metadata.id = testing::UnitTest::GetInstance()->current_test_info()->name();
  metadata.description = metadata.id;
  const auto result = rc::detail::checkTestable(property, metadata, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>())
      << message.str() << "\nseed " << params.seed;
}

void ExpectPlays(const std::vector<Operation>& operations, bool history) {
  const std::string wrong = Play(operations, history);
  if (!wrong.empty()) RC_FAIL(wrong);
}

void ExpectHolds(const std::vector<Operation>& operations) {
  EXPECT_EQ(Play(operations, true), "");
}

TEST(CoreModelTest, Lives) {
  Check(10000, [] {
    ExpectPlays(*rc::gen::container<std::vector<Operation>>(Operations()),
                true);
  });
}

TEST(CoreModelTest, LivesWithoutHistory) {
  Check(4000, [] {
    ExpectPlays(*rc::gen::container<std::vector<Operation>>(Operations()),
                false);
  });
}

TEST(CoreModelTest, LivesThatAreStopped) {
  Check(1000, [] {
    const auto lives = rc::gen::container<std::vector<Operation>>(Operations());
    std::vector<Operation> operations = *lives;
    operations.push_back({Operation::kStop, 0, 0, 0});
    for (const Operation& after : *lives) operations.push_back(after);
    ExpectPlays(operations, true);
  });
}

// Lists that were found to fail, by what they showed.

TEST(CoreModelTest, AMuteThatIsLookedUpDoesNotDelayAStop) {
  ExpectHolds({{Op::kEnter, 3, 1, 1},
               {Op::kMute, 3, 6, 0},
               {Op::kEnterResuming, 1, 6, 1},
               {Op::kSay, 1, 0, 2},
               {Op::kStop}});
}

TEST(CoreModelTest, ATextOverALinkOfAMoment) {
  ExpectHolds({{Op::kEnterResuming, 0, 0, 1},
               {Op::kEnterResuming, 1, 2, 1},
               {Op::kLink, 0, 0, 0},
               {Op::kAccept, 0, 2, 0},
               {Op::kSend, 0, 2, 2},
               {Op::kLogout, 0, 0, 0}});
}

TEST(CoreModelTest, AKickAfterItsAdminAndTheStop) {
  ExpectHolds({{Op::kEnter, 0, 2, 1},
               {Op::kEnter, 2, 0, 0},
               {Op::kEnterResuming, 2, 1, 1},
               {Op::kKick, 2, 2, 0},
               {Op::kLogout, 2, 0, 0},
               {Op::kStop}});
}

TEST(CoreModelTest, ABanThatIsOverBeforeItIsWritten) {
  ExpectHolds({{Op::kEnter, 4, 1, 1},
               {Op::kEnterResuming, 0, 6, 1},
               {Op::kBan, 4, 6, 3},
               {Op::kReturn, 0, 0, 0},
               {Op::kLongAfter}});
}

}  // namespace
}  // namespace chat77::server

#include "server/core/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LedgerTest : public testing::Test {
 protected:
  // What is held can be told from others by its session.
  static Held Named(uint64_t name) { return Again{SessionId{name}}; }
  // Returns the write's token.
  Token Order(uint64_t name) {
    ledger_.Order(Append{}, Named(name), turn_);
    return std::get<Append>(effects_.back()).token;
  }
  void Settle(Token token, absl::StatusOr<Outcome> outcome = Outcome()) {
    const Committed event{token, std::move(outcome)};
    if (ledger_.IsFailure(event)) {
      const auto note = [this](const char* how) {
        return [this, how](auto& what) {
          undone_.push_back(
              absl::StrCat(how, std::get<Again>(Held(what)).session.value));
        };
      };
      ledger_.Fail(note("undo "), note("redo "), turn_);
    }
    ledger_.Settle(event, turn_);
  }
  size_t Generations() const {
    return static_cast<size_t>(
        std::count_if(effects_.begin(), effects_.end(), [](const auto& effect) {
          return std::holds_alternative<NewGeneration>(effect);
        }));
  }

  const Moment now_;
  Effects effects_;
  Turn turn_{now_, effects_};
  std::vector<std::string> released_, undone_;
  Workload workload_{1 << 20};
  Ledger ledger_{
      workload_,
      [this](Held& held, const absl::StatusOr<Outcome>& outcome, Turn&) {
        released_.push_back(absl::StrCat(std::get<Again>(held).session.value,
                                         outcome.ok() ? "" : " failed"));
      }};
};

TEST_F(LedgerTest, WhatWaitsForNothingIsReleasedAtOnce) {
  ledger_.Hold(Named(1), turn_);
  EXPECT_THAT(released_, ElementsAre("1"));
  EXPECT_TRUE(ledger_.empty());
}

TEST_F(LedgerTest, NothingIsReleasedBeforeItsCommitOrOutOfOrder) {
  const Token first = Order(1);
  ledger_.Hold(Named(2), turn_);
  const Token third = Order(3);
  EXPECT_THAT(released_, IsEmpty());
  Settle(first);
  EXPECT_THAT(released_, ElementsAre("1", "2"));
  Settle(third);
  EXPECT_THAT(released_, ElementsAre("1", "2", "3"));
}

TEST_F(LedgerTest, AFailureUndoesAllThatIsHeldAndBeginsANewGeneration) {
  const Token first = Order(1);
  const Token second = Order(2);
  Settle(first, absl::UnavailableError("disk"));
  EXPECT_THAT(undone_, ElementsAre("undo 2", "undo 1", "redo 1", "redo 2"));
  EXPECT_EQ(Generations(), 1u);
  // The store rejects the second, and reports that.
  Settle(second, absl::UnavailableError("disk"));
  EXPECT_THAT(released_, ElementsAre("1 failed", "2 failed"));
  EXPECT_EQ(Generations(), 1u);
}

TEST_F(LedgerTest, WhatWaitsBehindAFailureFailsToo) {
  const Token first = Order(1);
  ledger_.Hold(Named(2), turn_);
  Settle(first, absl::UnavailableError("disk"));
  EXPECT_THAT(released_, ElementsAre("1 failed", "2 failed"));
}

TEST_F(LedgerTest, WhatIsHeldCountsUntilItIsReleased) {
  const Token first = Order(1);
  EXPECT_FALSE(workload_.empty());
  ledger_.Hold(Named(2), turn_);
  Settle(first, absl::UnavailableError("disk"));
  EXPECT_TRUE(workload_.empty());
}

TEST_F(LedgerTest, ARefusalIsOfOneWriteAlone) {
  const Token first = Order(1);
  const Token second = Order(2);
  Settle(first, absl::NotFoundError("no such device"));
  Settle(second);
  EXPECT_THAT(released_, ElementsAre("1 failed", "2"));
  EXPECT_THAT(undone_, IsEmpty());
  EXPECT_EQ(Generations(), 0u);
}

TEST_F(LedgerTest, WhatIsOrderedAfterAFailureIsOfTheNextGeneration) {
  Settle(Order(1), absl::UnavailableError("disk"));
  Settle(Order(2));
  EXPECT_THAT(released_, ElementsAre("1 failed", "2"));
}

}  // namespace
}  // namespace chat77::server

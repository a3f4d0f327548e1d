#include "server/core/held_effects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

namespace chat77::server {
namespace {

using testing::ElementsAre;

class HeldEffectsTest : public testing::Test {
 protected:
  // A place that can be told from others by its session.
  static Held Named(uint64_t name) { return Again{SessionId{name}}; }
  static uint64_t NameOf(const Held& held) {
    return std::get<Again>(held).session.value;
  }
  // 0: nothing is taken.
  uint64_t Written(uint64_t write) {
    const auto taken = held_.TakeWritten(Token{write});
    return taken ? NameOf(taken->held) : 0;
  }
  uint64_t Ready() { return Written(0); }
  void Fail() {
    held_.Fail([this](auto& what) { undone_.push_back(NameOf(Held(what))); },
               [this](auto& what) { redone_.push_back(NameOf(Held(what))); });
  }

  HeldEffects held_;
  std::vector<uint64_t> undone_, redone_;
};

TEST_F(HeldEffectsTest, WhatIsNotWrittenStaysHeld) {
  held_.Hold(Token{7}, Named(1));
  EXPECT_EQ(Ready(), 0);
  EXPECT_EQ(Written(8), 0);
  EXPECT_EQ(Written(7), 1);
  EXPECT_TRUE(held_.empty());
}

TEST_F(HeldEffectsTest, NothingOvertakesAWrite) {
  held_.Hold(Token{7}, Named(1));
  held_.Hold({}, Named(2));
  held_.Hold(Token{8}, Named(3));
  EXPECT_EQ(Ready(), 0);
  EXPECT_EQ(Written(8), 0) << "behind 7";
  EXPECT_EQ(Written(7), 1);
  EXPECT_EQ(Written(8), 0) << "behind what is ready";
  EXPECT_EQ(Ready(), 2);
  EXPECT_EQ(Written(8), 3);
}

TEST_F(HeldEffectsTest, AFailureIsUndoneBackwardsAndRedoneForwards) {
  held_.Hold(Token{7}, Named(1));
  held_.Hold({}, Named(2));
  held_.Hold(Token{8}, Named(3));
  Fail();
  EXPECT_THAT(undone_, ElementsAre(3, 2, 1));
  EXPECT_THAT(redone_, ElementsAre(1, 2, 3));
  EXPECT_TRUE(held_.TakeWritten(Token{7})->failed);
  EXPECT_TRUE(held_.TakeReady()->failed);
}

TEST_F(HeldEffectsTest, WhatIsHeldAfterAFailureDoesNotFail) {
  held_.Hold(Token{7}, Named(1));
  Fail();
  held_.Hold(Token{8}, Named(2));
  EXPECT_FALSE(held_.IsFirst(Token{7})) << "it has failed";
  EXPECT_TRUE(held_.TakeWritten(Token{7})->failed);
  EXPECT_TRUE(held_.IsFirst(Token{8}));
  EXPECT_FALSE(held_.TakeWritten(Token{8})->failed);
}

TEST_F(HeldEffectsTest, AFailureIsUndoneOnce) {
  held_.Hold(Token{7}, Named(1));
  Fail();
  held_.Hold(Token{8}, Named(2));
  undone_.clear();
  redone_.clear();
  Fail();
  EXPECT_THAT(undone_, ElementsAre(2));
  EXPECT_THAT(redone_, ElementsAre(2));
}

TEST_F(HeldEffectsTest, FindsTheLastThatHasNotFailed) {
  const auto find = [this](uint64_t least) {
    const Again* found = held_.FindLast<Again>(
        [&](const Again& again) { return again.session.value >= least; });
    return found == nullptr ? 0 : found->session.value;
  };
  held_.Hold(Token{7}, Named(3));
  held_.Hold(Token{8}, Named(1));
  held_.Hold(Token{9}, Farewell{});
  EXPECT_EQ(find(1), 1);
  EXPECT_EQ(find(2), 3);
  EXPECT_EQ(find(4), 0);
  held_.Fail([](auto&) {}, [](auto&) {});
  EXPECT_EQ(find(1), 0);
}

}  // namespace
}  // namespace chat77::server

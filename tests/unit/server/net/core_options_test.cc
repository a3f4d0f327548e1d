#include "server/net/core_options.h"

#include <gtest/gtest.h>

namespace chat77::server {
namespace {

TEST(CoreOptionsTest, WhatNobodyMayKnowIsNewEachTime) {
  ServerOptions options;
  options.history = false;
  const CoreOptions one = ToCoreOptions(options, {}, kLobby);
  const CoreOptions two = ToCoreOptions(options, {}, kLobby);
  ASSERT_TRUE(one.login_rates && two.login_rates);
  EXPECT_NE(one.login_rates->hash_key, two.login_rates->hash_key);
  EXPECT_NE(one.login_rates->hash_key, HashKey{});
  EXPECT_NE(one.epoch, two.epoch);
}

TEST(CoreOptionsTest, TheRestIsAsGiven) {
  ServerOptions options;
  options.logins.of_address = {7, 8};
  options.send_bytes = 1024;
  const CoreOptions core =
      ToCoreOptions(options, {.epoch = 3, .last_seq = 4}, RoomId(9));
  EXPECT_EQ(core.epoch, 3u);
  EXPECT_EQ(core.last_seq, 4u);
  EXPECT_EQ(core.login_rates->of_address.burst, 8);
  EXPECT_EQ(core.direct_epoch, 3u);
  EXPECT_EQ(core.last_room, RoomId(9));
  EXPECT_EQ(core.waiting_bytes, 8u * 1024 * 1024) << "the least";
}

}  // namespace
}  // namespace chat77::server

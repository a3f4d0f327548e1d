#include "client/server_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chat77::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kServer[] = "chat.example:7700";
const ShownKey kPlain{"SHA256:a", false};
const ShownKey kVouched{"SHA256:a", true};

Trust Judge(const ShownKey& shown, std::optional<std::string> known,
            std::string_view demanded = "") {
  return JudgeServer(kServer, shown, known, demanded);
}

TEST(ServerTrustTest, FirstSight) {
  const Trust trust = Judge(kPlain, std::nullopt);
  EXPECT_TRUE(trust.accepted);
  EXPECT_EQ(trust.remember, "SHA256:a");
  EXPECT_THAT(trust.sentence, HasSubstr("First connection to chat.example"));
}

TEST(ServerTrustTest, KnownKey) {
  const Trust trust = Judge(kPlain, "SHA256:a");
  EXPECT_TRUE(trust.accepted);
  EXPECT_THAT(trust.remember, IsEmpty());
  EXPECT_THAT(trust.sentence, IsEmpty());
}

TEST(ServerTrustTest, OtherKey) {
  const Trust trust = Judge(kPlain, "SHA256:b");
  EXPECT_FALSE(trust.accepted);
  EXPECT_THAT(trust.remember, IsEmpty());
  EXPECT_THAT(trust.sentence, HasSubstr("from SHA256:b to SHA256:a"));
}

TEST(ServerTrustTest, Vouched) {
  const Trust trust = Judge(kVouched, std::nullopt);
  EXPECT_TRUE(trust.accepted);
  EXPECT_EQ(trust.remember, kVerified);
  EXPECT_THAT(trust.sentence, IsEmpty());
  EXPECT_THAT(Judge(kVouched, kVerified).remember, IsEmpty());
}

TEST(ServerTrustTest, VouchedAfterPinned) {
  for (const char* known : {"SHA256:a", "SHA256:b"}) {
    const Trust trust = Judge(kVouched, known);
    EXPECT_TRUE(trust.accepted);
    EXPECT_EQ(trust.remember, kVerified);
    EXPECT_THAT(trust.sentence, HasSubstr("known authority now"));
  }
}

TEST(ServerTrustTest, NoLongerVouched) {
  const Trust trust = Judge(kPlain, kVerified);
  EXPECT_FALSE(trust.accepted);
  EXPECT_THAT(trust.sentence, HasSubstr("--forget chat.example:7700"));
}

TEST(ServerTrustTest, DemandedKeyAloneDecides) {
  for (const ShownKey& shown : {kPlain, kVouched}) {
    EXPECT_TRUE(Judge(shown, "SHA256:b", "SHA256:a").accepted);
    EXPECT_FALSE(Judge(shown, "SHA256:a", "SHA256:b").accepted);
    EXPECT_THAT(Judge(shown, std::nullopt, "SHA256:a").remember, IsEmpty());
  }
}

}  // namespace
}  // namespace chat77::client

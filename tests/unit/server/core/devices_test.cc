// Listing and revoking the devices that may resume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Ann was on device 1, is on session 2 with device 2; Bob on 3 has device 3.
class DeviceTest : public testing::Test {
 protected:
  DeviceTest() {
    chat_.LogInResuming(1, "ann");
    chat_.Open(9);
    chat_.Close(1);
    chat_.Elapse();
    chat_.LogInResuming(2, "ann");
    chat_.LogInResuming(3, "bob");
  }

  CoreHarness chat_;
};

TEST_F(DeviceTest, Lists) {
  EXPECT_THAT(chat_.Ask(2, "list_devices {}"),
              ElementsAre("> devices of 1",
                          "s2: #2 list_devices devices=[1 phone 2 phone "
                          "current]"));
  chat_.LogIn(4, "cleo");
  EXPECT_EQ(Last(chat_.Ask(4, "list_devices {}")), "s4: #2 list_devices");
}

TEST_F(DeviceTest, ListFails) {
  chat_.set_hold(true);
  chat_.Ask(2, "list_devices {}");
  EXPECT_THAT(chat_.FinishLookup(absl::UnavailableError("disk")),
              ElementsAre("s2: #2 error UNAVAILABLE 1000"));
}

TEST_F(DeviceTest, ListForOneWhoIsGone) {
  chat_.set_hold(true);
  chat_.Ask(2, "list_devices {}");
  chat_.Close(2);
  EXPECT_THAT(chat_.FinishLookup(), IsEmpty());
}

// The store may have answered just before a device ended. Whoever is here
// rightfully must not go for it.
class StaleDeviceTest : public DeviceTest {
 protected:
  // Somebody takes over with device 1, of ann's; the store is slow.
  void BeginTakeOver() {
    chat_.set_hold(true);
    chat_.Resume(4, 1, "take_over: true");
    token_ = std::get<FindDevice>(chat_.effects().at(0)).token;
  }
  Lines StoreSaysItIsValid() {
    return chat_.Happen(DeviceFound{token_, FoundDevice{1, {1, "ann"}}});
  }

  Token token_;
};

TEST_F(StaleDeviceTest, Revoked) {
  BeginTakeOver();
  chat_.Ask(2, "revoke_device { number: 1 }");
  EXPECT_EQ(chat_.FinishWrite(), Lines({"s2: #2 revoke_device"}));
  EXPECT_THAT(StoreSaysItIsValid(), ElementsAre("s4: #1 error TOKEN_INVALID"));
}

TEST_F(StaleDeviceTest, EndedByAChangeOfPassword) {
  BeginTakeOver();
  chat_.Ask(2, "change_password { old_password: 'secret' new_password: 'x' }");
  EXPECT_EQ(chat_.FinishPassword(), Lines({"s2: #2 change_password"}));
  EXPECT_THAT(StoreSaysItIsValid(), ElementsAre("s4: #1 error TOKEN_INVALID"));
}

TEST_F(StaleDeviceTest, AChangeOfAnothersPasswordIsNoMatter) {
  BeginTakeOver();
  chat_.Ask(3, "change_password { old_password: 'secret' new_password: 'x' }");
  chat_.FinishPassword();
  EXPECT_THAT(StoreSaysItIsValid(), testing::Contains("s2 bye TAKEN_OVER"));
}

TEST_F(DeviceTest, RevokesAnother) {
  EXPECT_THAT(chat_.Ask(2, "revoke_device { number: 1 }"),
              ElementsAre("> revoke 1", "s2: #2 revoke_device"));
  EXPECT_EQ(Last(chat_.Resume(4, 1)), "s4: #1 error TOKEN_INVALID");
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(DeviceTest, RevokesItsOwn) {
  EXPECT_THAT(
      chat_.Ask(2, "revoke_device { number: 2 }"),
      ElementsAre("> revoke 2", "s2: #2 revoke_device",
                  "room -s2: left 1 ann @5 DISCONNECTED",
                  "> logout 2 device revoked @5", "s2 bye DEVICE_REVOKED"));
  EXPECT_TRUE(chat_.core().idle());
}

// Its user came back with another device before the disk had it.
TEST_F(DeviceTest, RevokesTheOneThatIsAway) {
  chat_.set_hold(true);
  chat_.Ask(2, "revoke_device { number: 1 }");
  chat_.Resume(4, 1, "take_over: true");
  chat_.FinishLookup();
  chat_.FinishLookup();
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("room -s2: left 1 ann @5 DISCONNECTED",
                          "> logout 2 taken over @5", "s4 bye DEVICE_REVOKED"));
  EXPECT_THAT(chat_.FinishWrite(), IsEmpty());
  EXPECT_EQ(chat_.core().presence().Find("ann"), nullptr);
  EXPECT_TRUE(chat_.core().idle());
}

TEST_F(DeviceTest, RevokedWhileItsUserIsAway) {
  chat_.set_hold(true);
  chat_.Ask(2, "revoke_device { number: 2 }");
  chat_.Close(2);
  EXPECT_THAT(chat_.FinishWrite(),
              ElementsAre("room: left 1 ann @5 DISCONNECTED",
                          "> logout 2 device revoked @5"));
  EXPECT_THAT(chat_.Elapse(), IsEmpty());
}

TEST_F(DeviceTest, NoSuchDevice) {
  EXPECT_THAT(chat_.Ask(2, "revoke_device {}"),
              ElementsAre("s2: #2 error NO_SUCH_DEVICE"));
  EXPECT_EQ(Last(chat_.Ask(2, "revoke_device { number: 3 }")),
            "s2: #3 error NO_SUCH_DEVICE");
  EXPECT_THAT(chat_.Ask(2, "revoke_device { number: 18446744073709551615 }"),
              ElementsAre("s2: #4 error NO_SUCH_DEVICE"));
  EXPECT_EQ(chat_.core().online(), 2);
}

TEST_F(DeviceTest, RevokeFails) {
  chat_.set_hold(true);
  chat_.Ask(2, "revoke_device { number: 2 }");
  EXPECT_THAT(chat_.FinishWrite(absl::UnavailableError("disk")),
              ElementsAre("> new generation", "s2: #2 error UNAVAILABLE 1000"));
  EXPECT_EQ(chat_.core().online(), 2);
}

}  // namespace
}  // namespace chat77::server

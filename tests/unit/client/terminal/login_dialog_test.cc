#include "client/terminal/login_dialog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_console.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LoginDialogTest : public ::testing::Test {
 protected:
  void Begin(GivenLogin given = {}, bool interactive = true,
             pb::Registration registration = pb::REGISTRATION_OPEN) {
    console_ = std::make_unique<FakeConsole>(interactive);
    dialog_ = std::make_unique<LoginDialog>(
        *console_, given, [this](const Credentials& credentials) {
          done_.push_back((credentials.make_account ? "register " : "login ") +
                          credentials.alias + " " + credentials.password +
                          (credentials.invitation.empty()
                               ? ""
                               : " with " + credentials.invitation) +
                          (credentials.take_over ? " takes over" : ""));
        });
    dialog_->Begin(registration);
  }
  void Type(const std::string& line) { dialog_->OnLine(line); }

  std::unique_ptr<FakeConsole> console_;
  std::unique_ptr<LoginDialog> dialog_;
  std::vector<std::string> done_;
};

TEST_F(LoginDialogTest, AsksForEverything) {
  Begin();
  EXPECT_THAT(console_->prompt, HasSubstr("register"));
  Type("");
  EXPECT_EQ(console_->prompt, "Name: ");
  EXPECT_FALSE(console_->secret);
  Type(" ann ");
  EXPECT_EQ(console_->prompt, "Password for ann: ");
  EXPECT_TRUE(console_->secret);
  Type("se cret ");
  EXPECT_THAT(done_, ElementsAre("login ann se cret "));
  EXPECT_FALSE(console_->secret);
}

TEST_F(LoginDialogTest, RegisteringAsksTwice) {
  Begin();
  Type("register");
  Type("ann");
  Type("one");
  Type("two");
  EXPECT_THAT(console_->printed, HasSubstr("differ"));
  Type("one");
  Type("one");
  EXPECT_THAT(done_, ElementsAre("register ann one"));
}

TEST_F(LoginDialogTest, AsksOnlyForWhatIsMissing) {
  GivenLogin given;
  given.credentials.alias = "ann";
  given.has_alias = true;
  Begin(given);
  EXPECT_EQ(console_->prompt, "Password for ann: ");
}

TEST_F(LoginDialogTest, BadNameIsAskedForAgain) {
  Begin();
  Type("login");
  Type("ann, bob");
  EXPECT_THAT(console_->printed, HasSubstr("but not ,."));
  EXPECT_EQ(console_->prompt, "Name: ");
}

TEST_F(LoginDialogTest, WrongPasswordAsksAgain) {
  Begin();
  for (const char* line : {"login", "ann", "wrong"}) Type(line);
  EXPECT_TRUE(dialog_->BeginAgain(pb::BAD_CREDENTIALS));
  for (const char* line : {"", "ann", "right"}) Type(line);
  EXPECT_THAT(done_, ElementsAre("login ann wrong", "login ann right"));
}

TEST_F(LoginDialogTest, TakenNameMayBeOnesOwn) {
  Begin();
  for (const char* line : {"register", "ann", "secret", "secret"}) Type(line);
  EXPECT_TRUE(dialog_->BeginAgain(pb::ALIAS_TAKEN));
  EXPECT_THAT(console_->prompt, ::testing::HasSubstr("Log in, or register"));
  for (const char* line : {"login", "ann", "secret"}) Type(line);
  EXPECT_EQ(done_.back(), "login ann secret");
}

TEST_F(LoginDialogTest, OffersToTakeOver) {
  Begin();
  for (const char* line : {"login", "ann", "secret"}) Type(line);
  EXPECT_TRUE(dialog_->BeginAgain(pb::ALREADY_ONLINE));
  Type("y");
  EXPECT_EQ(done_.back(), "login ann secret takes over");
}

TEST_F(LoginDialogTest, PipeIsReadInOrder) {
  Begin({}, false);
  for (const char* line : {"ann", "secret"}) Type(line);
  EXPECT_THAT(done_, ElementsAre("login ann secret"));
  EXPECT_FALSE(dialog_->BeginAgain(pb::BAD_CREDENTIALS));
}

TEST_F(LoginDialogTest, AsksForAnInvitation) {
  Begin({}, true, pb::REGISTRATION_BY_INVITATION);
  Type("register");
  EXPECT_THAT(console_->prompt, HasSubstr("Invitation code"));
  Type("");
  EXPECT_THAT(console_->prompt, HasSubstr("Invitation code"));
  Type(" abc ");
  Type("ann");
  Type("secret");
  Type("secret");
  EXPECT_THAT(done_, ElementsAre("register ann secret with abc"));
  ASSERT_TRUE(dialog_->BeginAgain(pb::INVITATION_INVALID));
  Type("abd");
  EXPECT_EQ(done_.back(), "register ann secret with abd");
}

TEST_F(LoginDialogTest, LoginNeedsNoInvitation) {
  Begin({}, true, pb::REGISTRATION_BY_INVITATION);
  Type("login");
  EXPECT_EQ(console_->prompt, "Name: ");
}

TEST_F(LoginDialogTest, ClosedRegistrationIsNotOffered) {
  GivenLogin given;
  given.credentials.make_account = true;
  Begin(given, true, pb::REGISTRATION_NOT_POSSIBLE);
  EXPECT_THAT(console_->printed, HasSubstr("takes no registrations"));
  EXPECT_EQ(console_->prompt, "Name: ");
  Type("ann");
  Type("secret");
  EXPECT_THAT(done_, ElementsAre("login ann secret"));
}

}  // namespace
}  // namespace chat77::client

#include "client/terminal/password_dialog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "tests/support/fake_console.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PasswordDialogTest : public ::testing::Test {
 protected:
  void Begin(bool interactive) {
    console_ = std::make_unique<FakeConsole>(interactive);
    dialog_ = std::make_unique<PasswordDialog>(
        *console_, "> ",
        [this](const std::string& old, const std::string& now) {
          done_.push_back(old + " to " + now);
        });
    dialog_->Begin();
  }
  void Type(const std::string& line) { dialog_->OnLine(line); }

  std::unique_ptr<FakeConsole> console_;
  std::unique_ptr<PasswordDialog> dialog_;
  std::vector<std::string> done_;
};

TEST_F(PasswordDialogTest, AsksInSecret) {
  Begin(true);
  for (const char* line : {"old", "new", "new"}) {
    EXPECT_TRUE(console_->secret);
    EXPECT_TRUE(dialog_->asking());
    Type(line);
  }
  EXPECT_THAT(done_, ElementsAre("old to new"));
  EXPECT_EQ(console_->prompt, "> ");
  EXPECT_FALSE(console_->secret);
  EXPECT_FALSE(dialog_->asking());
}

TEST_F(PasswordDialogTest, BothMustBeTheSame) {
  Begin(true);
  for (const char* line : {"old", "new", "mew"}) Type(line);
  EXPECT_THAT(console_->printed, HasSubstr("differ"));
  for (const char* line : {"new", "new"}) Type(line);
  EXPECT_THAT(done_, ElementsAre("old to new"));
}

TEST_F(PasswordDialogTest, EmptyLineGivesUp) {
  Begin(true);
  Type("old");
  Type("");
  EXPECT_THAT(done_, IsEmpty());
  EXPECT_THAT(console_->printed, HasSubstr("stays as it is"));
  EXPECT_FALSE(dialog_->asking());
}

TEST_F(PasswordDialogTest, PipeGivesEachOnce) {
  Begin(false);
  Type("old");
  Type("new");
  EXPECT_THAT(done_, ElementsAre("old to new"));
}

TEST_F(PasswordDialogTest, TooLongIsAskedAgain) {
  Begin(true);
  Type("old");
  Type(std::string(5000, 'x'));
  EXPECT_THAT(console_->printed, HasSubstr("bytes at most"));
  EXPECT_THAT(console_->prompt, HasSubstr("The new password"));
}

}  // namespace
}  // namespace chat77::client

// Who may what, through the real server: from the code at the first start to a
// ban that outlives a restart, and limits on those they are for.

#include <chrono>
#include <csignal>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77 {
namespace {

namespace pb = chat77::v1;
using test::NativeClient;
using test::ServerProcess;

class ModerationTest : public testing::Test {
 protected:
  ModerationTest() { Start(); }

  void Start(const std::string& unlimited = "loopback") {
    server_.emplace(std::vector<std::string>{
        "--password_cost=min", "--store=" + (folder_ / "chat77.db"),
        "--unlimited_networks=" + unlimited});
  }
  void Restart(const std::string& unlimited = "loopback") {
    server_->Signal(SIGTERM);
    ASSERT_EQ(server_->Wait(), 0);
    Start(unlimited);
  }
  NativeClient Client(const std::string& from = "") {
    return NativeClient(server_->port(), pb::PRESENCE_NONE, 0, from);
  }
  NativeClient Enter(const std::string& alias, const std::string& from = "") {
    NativeClient client = Client(from);
    client.Register(alias);
    EXPECT_TRUE(client.Login(alias).has_login()) << alias;
    return client;
  }
  // The code of the log; empty: none was printed.
  std::string AdminCode() const {
    const std::string log = server_->Log();
    const size_t at = log.find("/claim ");
    return at == std::string::npos ? "" : log.substr(at + 7, 23);
  }
  NativeClient Admin() {
    NativeClient admin = Enter("boss");
    pb::ClientFrame claim;
    claim.mutable_claim_admin()->set_code(AdminCode());
    EXPECT_TRUE(admin.Ask(claim).has_claim_admin());
    return admin;
  }

  test::TempFolder folder_;
  std::optional<ServerProcess> server_;
};

TEST_F(ModerationTest, OneCodeMakesOneAdmin) {
  const std::string code = AdminCode();
  ASSERT_FALSE(code.empty());
  NativeClient boss = Admin(), bob = Enter("bob");
  pb::ClientFrame request;
  request.mutable_claim_admin()->set_code(code);
  EXPECT_EQ(bob.Ask(request).error().code(), pb::CODE_INVALID) << "used";
  request.mutable_list_sanctions();
  EXPECT_EQ(bob.Ask(request).error().code(), pb::FORBIDDEN);
  EXPECT_TRUE(boss.Ask(request).has_list_sanctions());
  boss.Close();
  bob.Close();
  Restart();
  EXPECT_EQ(AdminCode(), "") << "somebody is one";
  NativeClient again = Client();
  ASSERT_TRUE(again.Login("boss").has_login());
  EXPECT_TRUE(again.Ask(request).has_list_sanctions());
}

TEST_F(ModerationTest, BanOutlivesARestartAndIsLifted) {
  NativeClient boss = Admin(), bob = Enter("bob");
  pb::ClientFrame request;
  request.mutable_ban()->set_alias("bob");
  request.mutable_ban()->set_reason("spam");
  const pb::ServerFrame banned = boss.Ask(request);
  ASSERT_TRUE(banned.has_ban());
  EXPECT_EQ(bob.Hear().goodbye().code(), pb::BANNED);
  boss.Close();
  bob.Close();
  Restart();
  NativeClient back = Client();
  back.Login("bob");
  const pb::Goodbye goodbye = back.Hear().goodbye();
  EXPECT_EQ(goodbye.code(), pb::BANNED);
  EXPECT_NE(goodbye.sentence().find("spam"), std::string::npos);
  NativeClient wrong = Client();
  EXPECT_EQ(wrong.Login("bob", "guess").error().code(), pb::BAD_CREDENTIALS)
      << "only who knows the password hears of the ban";
  NativeClient admin = Client();
  ASSERT_TRUE(admin.Login("boss").has_login());
  request.mutable_lift()->set_number(banned.ban().number());
  EXPECT_TRUE(admin.Ask(request).has_lift());
  EXPECT_EQ(admin.Ask(request).error().code(), pb::NO_SUCH_SANCTION);
  EXPECT_TRUE(Client().Login("bob").has_login());
}

TEST_F(ModerationTest, MutedSayNothing) {
  NativeClient boss = Admin(), bob = Enter("bob");
  pb::ClientFrame request;
  request.mutable_mute()->set_alias("BOB");
  request.mutable_mute()->set_seconds(3600);
  ASSERT_TRUE(boss.Ask(request).has_mute());
  EXPECT_EQ(bob.Say("hi").error().code(), pb::MUTED);
  EXPECT_TRUE(boss.Say("hi").has_say());
}

TEST_F(ModerationTest, BlockOutlivesARestart) {
  NativeClient ann = Enter("ann"), bob = Enter("bob");
  pb::ClientFrame request;
  request.mutable_block()->set_alias("bob");
  ASSERT_TRUE(ann.Ask(request).has_block());
  ann.Close();
  bob.Close();
  Restart();
  NativeClient ann2 = Client(), bob2 = Client();
  ASSERT_TRUE(ann2.Login("ann").has_login());
  ASSERT_TRUE(bob2.Login("bob").has_login());
  request.mutable_request_private()->set_alias("ann");
  EXPECT_TRUE(bob2.Ask(request).has_request_private()) << "as if nothing were";
  request.mutable_list_private();
  EXPECT_EQ(bob2.Ask(request).list_private().asked_size(), 1);
  EXPECT_EQ(ann2.Ask(request).list_private().asking_size(), 0);
  request.mutable_list_blocked();
  EXPECT_EQ(ann2.Ask(request).list_blocked().aliases(0), "bob");
}

// From an address that limits are for.
TEST_F(ModerationTest, RatesRefuseAndNobodyIsSentAway) {
  Restart("none");
  NativeClient bob = Enter("bob", "127.0.5.1");
  // All at once: one after the other would not be too fast on a busy machine.
  std::vector<uint64_t> ids;
  for (int i = 0; i < 200; ++i) {
    pb::ClientFrame say;
    say.mutable_say()->set_text("hi");
    ids.push_back(bob.Send(std::move(say)));
  }
  int said = 0;
  pb::Error refused;
  for (const uint64_t id : ids) {
    const pb::ServerFrame reply = bob.ReplyTo(id);
    said += reply.has_say() ? 1 : 0;
    if (reply.has_error()) refused = reply.error();
  }
  EXPECT_GE(said, 40) << "as many at once";
  EXPECT_EQ(refused.code(), pb::RATE_LIMITED);
  EXPECT_GT(refused.retry_after_ms(), 0u);
  pb::ClientFrame request;
  request.mutable_list_online();
  EXPECT_TRUE(bob.Ask(request).has_list_online()) << "other requests go on";
}

TEST_F(ModerationTest, GuessingIsSlowedDownForTheGuesser) {
  Restart("none");
  NativeClient ann = Enter("ann", "127.0.5.1");
  NativeClient guesser = Client("127.0.5.2");
  int tries = 0;
  pb::Error error;
  do {
    error = guesser.Login("ann", "guess").error();
  } while (error.code() == pb::BAD_CREDENTIALS && ++tries < 50);
  EXPECT_EQ(error.code(), pb::RATE_LIMITED);
  EXPECT_EQ(tries, 5);
  tries = 0;
  do {
    error = guesser.Login("nobody_at_all", "guess").error();
  } while (error.code() == pb::BAD_CREDENTIALS && ++tries < 50);
  EXPECT_EQ(tries, 5) << "one that does not exist is limited alike";
  const auto counted = [&] {
    return server_->Log().find("refused code=BAD_CREDENTIALS") !=
           std::string::npos;
  };
  const auto until = std::chrono::steady_clock::now() + NativeClient::kPatience;
  while (!counted() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_TRUE(counted()) << "the operator sees it";
  ann.Close();
  EXPECT_TRUE(Client("127.0.5.1").Login("ann").has_login())
      << "who knows the password comes in from elsewhere";
}

TEST_F(ModerationTest, RegistrationByInvitation) {
  std::string code;
  {
    NativeClient boss = Admin();
    pb::ClientFrame request;
    request.mutable_create_invitation();
    code = boss.Ask(request).create_invitation().code();
  }
  server_->Signal(SIGTERM);
  ASSERT_EQ(server_->Wait(), 0);
  server_.emplace(std::vector<std::string>{"--password_cost=min",
                                           "--store=" + (folder_ / "chat77.db"),
                                           "--registration=invitation"});
  NativeClient client = Client();
  EXPECT_EQ(client.Register("bob").error().code(), pb::INVITATION_INVALID);
  const auto registers = [&](const std::string& alias) {
    pb::ClientFrame frame;
    frame.mutable_register_()->set_alias(alias);
    frame.mutable_register_()->set_password("secret");
    frame.mutable_register_()->set_invitation(code);
    return client.Ask(frame);
  };
  EXPECT_TRUE(registers("bob").has_register_());
  EXPECT_EQ(registers("eve").error().code(), pb::INVITATION_INVALID) << "once";
}

// The look-alike of somebody's name, and of a word that is nobody's.
TEST_F(ModerationTest, LookalikesAreRefused) {
  NativeClient client = Client();
  ASSERT_TRUE(client.Register("paypal").has_register_());
  EXPECT_EQ(client.Register("раураl").error().code(), pb::ALIAS_TAKEN);
  EXPECT_EQ(client.Register("ＰＡＹＰＡＬ").error().code(), pb::ALIAS_TAKEN);
  EXPECT_EQ(client.Register("аdmin").error().code(), pb::ALIAS_TAKEN);
}

TEST_F(ModerationTest, NewPasswordTakesThePlaceOfTheOld) {
  NativeClient bob = Enter("bob");
  pb::ClientFrame request;
  request.mutable_change_password()->set_old_password("wrong");
  request.mutable_change_password()->set_new_password("new");
  EXPECT_EQ(bob.Ask(request).error().code(), pb::BAD_CREDENTIALS);
  request.mutable_change_password()->set_old_password("secret");
  EXPECT_TRUE(bob.Ask(request).has_change_password());
  bob.Close();
  EXPECT_EQ(Client().Login("bob").error().code(), pb::BAD_CREDENTIALS);
  EXPECT_TRUE(Client().Login("bob", "new").has_login());
}

}  // namespace
}  // namespace chat77

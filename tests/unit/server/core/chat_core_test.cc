#include "server/core/chat_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChatCoreTest, AnswersAnEmptyRequest) {
  CoreHarness chat;
  chat.Open(1);
  EXPECT_THAT(chat.Ask(1, ""), ElementsAre("s1: #1 error UNIMPLEMENTED"));
  chat.LogIn(2, "ann");
  EXPECT_THAT(chat.Ask(2, ""), ElementsAre("s2: #2 error UNIMPLEMENTED"));
}

TEST(ChatCoreTest, EveryOtherRequestNeedsALogin) {
  CoreHarness chat;
  chat.LogIn(1, "ann");
  chat.Open(2);
  int id = 0;
  for (const char* request :
       {"logout {}", "say { text: 'hi' }", "list_online {}", "fetch_history {}",
        "request_private { alias: 'ann' }", "accept_private { alias: 'ann' }",
        "reject_private { alias: 'ann' }", "end_private { alias: 'ann' }",
        "list_private {}", "send_private { alias: 'ann' text: 'hi' }",
        "list_devices {}", "revoke_device { number: 1 }", "mark_read {}"}) {
    SCOPED_TRACE(request);
    EXPECT_THAT(
        chat.Ask(2, request),
        ElementsAre("s2: #" + std::to_string(++id) + " error NOT_LOGGED_IN"));
  }
}

TEST(ChatCoreTest, RequestsWhileTheLoginIsRecorded) {
  CoreHarness chat;
  chat.set_hold(true);
  chat.LogIn(1, "ann");
  chat.FinishPassword();
  chat.FinishLookup();
  EXPECT_THAT(chat.Ask(1, "say { text: 'hi' }"),
              ElementsAre("s1: #2 error NOT_LOGGED_IN"));
  EXPECT_THAT(chat.Ask(1, "logout {}"),
              ElementsAre("s1: #3 error NOT_LOGGED_IN"));
  EXPECT_EQ(chat.core().online(), 0);
}

TEST(ChatCoreTest, StrangersToTheCoreAreIgnored) {
  CoreHarness chat;
  EXPECT_THAT(chat.Ask(7, "list_online {}"), IsEmpty());
  EXPECT_THAT(chat.Close(7), IsEmpty());
  const Token token{99};
  EXPECT_THAT(chat.Happen(PasswordChecked{token, AccountName{1, "ann"}}),
              IsEmpty());
  EXPECT_THAT(chat.Happen(AccountCreated{token, {}}), IsEmpty());
  EXPECT_THAT(chat.Happen(HistoryRead{token, pb::FetchHistoryReply()}),
              IsEmpty());
  EXPECT_THAT(chat.Happen(DeviceFound{token, FoundDevice{1, {1, "ann"}}}),
              IsEmpty());
  EXPECT_THAT(chat.Happen(RequestFound{token, "answer"}), IsEmpty());
  EXPECT_THAT(chat.Happen(DevicesRead{token, pb::ListDevicesReply()}),
              IsEmpty());
  EXPECT_THAT(chat.Happen(Elapsed{token}), IsEmpty());
  EXPECT_THAT(chat.Happen(RoomsRead{token, AccountRooms()}), IsEmpty());
}

TEST(ChatCoreTest, EveryRefusalHasASentence) {
  CoreHarness chat;
  chat.LogIn(1, "ann");
  for (const char* request :
       {"", "login {}", "register {}", "say {}", "say { room: 7 }",
        "list_online { room: 7 }", "fetch_history { room: 7 }",
        "request_private { alias: 'ann' }", "request_private { alias: 'x' }",
        "end_private { alias: 'ann' }"}) {
    SCOPED_TRACE(request);
    chat.Ask(1, request);
    ASSERT_EQ(chat.effects().size(), 1);
    const auto& frame = std::get<Send>(chat.effects()[0]).frame;
    EXPECT_FALSE(frame.error().sentence().empty());
  }
}

}  // namespace
}  // namespace chat77::server

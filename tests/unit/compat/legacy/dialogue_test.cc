#include "compat/legacy/dialogue.h"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "proto/limits.h"

namespace chat77::compat::legacy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes down what the dialogue asks for: `> text` told, `? request`, and the
// rest by name.
class Recorder : public Dialogue::Host {
 public:
  void Tell(const Message& message) override {
    log.push_back("> " + message.text());
  }
  void OpenServer() override { log.push_back("open"); }
  uint64_t Ask(pb::ClientFrame request) override {
    log.push_back("? " + request.ShortDebugString());
    return ++last_id;
  }
  void CloseServer() override { log.push_back("close"); }
  void LoggedIn(const std::string& typed) override {
    log.push_back("in as " + typed);
  }
  void End() override { log.push_back("end"); }

  std::vector<std::string> log;
  uint64_t last_id = 1;
};

constexpr char kGreeting[] = "> Authorise MODE? (REGISTER/LOGIN)";

class DialogueTest : public ::testing::Test {
 protected:
  using Log = std::vector<std::string>;
  using Fill = std::function<void(pb::ServerFrame&)>;

  // What happened since it was asked last.
  Log Happened() { return std::exchange(host_.log, {}); }
  Log Say(const std::string& text) {
    EXPECT_TRUE(dialogue_.wants_input());
    dialogue_.OnInput({Input::Kind::kMessage, text});
    return Happened();
  }
  Log Event(const Fill& fill) {
    pb::ServerFrame frame;
    fill(frame);
    dialogue_.OnServerFrame(frame);
    return Happened();
  }
  // The reply to the latest request.
  Log Reply(const Fill& fill) {
    return Event([&](pb::ServerFrame& frame) {
      frame.set_reply_to(host_.last_id);
      fill(frame);
    });
  }
  Log Error(pb::Code code, const std::string& alias = "") {
    return Reply([&](pb::ServerFrame& frame) {
      frame.mutable_error()->set_code(code);
      frame.mutable_error()->set_sentence("a sentence");
      frame.mutable_error()->set_alias(alias);
    });
  }
  // Up to the request.
  Log Try(const std::string& mode) {
    Say(mode);
    Say("ann");
    Say("pw");
    dialogue_.OnServerOpen();
    return Happened();
  }
  void LogIn() {
    dialogue_.Start();
    Try("LOGIN");
    Reply([](pb::ServerFrame& f) { f.mutable_login()->set_alias("Ann"); });
  }

  Recorder host_;
  Dialogue dialogue_{host_};
};

TEST_F(DialogueTest, AsksAliasThenPassword) {
  dialogue_.Start();
  EXPECT_THAT(Happened(), ElementsAre(kGreeting));
  EXPECT_THAT(Say(" login "), ElementsAre("> ALIAS?"));
  EXPECT_THAT(Say(" ann "), ElementsAre("> PASSWORD?"));
  EXPECT_THAT(Say("p w"), ElementsAre("open"));
  EXPECT_FALSE(dialogue_.wants_input());
  dialogue_.OnServerOpen();
  EXPECT_THAT(Happened(),
              ElementsAre("? login { alias: \"ann\" password: \"p w\" }"));
}

TEST_F(DialogueTest, OtherModesFail) {
  dialogue_.Start();
  Happened();
  EXPECT_THAT(Say("HELP"),
              ElementsAre("> ERROR: Invalid authentication mode", kGreeting));
}

TEST_F(DialogueTest, EmptyAnswersFailAfterBoth) {
  dialogue_.Start();
  Say("LOGIN");
  EXPECT_THAT(Say(""), ElementsAre("> PASSWORD?"));
  EXPECT_THAT(Say("pw"), ElementsAre("> ERROR: Alias and password are required",
                                     kGreeting));
  Say("REGISTER");
  Say("ann");
  EXPECT_THAT(Say(" "), ElementsAre("> ERROR: Alias and password are required",
                                    kGreeting));
}

TEST_F(DialogueTest, RegisteringDoesNotLogIn) {
  dialogue_.Start();
  EXPECT_THAT(Try("REGISTER"),
              ElementsAre("? register { alias: \"ann\" password: \"pw\" }"));
  EXPECT_THAT(
      Reply(
          [](pb::ServerFrame& f) { f.mutable_register_()->set_alias("ann"); }),
      ElementsAre("close", "> Registration successful. You can login now.",
                  kGreeting));
}

TEST_F(DialogueTest, LoginTellsInTheOriginalsOrder) {
  dialogue_.Start();
  Try("LOGIN");
  EXPECT_TRUE(dialogue_.logging_in());
  EXPECT_THAT(
      Reply([](pb::ServerFrame& f) { f.mutable_login()->set_alias("Ann"); }),
      ElementsAre("in as ann", "> AUTH_SUCCESS",
                  "> Ann has connected to the chatroom",
                  "> you are now connected"));
  EXPECT_FALSE(dialogue_.logging_in());
  // Its own notice is not told twice.
  EXPECT_THAT(
      Event([](pb::ServerFrame& f) { f.mutable_joined()->set_alias("Ann"); }),
      IsEmpty());
}

TEST_F(DialogueTest, EachFailureLeadsBackToTheGreeting) {
  const std::vector<std::pair<pb::Code, std::string>> kRows = {
      {pb::ALIAS_TAKEN, "> ERROR: Alias already exists"},
      {pb::BAD_CREDENTIALS, "> ERROR: Invalid alias or password"},
      {pb::ALREADY_ONLINE, "> This alias is already logged in"},
      {pb::ALIAS_INVALID, "> ERROR: a sentence"},
      {pb::BUSY, "> ERROR: a sentence"},
      {pb::UNAVAILABLE, "> ERROR: a sentence"},
  };
  dialogue_.Start();
  for (const auto& [code, told] : kRows) {
    Try("LOGIN");
    EXPECT_THAT(Error(code), ElementsAre("close", told, kGreeting));
  }
}

TEST_F(DialogueTest, UnreachableServerIsAnError) {
  dialogue_.Start();
  Say("LOGIN");
  Say("ann");
  Say("pw");
  dialogue_.OnServerClosed("Nobody is there");
  EXPECT_THAT(Happened(), ElementsAre("> ERROR: Nobody is there", kGreeting));
  Try("LOGIN");
  dialogue_.OnServerClosed("It went away");
  EXPECT_THAT(Happened(), ElementsAre("> ERROR: It went away", kGreeting));
}

TEST_F(DialogueTest, LongAnswersNeverReachTheServer) {
  dialogue_.Start();
  Say("LOGIN");
  Say(std::string(5000, 'a'));
  EXPECT_THAT(Say("pw"),
              ElementsAre("> ERROR: Invalid alias or password", kGreeting));
}

TEST_F(DialogueTest, TooLongIsToldInEveryState) {
  dialogue_.Start();
  Happened();
  dialogue_.OnInput({Input::Kind::kTooLong, ""});
  const Log during = Happened();
  ASSERT_EQ(during.size(), 2u);
  EXPECT_EQ(during[0].find("> ERROR: That message is too long"), 0u);
  EXPECT_EQ(during[1], kGreeting);
  LogIn();
  dialogue_.OnInput({Input::Kind::kTooLong, ""});
  const Log after = Happened();
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].find("> ERROR: That message is too long"), 0u);
  dialogue_.OnInput({Input::Kind::kWithheld, ""});
  EXPECT_EQ(Happened()[0].find("> INFO: A private text"), 0u);
}

TEST_F(DialogueTest, CommandsBecomeRequests) {
  const std::vector<std::pair<std::string, std::string>> kRows = {
      {"ann: hi", "? say { text: \"hi\" room: 1 }"},
      {"Ann: hi", "? say { text: \"hi\" room: 1 }"},
      {"online clients", "? list_online { room: 1 }"},
      {"connect to bob", "? request_private { alias: \"bob\" }"},
      {"accept connection bob", "? accept_private { alias: \"bob\" }"},
      {"reject connection bob", "? reject_private { alias: \"bob\" }"},
      {"end private bob", "? end_private { alias: \"bob\" }"},
      {"my private chats", "? list_private { }"},
      {"private txt bob hi you",
       "? send_private { alias: \"bob\" text: \"hi you\" }"},
      {"exit", "? logout { }"},
  };
  for (const auto& [typed, request] : kRows) {
    host_ = Recorder();
    dialogue_ = Dialogue(host_);
    LogIn();
    EXPECT_THAT(Say(typed), ElementsAre(request)) << typed;
  }
}

TEST_F(DialogueTest, RepliesAreTheOriginals) {
  struct Row {
    std::string typed;
    Fill reply;
    Log told;
  };
  const std::vector<Row> kRows = {
      {"ann: hi", [](auto& f) { f.mutable_say(); }, {}},
      {"private txt bob x", [](auto& f) { f.mutable_send_private(); }, {}},
      {"online clients",
       [](auto& f) {
         f.mutable_list_online()->add_aliases("bob");
         f.mutable_list_online()->add_aliases("Ann");
       },
       {"> Online clients: bob, Ann"}},
      {"connect to BOB",
       [](auto& f) { f.mutable_request_private()->set_alias("bob"); },
       {"> INFO: Connection request sent to bob"}},
      {"connect to BOB",
       [](auto& f) {
         f.mutable_request_private()->set_alias("bob");
         f.mutable_request_private()->set_connected(true);
       },
       {"> PRIVATE_CONNECTED:bob"}},
      {"accept connection BOB",
       [](auto& f) { f.mutable_accept_private()->set_alias("bob"); },
       {"> PRIVATE_CONNECTED:bob"}},
      {"reject connection BOB",
       [](auto& f) { f.mutable_reject_private()->set_alias("bob"); },
       {"> INFO: Rejected private request from bob"}},
      {"end private BOB",
       [](auto& f) { f.mutable_end_private()->set_alias("bob"); },
       {"> PRIVATE_ENDED:bob:ended by command",
        "> INFO: Private connection with bob ended"}},
      {"my private chats",
       [](auto& f) {
         f.mutable_list_private()->add_linked("bob");
         f.mutable_list_private()->add_linked("Zoe");
       },
       {"> Private chats: Zoe, bob"}},
      {"my private chats",
       [](auto& f) { f.mutable_list_private(); },
       {"> Private chats: none"}},
  };
  LogIn();
  for (const Row& row : kRows) {
    Say(row.typed);
    EXPECT_EQ(Reply(row.reply), row.told) << row.typed;
  }
}

// The original looked first whether the other one is online at all.
TEST_F(DialogueTest, RefusalsSayWhoIsOffline) {
  struct Row {
    std::string typed;
    pb::Code code;
    std::string offline;
    std::string online;
  };
  const std::vector<Row> kRows = {
      {"accept connection BOB", pb::NO_PENDING_REQUEST,
       "Requester is no longer online", "No pending request from BOB"},
      {"reject connection BOB", pb::NO_PENDING_REQUEST,
       "Requester is no longer online", "No pending request from BOB"},
      {"end private BOB", pb::NOT_LINKED, "Target alias is not online",
       "You do not have a private connection with BOB"},
      {"private txt BOB x", pb::NOT_LINKED, "Target alias is not online",
       "No private connection with BOB"},
  };
  LogIn();
  for (const Row& row : kRows) {
    const auto refused = [&](const Fill& fill) {
      Say(row.typed);
      EXPECT_THAT(Error(row.code), ElementsAre("? list_online { room: 1 }"));
      return Reply(fill);
    };
    EXPECT_THAT(refused([](pb::ServerFrame& f) {
                  f.mutable_list_online()->add_aliases("ann");
                  f.mutable_list_online()->set_total(1);
                }),
                ElementsAre("> INFO: " + row.offline));
    EXPECT_THAT(refused([](pb::ServerFrame& f) {
                  f.mutable_list_online()->add_aliases("Bob");
                  f.mutable_list_online()->set_total(1);
                }),
                ElementsAre("> INFO: " + row.online));
    EXPECT_THAT(refused([](pb::ServerFrame& f) {
                  f.mutable_list_online()->add_aliases("ann");
                  f.mutable_list_online()->set_total(2);
                }),
                ElementsAre("> INFO: " + row.online))
        << "the list does not tell";
    EXPECT_THAT(refused([](pb::ServerFrame& f) {
                  f.mutable_error()->set_code(pb::RATE_LIMITED);
                }),
                ElementsAre("> INFO: " + row.online));
  }
}

TEST_F(DialogueTest, RefusalsAreTheOriginals) {
  struct Row {
    std::string typed;
    pb::Code code;
    std::string told;
  };
  const std::vector<Row> kRows = {
      {"connect to BOB", pb::NOT_ONLINE, "Target alias is not online"},
      {"connect to BOB", pb::IS_YOURSELF, "You cannot connect to yourself"},
      {"connect to BOB", pb::ALREADY_LINKED,
       "You already have a private connection with bob"},
      {"connect to BOB", pb::ALREADY_REQUESTED,
       "You already sent a request to bob"},
      {"connect to BOB", pb::TOO_MANY_PRIVATE, "a sentence"},
      {"private txt BOB x", pb::TEXT_TOO_LONG, "a sentence"},
      {"ann: x", pb::UNAVAILABLE, "a sentence"},
  };
  LogIn();
  for (const Row& row : kRows) {
    Say(row.typed);
    EXPECT_THAT(Error(row.code, "bob"), ElementsAre("> INFO: " + row.told))
        << row.typed;
  }
}

TEST_F(DialogueTest, EventsAreTheOriginals) {
  struct Row {
    Fill event;
    Log told;
  };
  const std::vector<Row> kRows = {
      {[](auto& f) {
         f.mutable_said()->set_alias("bob");
         f.mutable_said()->set_text("PRIVATE_ENDED:x");
       },
       {"> bob: PRIVATE_ENDED:x"}},
      {[](auto& f) { f.mutable_joined()->set_alias("bob"); },
       {"> bob has connected to the chatroom"}},
      {[](auto& f) { f.mutable_left()->set_alias("bob"); },
       {"> bob has left the chatroom"}},
      {[](auto& f) { f.mutable_private_requested()->set_alias("bob"); },
       {"> PRIVATE_REQUEST_FROM:bob"}},
      {[](auto& f) { f.mutable_private_connected()->set_alias("bob"); },
       {"> PRIVATE_CONNECTED:bob"}},
      {[](auto& f) { f.mutable_private_rejected()->set_alias("bob"); },
       {"> PRIVATE_REJECTED:bob"}},
      {[](auto& f) {
         f.mutable_private_ended()->set_alias("bob");
         f.mutable_private_ended()->set_reason(pb::ENDED_BY_COMMAND);
       },
       {"> PRIVATE_ENDED:bob:ended by command"}},
      {[](auto& f) {
         f.mutable_private_ended()->set_alias("bob");
         f.mutable_private_ended()->set_reason(pb::ENDED_BY_DISCONNECT);
       },
       {"> PRIVATE_ENDED:bob:disconnected"}},
      {[](auto& f) {
         f.mutable_request_withdrawn()->set_alias("bob");
         f.mutable_request_withdrawn()->set_was_asking(true);
       },
       {"> INFO: bob is no longer available for private chat"}},
      {[](auto& f) { f.mutable_request_withdrawn()->set_alias("bob"); }, {}},
      // Not asked for, so it does not come; if it did, it says nothing here.
      {[](auto& f) { f.mutable_presence_changed()->add_joined("bob"); }, {}},
      {[](auto& f) { f.mutable_server_notice()->set_text("Tea\nis ready"); },
       {"> INFO: Tea is ready"}},
      {[](auto& f) {
         f.mutable_missed()->set_from_seq(3);
         f.mutable_missed()->set_to_seq(7);
       },
       {"> INFO: 5 messages were left out, because more came than this client "
        "can take"}},
      {[](auto& f) { f.mutable_keep_alive(); }, {}},
  };
  LogIn();
  for (const Row& row : kRows) EXPECT_EQ(Event(row.event), row.told);
}

TEST_F(DialogueTest, PrivateLabelFollowsTheDialect) {
  const Fill kSaid = [](auto& f) {
    f.mutable_private_said()->set_alias("bob");
    f.mutable_private_said()->set_text("hi");
  };
  LogIn();
  dialogue_.set_dialect(Dialect::kUnframed);
  EXPECT_THAT(Event(kSaid), ElementsAre("> [Private:Ann] bob: hi"));
  dialogue_.set_dialect(Dialect::kLines);
  EXPECT_THAT(Event(kSaid), ElementsAre("> [Private:bob] bob: hi"));
}

TEST_F(DialogueTest, ExitWaitsForWhatWasAsked) {
  LogIn();
  Say("ann: last words");
  const uint64_t say = host_.last_id;
  EXPECT_THAT(Say("exit"), IsEmpty());
  EXPECT_FALSE(dialogue_.wants_input());
  EXPECT_THAT(Event([&](pb::ServerFrame& f) {
                f.set_reply_to(say);
                f.mutable_say();
              }),
              ElementsAre("? logout { }"));
  EXPECT_THAT(Event([](auto& f) { f.mutable_joined()->set_alias("bob"); }),
              IsEmpty());
  dialogue_.OnServerClosed("You logged out.");
  EXPECT_THAT(Happened(), ElementsAre("end"));
}

TEST_F(DialogueTest, EndOfInputDisconnects) {
  LogIn();
  dialogue_.OnInputEnd();
  EXPECT_THAT(Happened(), ElementsAre("end"));
}

TEST_F(DialogueTest, EndOfInputWaitsForAnswers) {
  LogIn();
  Say("ann: last words");
  const uint64_t say = host_.last_id;
  dialogue_.OnInputEnd();
  EXPECT_THAT(Happened(), IsEmpty());
  EXPECT_TRUE(dialogue_.leaving());
  EXPECT_THAT(Event([say](auto& f) {
                f.set_reply_to(say);
                f.mutable_say();
              }),
              ElementsAre("end"));
}

TEST_F(DialogueTest, EndOfInputDuringLoginEnds) {
  dialogue_.Start();
  Say("LOGIN");
  dialogue_.OnInputEnd();
  EXPECT_THAT(Happened(), ElementsAre("end"));
}

TEST_F(DialogueTest, LostServerIsTold) {
  LogIn();
  dialogue_.OnServerClosed("The server is stopping.");
  EXPECT_THAT(Happened(),
              ElementsAre("> INFO: The server is stopping.", "end"));
}

TEST_F(DialogueTest, StopTellsAndDisconnects) {
  LogIn();
  dialogue_.Stop("Good night");
  EXPECT_THAT(Happened(), ElementsAre("> INFO: Good night", "end"));
}

TEST_F(DialogueTest, StopDuringLoginIsAnError) {
  dialogue_.Start();
  Try("LOGIN");
  dialogue_.Stop("Too slow");
  EXPECT_THAT(Happened(), ElementsAre("close", "> ERROR: Too slow", "end"));
}

TEST_F(DialogueTest, LostClientGivesUpItsLogin) {
  dialogue_.Start();
  Try("LOGIN");
  dialogue_.OnClientLost();
  EXPECT_THAT(Happened(), ElementsAre("close", "end"));
}

TEST_F(DialogueTest, FurtherLinesOfSecretsStaySecret) {
  LogIn();
  // The original's last version: bare text is the rest of what came before.
  Say("BEEP_UDP_PORT:4242");
  Say("private txt bob one");
  EXPECT_THAT(Say("two"),
              ElementsAre("? send_private { alias: \"bob\" text: \"two\" }"));
  Say("group txt g one");
  EXPECT_THAT(Say("two"),
              ElementsAre("> INFO: Groups are not supported by this server"));
  Say("ann: one");
  EXPECT_THAT(Say("two"), ElementsAre("? say { text: \"two\" room: 1 }"));
  Say("private txt bob one");
  dialogue_.OnPause();
  EXPECT_THAT(Say("two"), ElementsAre("? say { text: \"two\" room: 1 }"));
}

TEST_F(DialogueTest, BareTextsOfOthersAreTexts) {
  LogIn();
  Say("private txt bob one");
  EXPECT_THAT(Say("two"), ElementsAre("? say { text: \"two\" room: 1 }"));
}

TEST_F(DialogueTest, OpenRequestsAreBounded) {
  LogIn();
  size_t asked = 0;
  while (dialogue_.wants_input()) {
    Say("online clients");
    ASSERT_LE(++asked, Dialogue::kRequests);
  }
  EXPECT_EQ(asked, Dialogue::kRequests);
  Reply([](pb::ServerFrame& f) { f.mutable_list_online(); });
  EXPECT_TRUE(dialogue_.wants_input());
}

}  // namespace
}  // namespace chat77::compat::legacy

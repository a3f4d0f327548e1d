// Whatever others are called and write, an old client reads lines that are what
// they seem: every event and every refusal, with hostile names and texts.
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"

#include "compat/legacy/replies.h"
#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

const std::vector<std::string>& Bites() {
  static const auto& bites =
      *new std::vector<std::string>{"\r",
                                    "\n",
                                    "\r\n",
                                    std::string(1, '\0'),
                                    "\u2028",
                                    "\u2029",
                                    "\u0085",
                                    "\x1b[31m",
                                    "\x1b]0;x\x07",
                                    "\x7f",
                                    "\xff",
                                    "\xe2\x80",
                                    "\u200b",
                                    "\u202e",
                                    "ann",
                                    "bob",
                                    " ",
                                    "\t",
                                    ":",
                                    ": ",
                                    ",",
                                    "[Private:bob] bob: ",
                                    "PRIVATE_CONNECTED:bob",
                                    "private_ended:bob:x",
                                    "PRIVATE_REQUEST_FROM:",
                                    "PRIVATE_REJECTED:bob",
                                    "ERROR: ",
                                    "INFO: you",
                                    "AUTH_SUCCESS",
                                    "GROUP_JOINED:x",
                                    "BEEP:bob",
                                    "BEEP_UDP_PORT:9",
                                    "GROUPS:",
                                    "ALIAS?",
                                    "Authorise MODE?",
                                    "\uff25\uff32\uff32\uff2f\uff32\uff1a",
                                    "e\u0301",
                                    std::string(600, 'x'),
                                    "\x1d"};
  return bites;
}

class HostileTexts {
 public:
  explicit HostileTexts(unsigned seed) : random_(seed) {}
  std::string Text() {
    std::string text;
    for (size_t i = random_() % 5; i-- > 0;) {
      text += Bites()[random_() % Bites().size()];
    }
    return text;
  }
  // As the server lets through at most: no white space, colons or controls;
  // but spelled like a control word if they like.
  std::string Alias() {
    static const char* const kWords[] = {"PRIVATE_CONNECTED",
                                         "private_ended",
                                         "Error",
                                         "INFO",
                                         "AUTH_SUCCESS",
                                         "BEEP",
                                         "Groups",
                                         "GROUP_INVITE",
                                         "ann",
                                         "\uff29\uff2e\uff26\uff2f"};
    return kWords[random_() % std::size(kWords)];
  }
  size_t Next(size_t below) { return random_() % below; }

 private:
  std::mt19937 random_;
};

pb::ServerFrame AnyEvent(HostileTexts& hostile, const std::string& alias) {
  pb::ServerFrame event;
  switch (hostile.Next(10)) {
    case 0:
      event.mutable_said()->set_alias(alias);
      event.mutable_said()->set_text(hostile.Text());
      break;
    case 1:
      event.mutable_joined()->set_alias(alias);
      break;
    case 2:
      event.mutable_left()->set_alias(alias);
      break;
    case 3:
      event.mutable_server_notice()->set_text(hostile.Text());
      break;
    case 4:
      event.mutable_private_requested()->set_alias(alias);
      break;
    case 5:
      event.mutable_private_connected()->set_alias(alias);
      break;
    case 6:
      event.mutable_private_rejected()->set_alias(alias);
      break;
    case 7:
      event.mutable_private_ended()->set_alias(alias);
      break;
    case 8:
      event.mutable_private_said()->set_alias(alias);
      event.mutable_private_said()->set_text(hostile.Text());
      break;
    default:
      event.mutable_request_withdrawn()->set_alias(alias);
      event.mutable_request_withdrawn()->set_was_asking(true);
  }
  return event;
}

// What a client of lines, or one that splits at whatever Unicode calls a line,
// takes for another line.
void ExpectOneHarmlessLine(const std::string& line) {
  EXPECT_EQ(line, OneLine(line));
  for (const char* end : {"\r", "\n", "\u2028", "\u2029", "\u0085", "\x1b"}) {
    EXPECT_EQ(line.find(end), std::string::npos) << line;
  }
  EXPECT_EQ(line.find('\0'), std::string::npos) << line;
}

bool ReadsAsControl(const std::string& line) {
  const std::string upper =
      absl::AsciiStrToUpper(std::string(Strip(line.substr(0, 40))));
  for (const char* word :
       {"PRIVATE_REQUEST_FROM:", "PRIVATE_CONNECTED:", "PRIVATE_REJECTED:",
        "PRIVATE_ENDED:", "GROUP_JOINED:", "GROUP_INVITE:", "BEEP_UDP_PORT:",
        "BEEP:", "ERROR:", "INFO:", "GROUPS:", "AUTH_SUCCESS:",
        "AUTHORISE MODE?"}) {
    if (upper.rfind(word, 0) == 0) return true;
  }
  return upper == "AUTH_SUCCESS" || upper == "ALIAS?" || upper == "PASSWORD?";
}

TEST(HarmlessTest, NoEventIsMoreThanItsLine) {
  HostileTexts hostile(7);
  for (int i = 0; i < 20000; ++i) {
    const std::string alias = hostile.Alias();
    const pb::ServerFrame event = AnyEvent(hostile, alias);
    for (const Dialect dialect : {Dialect::kUnframed, Dialect::kLines}) {
      const auto message = EventMessage(event, "reader", dialect);
      ASSERT_TRUE(message);
      for (const std::string& piece : message->Pieces(512)) {
        ExpectOneHarmlessLine(piece);
        if (message->role() == Message::Role::kText) {
          EXPECT_FALSE(ReadsAsControl(piece)) << piece;
        }
      }
    }
    if (HasFailure()) return;
  }
}

// Not even were the rules of names to let anything through.
TEST(HarmlessTest, NoNameMakesALine) {
  HostileTexts hostile(8);
  for (int i = 0; i < 20000; ++i) {
    const pb::ServerFrame event = AnyEvent(hostile, hostile.Text());
    const auto message = EventMessage(event, hostile.Text(), Dialect::kLines);
    ASSERT_TRUE(message);
    for (const std::string& piece : message->Pieces(1024)) {
      ExpectOneHarmlessLine(piece);
    }
    if (HasFailure()) return;
  }
}

TEST(HarmlessTest, NoRefusalIsMoreThanItsLine) {
  HostileTexts hostile(9);
  for (int i = 0; i < 20000; ++i) {
    Command command;
    command.verb = static_cast<Verb>(hostile.Next(11));
    command.alias = hostile.Text();
    command.text = hostile.Text();
    pb::ServerFrame reply;
    const pb::Code codes[] = {
        pb::NOT_ONLINE,        pb::ALREADY_LINKED,     pb::BUSY,
        pb::ALREADY_REQUESTED, pb::NO_PENDING_REQUEST, pb::NOT_LINKED,
        pb::RATE_LIMITED};
    reply.mutable_error()->set_code(codes[hostile.Next(std::size(codes))]);
    reply.mutable_error()->set_sentence(hostile.Text());
    reply.mutable_error()->set_alias(hostile.Text());
    std::vector<Message> told = ReplyMessages(command, reply);
    told.push_back(LoginError(reply.error()));
    for (const Message& message : told) {
      for (const std::string& piece : message.Pieces(512)) {
        ExpectOneHarmlessLine(piece);
        EXPECT_TRUE(piece.rfind("INFO: ", 0) == 0 ||
                    piece.rfind("ERROR: ", 0) == 0)
            << piece;
      }
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace chat77::compat::legacy

// Every request of the schema, in every state of a session: the core answers
// each of them exactly once. The test walks the descriptor of ClientFrame, so
// it asks a new request as soon as the schema has it.
//
// No request is exempt by its kind. What takes the place of a reply is tested
// by name at the end: a Goodbye to the banned, and silence behind a logout.
#include <functional>
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/request_traits.h"
#include "tests/support/core_harness.h"

namespace chat77::server {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using testing::Contains;
using testing::HasSubstr;

struct EachRequest {
  std::string name;  // of the field, and how it is filled
  pb::ClientFrame frame;
};

// The number of a field that ClientFrame does not have.
constexpr int kNumberFromTheFuture = 79;

void FillAll(Message& message, const FieldDescriptor* choice);

void FillField(Message& message, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    ASSERT_EQ(field.cpp_type(), FieldDescriptor::CPPTYPE_MESSAGE)
        << field.full_name() << " has a type that is new here";
    return FillAll(*reflection.AddMessage(&message, &field), nullptr);
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.name() == "device_token") {
        return reflection.SetString(&message, &field, CoreHarness::TokenOf(1));
      }
      return reflection.SetString(&message, &field, "bob");
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(&message, &field, true);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnumValue(&message, &field, 1);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      FAIL() << field.full_name() << " has a type that is new here";
  }
}

// All fields; `choice` of a oneof.
void FillAll(Message& message, const FieldDescriptor* choice) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.real_containing_oneof() != nullptr && &field != choice) continue;
    FillField(message, field);
  }
}

// Empty, filled, and filled once more with each choice that it has; then a
// frame without a request, and one with a request that only others know.
std::vector<EachRequest> MakeEachRequest() {
  std::vector<EachRequest> requests;
  const auto* kinds = pb::ClientFrame::descriptor()->FindOneofByName("request");
  for (int i = 0; i < kinds->field_count(); ++i) {
    const FieldDescriptor& kind = *kinds->field(i);
    const auto add = [&](const std::string& how) -> Message& {
      EachRequest& request = requests.emplace_back();
      request.name = kind.name() + how;
      return *request.frame.GetReflection()->MutableMessage(&request.frame,
                                                            &kind);
    };
    add(", empty");
    FillAll(add(", filled"), nullptr);
    FillAll(add(", filled, with a message_id"), nullptr);
    requests.back().frame.set_message_id(7);
    for (int k = 0; k < kind.message_type()->field_count(); ++k) {
      const FieldDescriptor& field = *kind.message_type()->field(k);
      if (field.real_containing_oneof() == nullptr) continue;
      FillAll(add(", filled, with " + field.name()), &field);
    }
  }
  requests.push_back({"no request", {}});
  EachRequest& unknown = requests.emplace_back();
  unknown.name = "a request of the future";
  unknown.frame.GetReflection()
      ->MutableUnknownFields(&unknown.frame)
      ->AddLengthDelimited(kNumberFromTheFuture, "");
  return requests;
}

const std::vector<EachRequest>& AllRequests() {
  static const auto* const kAll =
      new std::vector<EachRequest>(MakeEachRequest());
  return *kAll;
}

// What each request came to.
class AnswersByRequest : public CoreObserver {
 public:
  void Before(const Event& event) override {
    if (const auto* asked = std::get_if<SessionRequested>(&event)) {
      last_id_ = asked->frame->request_id();
    }
  }
  void After(const Event&, const Effects& effects) override {
    for (const Effect& effect : effects) {
      const auto* send = std::get_if<Send>(&effect);
      if (send == nullptr || send->frame.reply_to() == 0) continue;
      answers_[{send->to, send->frame.reply_to()}].push_back(send->frame);
    }
  }
  uint64_t last_id() const { return last_id_; }
  const std::vector<pb::ServerFrame>& To(uint64_t session, uint64_t id) {
    return answers_[{SessionId{session}, id}];
  }

 private:
  uint64_t last_id_ = 0;
  std::map<std::pair<SessionId, uint64_t>, std::vector<pb::ServerFrame>>
      answers_;
};

// A server with bob on session 2, for one request of session 1.
class OneRequest {
 public:
  explicit OneRequest(EachRequest request) : request_(std::move(request)) {
    chat_.AddAccount("ann");
    chat_.LogIn(2, "bob");
  }

  CoreHarness& chat() { return chat_; }
  pb::ClientFrame::RequestCase kind() const {
    return request_.frame.request_case();
  }
  const wire::RequestTraits& traits() const { return wire::TraitsOf(kind()); }
  bool has_message_id() const { return request_.frame.message_id() != 0; }
  void Ask() {
    chat_.Ask(1, request_.frame);
    id_ = last_id();
  }
  uint64_t last_id() const { return answers_.last_id(); }
  // Whatever waits is answered.
  void Settle() {
    chat_.set_hold(false);
    chat_.Happen(HourPassed{});
  }
  // Whatever waits fails, and so does what that asks for.
  void Fail() {
    const absl::Status down = absl::UnavailableError("disk");
    while (true) {
      if (chat_.passwords() > 0) {
        chat_.FinishPassword(down);
      } else if (chat_.lookups() > 0) {
        chat_.FinishLookup(down);
      } else if (chat_.writes() > 0) {
        chat_.FinishWrite(down);
      } else if (chat_.reads() > 0) {
        chat_.FinishRead(down);
      } else {
        return;
      }
    }
  }

  size_t AnswersTo(uint64_t id) { return answers_.To(1, id).size(); }
  // The reply to the request; one to a request of another kind is none.
  pb::ServerFrame Reply() {
    const std::vector<pb::ServerFrame>& all = answers_.To(1, id_);
    EXPECT_EQ(all.size(), 1);
    if (all.empty()) return {};
    const pb::ServerFrame& reply = all.front();
    if (!reply.has_error()) {
      EXPECT_EQ(static_cast<int>(reply.body_case()), static_cast<int>(kind()));
    }
    const bool known = kind() != pb::ClientFrame::REQUEST_NOT_SET;
    EXPECT_TRUE(known || reply.has_error());
    // Which refuse all alike.
    const bool at_the_door = reply.error().code() == pb::SERVER_STOPPING ||
                             reply.error().code() == pb::BUSY;
    if (reply.has_error() && !at_the_door) {
      EXPECT_EQ(reply.error().code() == pb::UNIMPLEMENTED, !known);
    }
    return reply;
  }
  void ExpectNoAnswer() { EXPECT_EQ(AnswersTo(id_), 0); }

 private:
  const EachRequest request_;
  AnswersByRequest answers_;
  CoreHarness chat_{{}, &answers_};
  uint64_t id_ = 0;
};

// Each request on a server of its own.
void ForEachRequest(const std::function<void(OneRequest&)>& test) {
  for (const EachRequest& request : AllRequests()) {
    SCOPED_TRACE(request.name);
    OneRequest one(request);
    test(one);
  }
}

void ExpectNotLoggedIn(OneRequest& one) {
  using Kind = pb::ClientFrame;
  // The connection answers Hello and Ping; the core refuses one that it gets.
  const std::set need_no_login = {Kind::kHello,  Kind::kPing,
                                  Kind::kLogin,  Kind::kRegister,
                                  Kind::kResume, Kind::REQUEST_NOT_SET};
  EXPECT_EQ(one.Reply().error().code() == pb::NOT_LOGGED_IN,
            !need_no_login.contains(one.kind()));
}

// The ways in which session 1 may be logged in.
const std::map<std::string, void (*)(CoreHarness&)>& LoginKinds() {
  static const auto* const kKinds =
      new std::map<std::string, void (*)(CoreHarness&)>{
          {"an ordinary user", [](CoreHarness& chat) { chat.LogIn(1, "ann"); }},
          {"a user who can resume",
           [](CoreHarness& chat) { chat.LogInResuming(1, "ann"); }},
          {"an admin",
           [](CoreHarness& chat) {
             chat.MakeAdmin("ann");
             chat.LogIn(1, "ann");
           }},
          {"a user whom bob has asked",
           [](CoreHarness& chat) {
             chat.LogIn(1, "ann");
             chat.Ask(2, "request_private { alias: 'ann' }");
           }},
          {"a user linked with bob",
           [](CoreHarness& chat) {
             chat.LogIn(1, "ann");
             chat.Ask(1, "request_private { alias: 'bob' }");
             chat.Ask(2, "accept_private { alias: 'ann' }");
           }},
          {"a user who asks bob just now", [](CoreHarness& chat) {
             chat.LogIn(1, "ann");
             chat.set_hold(true);
             chat.Ask(1, "request_private { alias: 'bob' }");
           }}};
  return *kKinds;
}

// The same for each of them.
void ForEachLogin(const std::function<void(OneRequest&)>& test) {
  for (const auto& [who, log_in] : LoginKinds()) {
    SCOPED_TRACE(who);
    ForEachRequest([&](OneRequest& one) {
      log_in(one.chat());
      test(one);
    });
  }
}

TEST(EveryRequestTest, TheSchemaIsWalked) {
  std::set<pb::ClientFrame::RequestCase> kinds;
  for (const EachRequest& request : AllRequests()) {
    kinds.insert(request.frame.request_case());
  }
  EXPECT_THAT(kinds, Contains(pb::ClientFrame::kCreateInvitation));
  const auto* oneof = pb::ClientFrame::descriptor()->FindOneofByName("request");
  EXPECT_EQ(kinds.size(), static_cast<size_t>(oneof->field_count()) + 1);
  EXPECT_EQ(
      pb::ClientFrame::descriptor()->FindFieldByNumber(kNumberFromTheFuture),
      nullptr);
}

TEST(EveryRequestTest, BeforeLogin) {
  ForEachRequest([](OneRequest& one) {
    one.chat().Open(1);
    one.Ask();
    ExpectNotLoggedIn(one);
  });
}

TEST(EveryRequestTest, BeforeLoginOfOneWhoCanResume) {
  ForEachRequest([](OneRequest& one) {
    one.chat().LogInResuming(3, "ann");  // the device of the token
    one.chat().Close(3);
    one.chat().OpenResuming(1);
    one.Ask();
    ExpectNotLoggedIn(one);
  });
}

TEST(EveryRequestTest, WhileTheLoginIsAnswered) {
  const char* const kStages[] = {"its password being checked",
                                 "its rooms being read", "being recorded"};
  for (size_t stage = 0; stage < std::size(kStages); ++stage) {
    SCOPED_TRACE(kStages[stage]);
    ForEachRequest([stage](OneRequest& one) {
      one.chat().set_hold(true);
      one.chat().LogIn(1, "ann");
      const uint64_t login = one.last_id();
      if (stage > 0) one.chat().FinishPassword();
      if (stage > 1) one.chat().FinishLookup();
      one.Ask();
      one.Settle();
      ExpectNotLoggedIn(one);
      EXPECT_EQ(one.AnswersTo(login), 1);
    });
  }
}

TEST(EveryRequestTest, AfterLogin) {
  ForEachLogin([](OneRequest& one) {
    one.Ask();
    one.Settle();
    EXPECT_NE(one.Reply().error().code(), pb::NOT_LOGGED_IN);
  });
}

TEST(EveryRequestTest, OnlyAdminsMayAskForWhatNeedsAnAdmin) {
  for (const bool admin : {false, true}) {
    SCOPED_TRACE(admin ? "an admin" : "an ordinary user");
    ForEachRequest([admin](OneRequest& one) {
      if (admin) one.chat().MakeAdmin("ann");
      one.chat().LogIn(1, "ann");
      one.Ask();
      one.Settle();
      EXPECT_EQ(one.Reply().error().code() == pb::FORBIDDEN,
                !admin && one.traits().needs == pb::RequestOptions::ADMIN);
    });
  }
}

TEST(EveryRequestTest, TheSameMessageIdGetsTheSameAnswer) {
  std::set<pb::ClientFrame::RequestCase> carried_out;
  ForEachLogin([&](OneRequest& one) {
    if (!one.traits().once() || !one.has_message_id()) return;
    one.Ask();
    one.Settle();
    const pb::ServerFrame first = one.Reply();
    if (first.has_error()) return;
    carried_out.insert(one.kind());
    one.Ask();
    one.Settle();
    pb::ServerFrame second = one.Reply();
    second.set_reply_to(first.reply_to());
    EXPECT_EQ(second.ShortDebugString(), first.ShortDebugString());
  });
  for (const EachRequest& request : AllRequests()) {
    const auto kind = request.frame.request_case();
    EXPECT_EQ(carried_out.contains(kind), wire::TraitsOf(kind).once())
        << request.name << " succeeds in none of the LoginKinds";
  }
}

TEST(EveryRequestTest, WhenTheStoreFails) {
  ForEachLogin([](OneRequest& one) {
    one.chat().set_hold(true);
    one.Ask();
    one.Fail();
    EXPECT_NE(one.Reply().error().code(), pb::NOT_LOGGED_IN);
  });
}

TEST(EveryRequestTest, WithALogoutRightBehind) {
  ForEachLogin([](OneRequest& one) {
    one.chat().set_hold(true);
    one.Ask();
    one.chat().Ask(1, "logout {}");
    const uint64_t logout = one.last_id();
    one.Settle();
    EXPECT_NE(one.Reply().error().code(), pb::NOT_LOGGED_IN);
    const bool second = one.kind() == pb::ClientFrame::kLogout;
    EXPECT_EQ(one.AnswersTo(logout), second ? 0 : 1);
  });
}

TEST(EveryRequestTest, WhileTheServerStops) {
  ForEachLogin([](OneRequest& one) {
    one.chat().set_hold(true);
    one.chat().Ask(2, "say { text: 'hi' }");
    one.chat().Stop();
    one.Ask();
    one.Settle();
    EXPECT_EQ(one.Reply().error().code(), pb::SERVER_STOPPING);
  });
}

TEST(EveryRequestTest, WhileTheStayIsAboutToBeEnded) {
  ForEachRequest([](OneRequest& one) {
    one.chat().AddAccount("root");
    one.chat().MakeAdmin("root");
    one.chat().LogIn(3, "root");
    one.chat().LogIn(1, "ann");
    one.chat().set_hold(true);
    one.chat().Ask(3, "kick { alias: 'ann' }");
    one.Ask();
    one.Settle();
    EXPECT_EQ(one.Reply().error().code(), pb::BUSY);
  });
}

// ---- instead of a reply -----------------------------------------------------

// session.proto, Logout: "Requests behind it are ignored."
TEST(EveryRequestTest, NothingBehindALogoutIsAnswered) {
  ForEachRequest([](OneRequest& one) {
    one.chat().LogIn(1, "ann");
    one.chat().set_hold(true);
    one.chat().Ask(1, "say { text: 'hi' }");
    one.chat().Ask(1, "logout {}");
    const uint64_t logout = one.last_id();
    one.Ask();
    one.Settle();
    one.ExpectNoAnswer();
    EXPECT_EQ(one.AnswersTo(logout), 1);
  });
}

// session.proto, Login, Resume and Register: "or by Goodbye{BANNED}".
TEST(EveryRequestTest, TheBannedGetAGoodbyeAndNoReply) {
  const std::map<std::string, std::string> entries = {
      {"login { alias: 'ann' password: 'secret' }", "alias: 'ann'"},
      {"resume { device_token: '" + CoreHarness::TokenOf(1) + "' }",
       "alias: 'ann'"},
      {"register { alias: 'dan' password: 'secret' }", "network: '10.0.0.3'"}};
  for (const auto& [entry, target] : entries) {
    SCOPED_TRACE(entry);
    AnswersByRequest answers;
    CoreHarness chat({}, &answers);
    chat.AddAccount("root");
    chat.MakeAdmin("root");
    chat.LogInResuming(1, "ann");
    chat.LogIn(2, "root");
    EXPECT_THAT(chat.Ask(2, "ban { " + target + " }"),
                Contains(HasSubstr("ban 1")));
    chat.OpenResuming(3);
    EXPECT_THAT(chat.Ask(3, entry), Contains("s3 bye BANNED"));
    EXPECT_TRUE(answers.To(3, answers.last_id()).empty());
  }
}

}  // namespace
}  // namespace chat77::server

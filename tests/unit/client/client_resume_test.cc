// The client library against a server that grants FEATURE_RESUME.
#include <algorithm>
#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "client/client.h"
#include "tests/support/fake_chat_server.h"

namespace chat77::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Somebody with a client, and what it told.
class Talker {
 public:
  Talker(boost::asio::io_context& io, uint16_t port, const std::string& alias,
         bool make_account = true)
      : client_(io, Options(port),
                [this](const Event& event) { Note(event); }) {
    client_.Start(Credentials{alias, "secret", make_account});
  }

  void Say(const std::string& text) {
    client_.Send(SayRequest(text), Replies(text));
  }
  void Ask(const std::string& alias) {
    client_.Send(RequestPrivateRequest(alias), Replies("ask"));
  }
  void Accept(const std::string& alias) {
    client_.Send(AcceptPrivateRequest(alias), Replies("accept"));
  }
  void Tell(const std::string& alias, const std::string& text) {
    client_.Send(SendPrivateRequest(alias, text), Replies(text));
  }

  void Logout() { client_.Logout(); }

  bool online() const { return client_.state() == State::kOnline; }
  size_t unanswered() const { return client_.unanswered(); }
  // "online", "resumed", "again", "offline", "hello", "caught up 2", "from ann:
  // psst".
  const std::vector<std::string>& log() const { return log_; }
  // What was answered: "hello" or "hello: NOT_LINKED".
  const std::vector<std::string>& answers() const { return answers_; }
  // How often.
  ptrdiff_t Told(const std::string& what) const {
    return std::count(log_.begin(), log_.end(), what);
  }
  void Clear() {
    log_.clear();
    answers_.clear();
  }

 private:
  static ClientOptions Options(uint16_t port) {
    ClientOptions options;
    options.port = port;
    options.core.delays.first = absl::Milliseconds(20);
    options.core.delays.longest = absl::Milliseconds(40);
    return options;
  }

  Client::OnReply Replies(const std::string& what) {
    return [this, what](const pb::ServerFrame& reply) {
      answers_.push_back(reply.has_error()
                             ? what + ": " + pb::Code_Name(reply.error().code())
                             : what);
    };
  }

  void Note(const Event& event) {
    if (auto* online = std::get_if<Online>(&event)) {
      log_.push_back(!online->again    ? "online"
                     : online->resumed ? "resumed"
                                       : "again");
    } else if (auto* offline = std::get_if<Offline>(&event)) {
      offline_ = *offline;
      log_.push_back(offline->retry_in ? "offline" : "final");
    } else if (auto* said = std::get_if<RoomSaid>(&event)) {
      log_.push_back(said->said.text());
    } else if (auto* caught_up = std::get_if<CaughtUp>(&event)) {
      log_.push_back("caught up " + std::to_string(caught_up->count));
    } else if (auto* text = std::get_if<PrivateText>(&event)) {
      log_.push_back((text->own ? "to " : "from ") + text->alias + ": " +
                     text->said.text());
    }
  }

 public:
  Offline offline_;  // the last one

 private:
  std::vector<std::string> log_;
  std::vector<std::string> answers_;
  Client client_;
};

class ClientResumeTest : public ::testing::Test {
 protected:
  ClientResumeTest() { server_.set_resume(true); }

  // Until `done`, at most half a minute.
  void Await(const std::function<bool()>& done) {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "it never came";
      io_.run_one_for(std::chrono::milliseconds(10));
    }
  }
  void AwaitOnline(Talker& talker) {
    Await([&] { return talker.online() && talker.unanswered() == 0; });
  }
  void Link(Talker& ann, Talker& bob) {
    ann.Ask("bob");
    Await([&] { return ann.answers().size() == 1; });
    bob.Accept("ann");
    Await([&] { return bob.answers().size() == 1; });
    ann.Clear();
    bob.Clear();
  }

  boost::asio::io_context io_;
  test::FakeChatServer server_{io_};
  Talker ann_{io_, server_.port(), "ann"};
};

TEST_F(ClientResumeTest, LostReplyMeansOneEffect) {
  AwaitOnline(ann_);
  server_.LoseNextReply();
  ann_.Say("hello");
  Await([&] { return !ann_.answers().empty(); });
  AwaitOnline(ann_);
  EXPECT_THAT(server_.said(), ElementsAre("ann: hello"));
  EXPECT_THAT(ann_.answers(), ElementsAre("hello"));
  EXPECT_THAT(ann_.log(), ElementsAre("online", "offline", "resumed", "hello",
                                      "caught up 0"));
}

TEST_F(ClientResumeTest, LongOutageLosesNothing) {
  AwaitOnline(ann_);
  Talker bob(io_, server_.port(), "bob");
  AwaitOnline(bob);
  Link(ann_, bob);
  server_.StopListening();
  server_.CloseAll(false);
  Await([&] { return !ann_.online() && !bob.online(); });
  ann_.Say("one");
  ann_.Tell("bob", "psst");
  ann_.Say("two");
  // Many tries that fail.
  Await([&] { return ann_.Told("offline") > 5 && bob.Told("offline") > 5; });
  EXPECT_THAT(ann_.answers(), IsEmpty());
  ann_.Clear();
  bob.Clear();
  server_.ListenAgain();
  Await([&] {
    return ann_.answers().size() == 3 && bob.Told("from ann: psst") == 1 &&
           bob.Told("two") == 1;
  });
  EXPECT_THAT(ann_.answers(), ElementsAre("one", "psst", "two"));
  EXPECT_THAT(server_.said(), ElementsAre("ann: one", "ann: two"));
  EXPECT_EQ(ann_.Told("resumed"), 1);
  EXPECT_EQ(bob.Told("resumed"), 1);
  EXPECT_EQ(bob.Told("one"), 1);
}

TEST_F(ClientResumeTest, WaitsAsLongAsAServerThatStopsSays) {
  AwaitOnline(ann_);
  server_.CloseAll(true, 137);
  Await([&] { return ann_.Told("offline") == 1; });
  EXPECT_EQ(ann_.offline_.retry_in, absl::Milliseconds(137));
  Await([&] { return ann_.Told("resumed") == 1; });
  EXPECT_EQ(server_.resumes(), 1);
}

TEST_F(ClientResumeTest, UnknownTokenMeansThePassword) {
  AwaitOnline(ann_);
  server_.ForgetTokens();
  server_.CloseAll(false);
  server_.EndGrace();
  Await([&] { return !ann_.online(); });
  ann_.Say("hello");
  Await([&] { return !ann_.answers().empty(); });
  EXPECT_EQ(server_.resumes(), 0);
  EXPECT_THAT(ann_.answers(), ElementsAre("hello"));
  EXPECT_THAT(ann_.log(), ElementsAre("online", "offline", "again",
                                      "caught up 0", "hello"));
}

TEST_F(ClientResumeTest, PrivateTextsComeOnce) {
  AwaitOnline(ann_);
  Talker bob(io_, server_.port(), "bob");
  AwaitOnline(bob);
  Link(ann_, bob);
  bob.Tell("ann", "psst");
  Await([&] { return !ann_.log().empty(); });
  server_.CloseAll(false);
  bob.Tell("ann", "really");
  Await([&] { return ann_.Told("from bob: really") == 1; });
  AwaitOnline(ann_);
  AwaitOnline(bob);
  EXPECT_EQ(ann_.Told("from bob: psst"), 1);
  EXPECT_EQ(ann_.Told("from bob: really"), 1);
  EXPECT_EQ(bob.Told("to ann: really"), 0) << "its reply tells it";
}

TEST_F(ClientResumeTest, LostReplyToAPrivateTextMeansOneText) {
  AwaitOnline(ann_);
  Talker bob(io_, server_.port(), "bob");
  AwaitOnline(bob);
  Link(ann_, bob);
  server_.LoseNextReply();
  bob.Tell("ann", "psst");
  Await([&] { return !bob.answers().empty(); });
  AwaitOnline(bob);
  EXPECT_THAT(bob.answers(), ElementsAre("psst"));
  EXPECT_EQ(bob.Told("to ann: psst"), 0);
  EXPECT_EQ(ann_.Told("from bob: psst"), 1);
}

TEST_F(ClientResumeTest, PrivateTextsAreMarkedAsRead) {
  AwaitOnline(ann_);
  Talker bob(io_, server_.port(), "bob");
  AwaitOnline(bob);
  Link(ann_, bob);
  bob.Tell("ann", "psst");
  bob.Tell("ann", "really");
  Await([&] { return ann_.log().size() == 2; });
  Await([&] { return server_.ReadBy("ann", "bob") == 3; });
  EXPECT_EQ(server_.mark_reads(), 1);
}

TEST_F(ClientResumeTest, PrivateTextsWaitForTheNextLogin) {
  AwaitOnline(ann_);
  auto bob = std::make_unique<Talker>(io_, server_.port(), "bob");
  AwaitOnline(*bob);
  Link(ann_, *bob);
  ann_.Tell("bob", "one");
  Await([&] { return bob->Told("from ann: one") == 1; });
  bob->Logout();
  Await([&] { return bob->Told("final") == 1; });
  ann_.Tell("bob", "two");
  Await([&] { return ann_.answers().size() == 2; });
  bob = std::make_unique<Talker>(io_, server_.port(), "bob", false);
  Await([&] { return bob->log().size() == 2; });
  EXPECT_THAT(bob->log(), ElementsAre("online", "from ann: two"));
}

TEST_F(ClientResumeTest, PrivateChatsOutliveTheStay) {
  AwaitOnline(ann_);
  Talker bob(io_, server_.port(), "bob");
  AwaitOnline(bob);
  Link(ann_, bob);
  server_.CloseAll(false);
  server_.EndGrace();
  Await([&] { return !ann_.online(); });
  ann_.Tell("bob", "psst");
  Await([&] {
    return ann_.answers().size() == 1 && bob.Told("from ann: psst") == 1;
  });
  EXPECT_THAT(ann_.answers(), ElementsAre("psst"));
  EXPECT_EQ(server_.resumes(), 2) << "the tokens are good for a new stay";
}

}  // namespace
}  // namespace chat77::client

// One scenario, played by native and by legacy clients, leaves one history and
// one log of connections.

#include <csignal>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "store/store.h"
#include "tests/support/person.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_folder.h"

namespace chat77::test {
namespace {

using Kind = Person::Kind;

// What is left of a run. A port becomes the number of the client whose it was.
struct Trace {
  std::vector<std::tuple<int64_t, uint64_t, std::string, std::string>>
      messages;  // room, seq, alias, text
  std::vector<std::tuple<std::string, std::string, size_t, std::string>>
      connections;  // alias, address, client, reason
  std::vector<std::string> accounts;
};

class LegacyStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  // Plays the scenario with clients of this kind against a store of its own.
  Trace Play(Kind kind) {
    kind_ = kind;
    ports_.clear();
    const std::string path = folder_ / ::testing::PrintToString(kind);
    server_ = std::make_unique<ServerProcess>(
        std::vector<std::string>{"--store=" + path});
    Scenario();  // stops the server: a second signal would not wait
    EXPECT_EQ(server_->Wait(), 0) << server_->Log();
    return Read(path);
  }

  std::unique_ptr<Person> Connect() {
    auto person = Person::Connect(kind_, *server_);
    ports_.push_back(person->port());
    return person;
  }

  void Scenario() {
    const auto ann = Connect(), bob = Connect(), cat = Connect();
    ASSERT_TRUE(ann->Enter("Ann"));
    ASSERT_TRUE(bob->Enter("bob"));
    Refusals();
    ASSERT_TRUE(cat->Enter("cat"));
    ASSERT_TRUE(ann->HearsJoined("cat"));
    Talk(*ann, *bob);
    Whisper(*ann, *bob);
    Leave(*ann, bob, cat);
    const auto again = Connect();
    ASSERT_TRUE(again->LogIn("BOB", "secret"));
    ASSERT_TRUE(ann->HearsJoined("bob"));
    Say(*again, "bob", "back again", *ann);
    // Ann and bob stay until the server stops; both are told.
    server_->Signal(SIGTERM);
    EXPECT_TRUE(ann->HearsEnd());
    EXPECT_TRUE(again->HearsEnd());
  }

  // None of it leaves a trace.
  void Refusals() {
    const auto eve = Connect();
    EXPECT_FALSE(eve->Register("aNN", "other"));
    EXPECT_FALSE(eve->Register("no,name", "secret"));
    EXPECT_FALSE(eve->LogIn("Ann", "wrong"));
    EXPECT_FALSE(eve->LogIn("bob", "secret"));
    EXPECT_FALSE(eve->LogIn("nobody", "secret"));
  }

  static void Say(Person& speaker, const std::string& alias,
                  const std::string& text, Person& hearer) {
    speaker.Say(text);
    EXPECT_TRUE(hearer.HearsSaid(alias, text)) << text;
  }

  static void Talk(Person& ann, Person& bob) {
    Say(ann, "Ann", "hello", bob);
    Say(bob, "bob", "caf\u00e9 \u20ac \U0001F600", ann);
    Say(ann, "Ann", "exit", bob);
    Say(ann, "Ann", "online clients", bob);
    Say(bob, "bob", "Ann: it was me", ann);
    Say(bob, "bob", "PRIVATE_CONNECTED:bob", ann);
    Say(ann, "Ann", "two  spaces", bob);
  }

  // What is private is in no history.
  static void Whisper(Person& ann, Person& bob) {
    EXPECT_TRUE(ann.Ask("bob"));
    EXPECT_TRUE(bob.HearsRequest("Ann"));
    EXPECT_TRUE(bob.Accept("Ann"));
    EXPECT_TRUE(ann.HearsConnected("bob"));
    ann.Whisper("bob", "psst");
    EXPECT_TRUE(bob.HearsWhisper("Ann", "psst"));
    EXPECT_TRUE(bob.End("Ann"));
    EXPECT_TRUE(ann.HearsEnded("bob", /*by_command=*/true));
  }

  // Each in another way.
  void Leave(Person& ann, const std::unique_ptr<Person>& bob,
             const std::unique_ptr<Person>& cat) {
    bob->Exit();
    EXPECT_TRUE(ann.HearsLeft("bob"));
    cat->HalfClose();
    EXPECT_TRUE(ann.HearsLeft("cat"));
    const auto dan = Connect();
    ASSERT_TRUE(dan->Enter("dan"));
    Say(*dan, "dan", "hi and bye", ann);
    dan->Reset();
    EXPECT_TRUE(ann.HearsLeft("dan"));
  }

  Trace Read(const std::string& path) const {
    Trace trace;
    const auto store = store::OpenStoreForReading(path);
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return trace;
    const auto page = (*store)->ReadHistory(
        {.room = kLobby, .limit = 1000, .bytes = 1'000'000});
    for (const store::Message& message : page->messages) {
      trace.messages.emplace_back(message.room.value(), message.seq,
                                  message.alias, message.text);
    }
    const auto connections = (*store)->AllConnections();
    for (const store::Connection& connection : *connections) {
      EXPECT_TRUE(connection.logout_time.has_value()) << connection.alias;
      trace.connections.emplace_back(connection.alias, connection.address,
                                     ClientOf(connection.port),
                                     connection.reason);
    }
    const auto accounts = (*store)->AllAccounts();
    for (const store::Account& account : *accounts) {
      trace.accounts.push_back(account.alias);
    }
    return trace;
  }
  size_t ClientOf(uint16_t port) const {
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (ports_[i] == port) return i;
    }
    return ports_.size();
  }

  test::TempFolder folder_;
  Kind kind_ = Kind::kNative;
  std::unique_ptr<ServerProcess> server_;
  std::vector<uint16_t> ports_;  // of our ends, in order of connecting
};

TEST_P(LegacyStoreTest, LeavesWhatNativeClientsLeave) {
  const Trace native = Play(Kind::kNative);
  const Trace legacy = Play(GetParam());
  EXPECT_EQ(legacy.messages, native.messages);
  EXPECT_EQ(legacy.connections, native.connections);
  EXPECT_EQ(legacy.accounts, native.accounts);

  EXPECT_EQ(native.messages.size(), 9u);
  const decltype(native.connections) kLog = {
      {"Ann", "127.0.0.1", 0, "server stopped"},
      {"bob", "127.0.0.1", 1, "exit"},
      {"cat", "127.0.0.1", 2, "disconnected"},
      {"dan", "127.0.0.1", 4, "disconnected"},
      {"bob", "127.0.0.1", 5, "server stopped"}};
  EXPECT_EQ(native.connections, kLog);
}

INSTANTIATE_TEST_SUITE_P(Kinds, LegacyStoreTest,
                         ::testing::Values(Kind::kUnframed, Kind::kLines),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace chat77::test

// Who joins and leaves, as notices, in batches or not at all: what a client
// chose in its hello is what it hears, and the messages are the same for all.

#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "tests/support/legacy_client.h"
#include "tests/support/native_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Names = std::set<std::string>;

constexpr pb::Presence kEach[] = {pb::PRESENCE_NOTICES, pb::PRESENCE_BATCHED,
                                  pb::PRESENCE_NONE};

// A reader that writes down what it hears: `+ann`, `-ann` for notices, the
// texts of messages, and the number of batches, which it applies to its list.
struct Reader {
  Reader(int port, pb::Presence presence) : client(port, presence) {}

  // True if the event was something.
  bool Hear(milliseconds patience) {
    const pb::ServerFrame event = client.Hear(patience);
    switch (event.body_case()) {
      case pb::ServerFrame::kJoined:
        log.push_back("+" + event.joined().alias());
        online.insert(event.joined().alias());
        break;
      case pb::ServerFrame::kLeft:
        log.push_back("-" + event.left().alias());
        online.erase(event.left().alias());
        break;
      case pb::ServerFrame::kSaid:
        log.push_back(event.said().text());
        seqs.push_back(event.said().seq());
        break;
      case pb::ServerFrame::kPresenceChanged:
        Apply(event.presence_changed());
        break;
      case pb::ServerFrame::kMissed:
        missed.push_back(event.missed());
        break;
      case pb::ServerFrame::BODY_NOT_SET:
        return false;
      default:
        log.push_back(event.ShortDebugString());
    }
    return true;
  }
  void Apply(const pb::PresenceChanged& changed) {
    EXPECT_EQ(changed.room(), wire::kLobby);
    EXPECT_GT(changed.joined_size() + changed.left_size(), 0);
    ++batches;
    const Names joined(changed.joined().begin(), changed.joined().end());
    online.insert(joined.begin(), joined.end());
    for (const std::string& alias : changed.left()) {
      EXPECT_FALSE(joined.contains(alias)) << alias << " joined and left";
      online.erase(alias);
    }
  }
  template <class Condition>
  bool HearUntil(Condition condition) {
    const auto until = steady_clock::now() + NativeClient::kPatience;
    while (!condition()) {
      if (steady_clock::now() > until || client.closed()) return false;
      Hear(milliseconds(100));
    }
    return true;
  }
  bool HearUntilOnline(const Names& names) {
    return HearUntil([&] { return online == names; });
  }
  bool HearUntilSaid(const std::string& text) {
    return HearUntil([&] { return !log.empty() && log.back() == text; });
  }
  void HearTheRest(milliseconds patience) {
    while (Hear(patience)) {
    }
  }
  Names ListOnline() {
    pb::ClientFrame frame;
    frame.mutable_list_online();
    const pb::ServerFrame reply = client.Ask(std::move(frame));
    const auto& aliases = reply.list_online().aliases();
    EXPECT_EQ(static_cast<size_t>(aliases.size()), reply.list_online().total());
    return {aliases.begin(), aliases.end()};
  }

  NativeClient client;
  std::vector<std::string> log;
  std::vector<uint64_t> seqs;
  std::vector<pb::Missed> missed;
  Names online;
  int batches = 0;
};

void LogOut(NativeClient& client) {
  pb::ClientFrame logout;
  logout.mutable_logout();
  EXPECT_TRUE(client.Ask(std::move(logout)).has_logout());
  EXPECT_TRUE(client.AwaitClose());
}

class PresenceTest : public ::testing::TestWithParam<int> {
 protected:
  Reader Enter(const std::string& alias, pb::Presence presence) const {
    Reader reader(server_.port(), presence);
    EXPECT_EQ(reader.client.ReplyTo(1).hello().presence(), presence);
    reader.client.Enter(alias);
    return reader;
  }

  ServerProcess server_{{"--store=memory:", "--password_cost=min",
                         "--send_megabytes=8",
                         "--io_threads=" + std::to_string(GetParam())}};
};

INSTANTIATE_TEST_SUITE_P(IoThreads, PresenceTest, ::testing::Values(1, 3));

TEST_P(PresenceTest, EachHearsWhatItChose) {
  Reader notices = Enter("ann", pb::PRESENCE_NOTICES);
  Reader batched = Enter("bob", pb::PRESENCE_BATCHED);
  batched.online = batched.ListOnline();
  Reader none = Enter("cem", pb::PRESENCE_NONE);
  test::LineClient old(static_cast<uint16_t>(server_.compat_port()));
  ASSERT_TRUE(old.Register("old", "secret"));
  ASSERT_TRUE(old.Login("old", "secret"));
  ASSERT_TRUE(old.ExpectPrinted("you are now connected"));
  ASSERT_TRUE(batched.HearUntilOnline({"ann", "bob", "cem", "old"}));

  NativeClient eve(server_.port());
  eve.Enter("eve");
  eve.Say("first");
  LogOut(eve);
  NativeClient fay(server_.port());
  fay.Enter("fay");
  fay.Say("last");

  EXPECT_TRUE(batched.HearUntilSaid("last"));
  EXPECT_TRUE(batched.HearUntilOnline({"ann", "bob", "cem", "old", "fay"}));
  EXPECT_TRUE(notices.HearUntilSaid("last"));
  EXPECT_TRUE(none.HearUntilSaid("last"));
  // And nothing more.
  for (Reader* reader : {&notices, &batched, &none}) {
    reader->HearTheRest(milliseconds(200));
  }
  EXPECT_THAT(notices.log, ElementsAre("+bob", "+cem", "+old", "+eve", "first",
                                       "-eve", "+fay", "last"));
  EXPECT_THAT(batched.log, ElementsAre("first", "last"));
  EXPECT_THAT(none.log, ElementsAre("first", "last"));
  EXPECT_EQ(notices.batches + none.batches, 0);
  EXPECT_EQ(batched.online, (Names{"ann", "bob", "cem", "old", "fay"}));
  EXPECT_EQ(batched.online, none.ListOnline());
  for (const char* line : {"eve has connected to the chatroom", "eve: first",
                           "eve has left the chatroom",
                           "fay has connected to the chatroom", "fay: last"}) {
    EXPECT_EQ(old.NextPrinted().value_or("nothing"), line);
  }
}

TEST_P(PresenceTest, UnknownChoiceHearsNotices) {
  Reader later(server_.port(), static_cast<pb::Presence>(99));
  EXPECT_EQ(later.client.ReplyTo(1).hello().presence(), pb::PRESENCE_NOTICES);
  later.client.Enter("later");
  NativeClient bob(server_.port());
  bob.Enter("bob");
  bob.Say("hi");
  EXPECT_TRUE(later.HearUntilSaid("hi"));
  EXPECT_THAT(later.log, ElementsAre("+later", "+bob", "hi"));
  EXPECT_EQ(later.batches, 0);
}

TEST_P(PresenceTest, ABatchHasTheOwnAlias) {
  Reader ann = Enter("ann", pb::PRESENCE_BATCHED);
  EXPECT_TRUE(ann.HearUntilOnline({"ann"}));
  EXPECT_THAT(ann.log, IsEmpty());
}

TEST_P(PresenceTest, WhoCameBackIsToldOfAgain) {
  Reader ann = Enter("ann", pb::PRESENCE_BATCHED);
  NativeClient bob(server_.port());
  bob.Enter("bob");
  ASSERT_TRUE(ann.HearUntilOnline({"ann", "bob"}));
  const int before = ann.batches;
  LogOut(bob);
  NativeClient again(server_.port());
  ASSERT_TRUE(again.Login("bob").has_login());
  // In one batch, or in two: that he went and that he came.
  EXPECT_TRUE(ann.HearUntil(
      [&] { return ann.batches > before && ann.online.contains("bob"); }));
  EXPECT_EQ(ann.online, (Names{"ann", "bob"}));
}

TEST_P(PresenceTest, MessagesComeInOneOrder) {
  constexpr int kTalkers = 4, kTexts = 50;
  std::vector<Reader> readers;
  readers.push_back(Enter("ann", pb::PRESENCE_NOTICES));
  readers.push_back(Enter("bob", pb::PRESENCE_BATCHED));
  readers.push_back(Enter("cem", pb::PRESENCE_NONE));
  std::vector<NativeClient> talkers;
  for (int i = 0; i < kTalkers; ++i) {
    talkers.emplace_back(server_.port(), kEach[i % 3])
        .Enter("talker" + std::to_string(i));
  }
  for (int text = 0; text < kTexts; ++text) {
    for (NativeClient& talker : talkers) {
      pb::ClientFrame say;
      say.mutable_say()->set_text(std::to_string(text) + " of " +
                                  std::to_string(talker.local_port()));
      talker.Send(std::move(say));
    }
    NativeClient guest(server_.port());
    guest.Register("guest" + std::to_string(text % 3));
    guest.Login("guest" + std::to_string(text % 3));
  }
  std::vector<std::string> heard[3];
  for (int i = 0; i < 3; ++i) {
    Reader& reader = readers[static_cast<size_t>(i)];
    ASSERT_TRUE(reader.HearUntil(
        [&] { return reader.seqs.size() == kTalkers * kTexts; }));
    for (uint64_t n = 0; n < reader.seqs.size(); ++n) {
      ASSERT_EQ(reader.seqs[n], n + 1);
    }
    for (const std::string& entry : reader.log) {
      if (entry[0] != '+' && entry[0] != '-') heard[i].push_back(entry);
    }
  }
  EXPECT_EQ(heard[0], heard[1]);
  EXPECT_EQ(heard[0], heard[2]);
}

TEST_P(PresenceTest, HundredsAtOnceAreAFewBatches) {
  constexpr size_t kMany = 300;
  // There is at most one batch in a second, however long it all takes.
  const auto start = steady_clock::now();
  Reader ann = Enter("ann", pb::PRESENCE_BATCHED);
  Reader bob = Enter("bob", pb::PRESENCE_NONE);
  ann.online = ann.ListOnline();
  std::vector<NativeClient> crowd;
  for (size_t i = 0; i < kMany; ++i) {
    crowd.emplace_back(server_.port(), kEach[i % 3]);
    crowd[i].Register("guest" + std::to_string(i));
  }
  const auto rounds = [&] {
    return 2 + (steady_clock::now() - start) / std::chrono::seconds(1);
  };
  std::vector<uint64_t> logins;
  for (size_t i = 0; i < kMany; ++i) {
    pb::ClientFrame login;
    login.mutable_login()->set_alias("guest" + std::to_string(i));
    login.mutable_login()->set_password("secret");
    logins.push_back(crowd[i].Send(std::move(login)));
  }
  for (size_t i = 0; i < kMany; ++i) {
    // Few passwords are checked at a time, and few wait.
    pb::ServerFrame reply = crowd[i].ReplyTo(logins[i]);
    while (reply.error().code() == pb::BUSY) {
      reply = crowd[i].Login("guest" + std::to_string(i));
    }
    ASSERT_TRUE(reply.has_login()) << reply.ShortDebugString();
  }
  ASSERT_TRUE(ann.HearUntil([&] { return ann.online.size() == kMany + 2; }));
  EXPECT_LE(ann.batches, rounds());
  EXPECT_EQ(ann.online, ann.ListOnline());

  for (NativeClient& guest : crowd) guest.Close();
  EXPECT_TRUE(ann.HearUntilOnline({"ann", "bob"}));
  EXPECT_LE(ann.batches, rounds());
  EXPECT_EQ(ann.online, ann.ListOnline());
  EXPECT_THAT(ann.log, IsEmpty());
  EXPECT_FALSE(bob.Hear(milliseconds(200)));
}

// The log holds one megabyte, and what the sockets hold is less than the rest.
TEST_P(PresenceTest, ASlowReaderIsToldWhatItMissed) {
  constexpr int kTexts = 3000;
  std::vector<Reader> readers;
  for (const pb::Presence presence : kEach) {
    readers.push_back(Enter("reader" + std::to_string(presence), presence));
  }
  NativeClient talker(server_.port(), pb::PRESENCE_NONE);
  talker.Enter("talker");
  const std::string page(8000, 'x');
  uint64_t last = 0;
  for (int i = 0; i < kTexts; ++i) {
    pb::ClientFrame say;
    say.mutable_say()->set_text(page);
    last = talker.Send(std::move(say));
  }
  ASSERT_EQ(talker.ReplyTo(last).say().seq(), uint64_t{kTexts});
  NativeClient guest(server_.port());
  guest.Enter("guest");
  ASSERT_EQ(guest.Say("the end").say().seq(), uint64_t{kTexts} + 1);

  for (Reader& reader : readers) {
    ASSERT_TRUE(reader.HearUntilSaid("the end"));
    ASSERT_FALSE(reader.missed.empty());
    // Each message was heard or missed, and none was both.
    std::multiset<uint64_t> told(reader.seqs.begin(), reader.seqs.end());
    for (const pb::Missed& missed : reader.missed) {
      for (uint64_t seq = missed.from_seq(); seq <= missed.to_seq(); ++seq) {
        told.insert(seq);
      }
    }
    ASSERT_EQ(told.size(), uint64_t{kTexts} + 1);
    ASSERT_EQ(std::set<uint64_t>(told.begin(), told.end()).size(), told.size());
    // As the protocol says: ask anew, then go on with what comes.
    reader.online = reader.ListOnline();
  }
  guest.Close();
  const Names left = {"reader0", "reader1", "reader2", "talker"};
  EXPECT_TRUE(readers[0].HearUntilOnline(left));
  EXPECT_TRUE(readers[1].HearUntilOnline(left));
  EXPECT_GT(readers[1].batches, 0);
  EXPECT_EQ(readers[0].batches + readers[2].batches, 0);
  EXPECT_EQ(readers[2].ListOnline(), left);
}

}  // namespace
}  // namespace chat77::test

// Sessions that are encrypted, on a shard's loop that the test turns.

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"

#include "proto/frame_decoder.h"
#include "server/net/tls/certificate_files.h"
#include "tests/support/shard_harness.h"
#include "tests/support/tls_peer.h"

namespace chat77::server {
namespace {

using test::Frame;
using test::Hello;
using test::Peer;
using test::ReplyOf;
using test::ShardHarness;
using test::Shorthand;
using test::TlsPeer;
using Words = std::vector<std::string>;

// A client's end: TLS over the harness's end of the connection.
class TlsClient {
 public:
  explicit TlsClient(Peer& peer) : peer_(peer) {}

  TlsPeer& tls() { return tls_; }
  bool ended() const { return ended_; }
  void Say(const std::string& plain) {
    tls_.Say(plain);
    Write();
  }
  void Write() {
    waiting_ += tls_.TakeOut();
    waiting_.erase(0, peer_.Send(waiting_));
  }
  // Reads at most so much of what has come.
  void Read(size_t most = SIZE_MAX) {
    std::array<char, 4096> buffer;
    while (most > 0) {
      const ssize_t size = ::recv(peer_.fd(), buffer.data(),
                                  std::min(most, buffer.size()), MSG_DONTWAIT);
      ended_ = ended_ || size == 0;
      if (size <= 0) break;
      most -= static_cast<size_t>(size);
      Take(tls_.Give({buffer.data(), static_cast<size_t>(size)}));
    }
    Write();
  }
  const Words& heard() const { return heard_; }

 private:
  void Take(const std::string& plain) {
    decoder_.Receive(plain, [&](std::string_view body) {
      pb::ServerFrame frame;
      const bool sound =
          frame.ParseFromArray(body.data(), static_cast<int>(body.size()));
      heard_.push_back(Shorthand(frame));
      return sound;
    });
  }

  Peer& peer_;
  TlsPeer tls_;
  wire::FrameDecoder decoder_{wire::kFrameBytes * 16};
  std::string waiting_;
  Words heard_;
  bool ended_ = false;
};

class TlsSessionTest : public testing::Test {
 protected:
  explicit TlsSessionTest(const ShardOptions& options = {})
      : harness_(options) {
    harness_.shard().ServeTls(
        *tls::TlsContext::Make(*tls::LoadCertificate({}, absl::Now())));
  }
  // A connection through which the handshake went.
  TlsClient& Connect(uint64_t id, int buffer = 0) {
    clients_.push_back(
        std::make_unique<TlsClient>(harness_.Connect(id, buffer)));
    TlsClient& client = *clients_.back();
    client.Write();
    Carry(client);
    EXPECT_TRUE(client.tls().open());
    return client;
  }
  TlsClient& Enter(uint64_t id, int buffer = 0) {
    TlsClient& client = Connect(id, buffer);
    client.Say(Hello());
    Carry(client);
    harness_.Deliver(id, ReplyOf(2, 0), DeliveryKind::kLogin);
    harness_.shard().JoinRoom(SessionId{id});
    Carry(client);
    EXPECT_EQ(client.heard(), (Words{"r1", "r2"}));
    return client;
  }
  // Until nothing moves.
  void Carry(TlsClient& client) {
    for (int quiet = 0; quiet < 3;) {
      const size_t ran = harness_.Poll();
      client.Read();
      quiet = ran == 0 ? quiet + 1 : 0;
    }
  }
  // Until it has heard so many things.
  void ReadUntil(TlsClient& client, size_t count) {
    for (int i = 0; i < 100'000 && client.heard().size() < count; ++i) {
      harness_.Poll();
      client.Read();
    }
  }
  uint64_t Refused(Refusals::Kind kind) {
    return harness_.shard().commons().refusals.count(kind);
  }

  ShardHarness harness_;
  std::vector<std::unique_ptr<TlsClient>> clients_;
};

// However many strangers begin at once, who talks waits for one of them.
TEST_F(TlsSessionTest, HandshakesTakeTurnsWithOthers) {
  Peer& talker = harness_.Enter(1);
  std::vector<Peer*> strangers;
  for (uint64_t id = 2; id < 12; ++id) {
    strangers.push_back(&harness_.Connect(id));
    TlsPeer hello;
    strangers.back()->Send(hello.TakeOut());
  }
  pb::ClientFrame ping;
  ping.mutable_ping();
  talker.Send(Frame(3, ping));
  Words heard;
  while (heard.empty() && harness_.shard().io().poll_one() > 0) {
    heard = talker.Heard();
  }
  EXPECT_EQ(heard, Words{"r3"});
  const auto answered = std::count_if(
      strangers.begin(), strangers.end(), [](const Peer* stranger) {
        char byte;
        return ::recv(stranger->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
      });
  EXPECT_GE(answered, 1);
  EXPECT_LE(answered, 2);
  harness_.Poll();  // nobody is forgotten
  for (const Peer* stranger : strangers) {
    char byte;
    EXPECT_EQ(::recv(stranger->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 1);
  }
}

TEST_F(TlsSessionTest, HearsTheRoomAndItsReplies) {
  TlsClient& ann = Enter(1);
  harness_.Say();
  harness_.Deliver(1, ReplyOf(3, 10));
  harness_.Say();
  Carry(ann);
  EXPECT_EQ(ann.heard(), (Words{"r1", "r2", "s1", "r3", "s2"}));
}

// So many that they go out in bursts, beside plain ones.
TEST_F(TlsSessionTest, IsOneOfMany) {
  constexpr uint64_t kOf = 40;
  for (uint64_t id = 1; id <= kOf; ++id) {
    Enter(id);
    harness_.Enter(1000 + id);
  }
  for (int i = 0; i < 20; ++i) harness_.Say(300);
  harness_.Poll();
  for (int i = 0; i < 20; ++i) harness_.Say(3000);  // too much for a burst
  for (uint64_t id = 1; id <= kOf; ++id) {
    Carry(*clients_[id - 1]);
    EXPECT_EQ(clients_[id - 1]->heard().size(), 42u);
    EXPECT_EQ(clients_[id - 1]->heard().back(), "s40");
    EXPECT_EQ(harness_.peer(1000 + id).Heard().size(), 40u);
  }
}

// Whatever the socket takes at a time, all arrives whole and in order.
TEST_F(TlsSessionTest, LosesNothingToASmallSocket) {
  std::mt19937 random(7);
  for (int round = 1; round <= 8; ++round) {
    const auto id = static_cast<uint64_t>(round);
    TlsClient& ann = Enter(id, /*buffer=*/4096);
    Words expected = {"r1", "r2"};
    for (uint64_t i = 10; i < 210; ++i) {
      const size_t size = random() % (round % 2 == 0 ? 40'000 : 500);
      if (random() % 3 == 0) {
        harness_.Deliver(id, ReplyOf(i, size));
        expected.push_back("r" + std::to_string(i));
      } else {
        expected.push_back("s" + std::to_string(harness_.Say(size)));
      }
      if (random() % 2 == 0) harness_.Poll();
      ann.Read(random() % 30'000);
    }
    ReadUntil(ann, expected.size());
    EXPECT_EQ(ann.heard(), expected);
    // Nothing is owed any more.
    harness_.Poll();
    EXPECT_EQ(harness_.shard().own_bytes(), 0u);
    harness_.peer(id).HangUp();
    harness_.Poll();
  }
}

// One who takes nothing has a chunk encrypted for it, however much there is.
TEST_F(TlsSessionTest, EncryptsLittleAhead) {
  TlsClient& ann = Enter(1, /*buffer=*/4096);
  for (int i = 0; i < 400; ++i) {
    harness_.Say(10'000);
    harness_.Poll();
  }
  EXPECT_LE(harness_.shard().own_bytes(),
            tls::TlsStream::kMaxRecord + 10'000 + 1024);
  ReadUntil(ann, 402);
  EXPECT_EQ(ann.heard().back(), "s400");
}

TEST_F(TlsSessionTest, SaysGoodbyeAndThatNoMoreComes) {
  TlsClient& ann = Enter(1);
  harness_.shard().CloseSession(SessionId{1}, pb::TAKEN_OVER, "Elsewhere.", 0);
  Carry(ann);
  EXPECT_EQ(ann.heard().back(),
            "g" + std::to_string(static_cast<int>(pb::TAKEN_OVER)));
  EXPECT_TRUE(ann.tls().ended());
  EXPECT_TRUE(ann.ended());
  EXPECT_EQ(harness_.core().closed, 1);
}

TEST_F(TlsSessionTest, LetsGoOfOneWhoSaysGoodbye) {
  TlsClient& ann = Enter(1);
  ann.tls().Close();
  ann.Write();
  Carry(ann);
  EXPECT_EQ(harness_.core().closed, 1);
  EXPECT_TRUE(ann.tls().ended());
  EXPECT_EQ(harness_.shard().sessions(), 0u);
}

// A changed byte ends it; so does one that goes without a word.
TEST_F(TlsSessionTest, EndsWithABrokenStream) {
  TlsClient& ann = Enter(1);
  harness_.peer(1).Send(std::string("\x17\x03\x03\x00\x20", 5) +
                        std::string(32, 'x'));
  Carry(ann);
  EXPECT_EQ(harness_.core().closed, 1);
  Enter(2);
  harness_.peer(2).HangUp();
  harness_.Poll();
  EXPECT_EQ(harness_.core().closed, 2);
  EXPECT_EQ(harness_.shard().sessions(), 0u);
  // Those were no handshakes.
  EXPECT_EQ(Refused(Refusals::Kind::kHandshake), 0u);
}

TEST_F(TlsSessionTest, CountsHandshakesThatFail) {
  for (uint64_t id = 1; id <= 3; ++id) {
    Peer& peer = harness_.Connect(id);
    peer.Send("\x16\x03\x03 nonsense");
    harness_.Poll();
    std::array<char, 100> alert;
    EXPECT_EQ(::recv(peer.fd(), alert.data(), alert.size(), MSG_DONTWAIT), 7);
    EXPECT_EQ(::recv(peer.fd(), alert.data(), alert.size(), MSG_DONTWAIT), 0);
  }
  EXPECT_EQ(Refused(Refusals::Kind::kHandshake), 3u);
  EXPECT_EQ(harness_.shard().sessions(), 0u);
  EXPECT_EQ(harness_.core().opened, 0);
}

// Its word waits until it is known how the other speaks.
TEST_F(TlsSessionTest, IsRefusedInItsOwnWay) {
  harness_.Connect(1);
  harness_.Connect(2);
  for (uint64_t id : {1, 2}) {
    harness_.shard().Refuse(SessionId{id}, pb::SERVER_FULL, "Full.", 0);
  }
  harness_.Poll();
  EXPECT_EQ(harness_.peer(2).Heard(), Words{});
  harness_.peer(2).Send(Hello());
  harness_.Poll();
  const Words full = {"g" + std::to_string(static_cast<int>(pb::SERVER_FULL))};
  EXPECT_EQ(harness_.peer(2).Heard(), full);
  TlsClient client(harness_.peer(1));
  client.Write();
  Carry(client);
  EXPECT_EQ(client.heard(), full);
  EXPECT_TRUE(client.tls().ended());
}

// New keys are asked for again and again, and no answer is taken.
TEST_F(TlsSessionTest, StopsReadingOneWhoTakesNoAnswers) {
  TlsClient& ann = Enter(1, /*buffer=*/4096);
  size_t sent = 0;
  for (int i = 0; i < 20'000; ++i) {
    SSL_key_update(ann.tls().ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(ann.tls().ssl());
    const std::string bytes = ann.tls().TakeOut();
    const size_t took = harness_.peer(1).Send(bytes);
    sent += took;
    if (took < bytes.size()) break;
    if (i % 50 == 0) harness_.Poll();
  }
  harness_.Poll();
  EXPECT_LE(harness_.shard().own_bytes(), 256 * 1024u) << sent;
  // It lives, or was ended for this; either way the shard goes on.
  TlsClient& ben = Enter(2);
  harness_.Say();
  Carry(ben);
  EXPECT_EQ(ben.heard().back(), "s1");
}

class ShortTlsSessionTest : public TlsSessionTest {
 protected:
  ShortTlsSessionTest() : TlsSessionTest(Short()) {}
  static ShardOptions Short() {
    ShardOptions options;
    options.connection.login_time = absl::Seconds(1);
    return options;
  }
};

TEST_F(ShortTlsSessionTest, CutsAHandshakeThatTakesTooLong) {
  Peer& peer = harness_.Connect(1);
  TlsPeer tls;
  const std::string hello = tls.TakeOut();
  peer.Send(hello.substr(0, hello.size() - 1));
  const absl::Duration took =
      harness_.Takes([this] { return harness_.shard().sessions() == 0; });
  EXPECT_GE(took, absl::Seconds(1));
  EXPECT_LE(took, absl::Seconds(3));  // it is looked at once a second
  EXPECT_EQ(Refused(Refusals::Kind::kHandshake), 1u);
}

// Without a certificate (as in tests of other things) nobody is served TLS.
TEST(NoTlsSessionTest, TurnsTlsAway) {
  ShardHarness harness;
  harness.Connect(1);
  harness.peer(1).Send("\x16\x03\x01");
  harness.Poll();
  EXPECT_EQ(harness.shard().sessions(), 0u);
}

}  // namespace
}  // namespace chat77::server

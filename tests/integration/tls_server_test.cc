// The native port through real sockets: encrypted, and what it does with those
// who are not.

#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/native_client.h"
#include "tests/support/raw_socket.h"
#include "tests/support/served.h"

namespace chat77 {
namespace {

using server::ServerOptions;
using test::NativeClient;
using test::RawSocket;
using test::Served;
using test::TlsLink;
namespace pb = wire::pb;

ServerOptions OnShards(size_t shards) {
  ServerOptions options;
  options.io_threads = shards;
  return options;
}

pb::ServerFrame HearGoodbye(NativeClient& client) {
  for (;;) {
    pb::ServerFrame event = client.Hear();
    if (event.has_goodbye() || event.body_case() == 0) return event;
  }
}

TEST(TlsServerTest, CarriesAConversation) {
  Served served(OnShards(2));
  NativeClient ann = NativeClient::OverTls(served.port(), TLS1_3_VERSION);
  NativeClient ben = NativeClient::OverTls(served.port(), TLS1_2_VERSION);
  NativeClient cid(served.port());
  ASSERT_NE(ann.tls(), nullptr);
  EXPECT_EQ(ann.tls()->version(), "TLSv1.3");
  EXPECT_EQ(ben.tls()->version(), "TLSv1.2");
  EXPECT_EQ(ann.tls()->fingerprint().size(), 50u);
  EXPECT_EQ(ann.tls()->fingerprint(), ben.tls()->fingerprint());
  ann.Enter("ann");
  ben.Enter("ben");
  cid.Enter("cid");
  EXPECT_TRUE(ann.Say("from ann").has_say());
  EXPECT_EQ(ben.HearSaid().text(), "from ann");
  EXPECT_EQ(cid.HearSaid().text(), "from ann");
  EXPECT_TRUE(cid.Say("from cid").has_say());
  EXPECT_EQ(ann.HearSaid().text(), "from cid");
  EXPECT_EQ(ben.HearSaid().text(), "from cid");
}

TEST(TlsServerTest, CarriesPrivateTexts) {
  Served served;
  NativeClient ann = NativeClient::OverTls(served.port());
  NativeClient ben = NativeClient::OverTls(served.port());
  ann.Enter("ann");
  ben.Enter("ben");
  pb::ClientFrame ask, accept, text;
  ask.mutable_request_private()->set_alias("ben");
  EXPECT_TRUE(ann.Ask(ask).has_request_private());
  accept.mutable_accept_private()->set_alias("ann");
  EXPECT_TRUE(ben.Ask(accept).has_accept_private());
  text.mutable_send_private()->set_alias("ben");
  text.mutable_send_private()->set_text("psst");
  EXPECT_TRUE(ann.Ask(text).has_send_private());
  for (;;) {
    const pb::ServerFrame event = ben.Hear();
    ASSERT_NE(event.body_case(), 0);
    if (!event.has_private_said()) continue;
    EXPECT_EQ(event.private_said().text(), "psst");
    break;
  }
}

TEST(TlsServerTest, TellsPlainClientsFromElsewhereToEncrypt) {
  ServerOptions options = OnShards(2);
  options.shard.plain_networks = *wire::NetworkList::Parse("none");
  options.insecure_listen = "127.0.0.1:0";
  Served served(options);
  for (int i = 0; i < 4; ++i) {  // on either shard
    NativeClient plain(served.port());
    const pb::ServerFrame word = HearGoodbye(plain);
    EXPECT_EQ(word.goodbye().code(), pb::TLS_REQUIRED);
    EXPECT_NE(word.goodbye().sentence(), "");
    EXPECT_TRUE(plain.AwaitClose());
  }
  NativeClient encrypted = NativeClient::OverTls(served.port());
  encrypted.Enter("ann");
  NativeClient insecure(served.insecure_port());
  insecure.Enter("ben");
  NativeClient both = NativeClient::OverTls(served.insecure_port());
  both.Enter("cid");
  EXPECT_TRUE(encrypted.Say("all").has_say());
  EXPECT_EQ(insecure.HearSaid().text(), "all");
  EXPECT_EQ(both.HearSaid().text(), "all");
}

// Nothing of what comes behind the hello is acted on.
TEST(TlsServerTest, TakesNoPasswordInPlainFromElsewhere) {
  ServerOptions options;
  options.shard.plain_networks = *wire::NetworkList::Parse("10.0.0.0/8");
  Served served(options);
  NativeClient plain(served.port());
  pb::ClientFrame frame;
  frame.mutable_register_()->set_alias("ann");
  frame.mutable_register_()->set_password("secret");
  plain.Send(frame);
  EXPECT_EQ(HearGoodbye(plain).goodbye().code(), pb::TLS_REQUIRED);
  NativeClient encrypted = NativeClient::OverTls(served.port());
  EXPECT_TRUE(encrypted.Register("ann").has_register_());
}

TEST(TlsServerTest, AnswersOtherProtocolsInOneStep) {
  Served served;
  const std::map<std::string, std::string> words = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"POST /x HTTP/1.0\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
      {"SSH-2.0-OpenSSH_9.2p1\r\n", "This is the port of a chat77"},
  };
  for (const auto& [said, answer] : words) {
    RawSocket socket(served.port());
    // In two pieces, so that the first does not tell.
    socket.Send(said.substr(0, 2));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    socket.Send(said.substr(2));
    const std::string heard = socket.ReadAll();
    EXPECT_TRUE(socket.ended()) << said;
    EXPECT_EQ(heard.substr(0, answer.size()), answer);
  }
  for (const std::string& garbage :
       {std::string(100, '\xff'), std::string("\x16\x03garbage, garbage"),
        std::string("\x16\x03\x01\xff\xff\x01"), std::string("\x16\x07 !")}) {
    RawSocket socket(served.port());
    socket.Send(garbage);
    ::shutdown(socket.fd(), SHUT_WR);
    socket.ReadAll();
    EXPECT_TRUE(socket.ended());
  }
  NativeClient::OverTls(served.port()).Enter("ann");
}

TEST(TlsServerTest, CutsASlowHandshake) {
  ServerOptions options;
  options.shard.connection.login_time = absl::Milliseconds(300);
  Served served(options);
  // A record that never becomes whole, and a hello that waits for nothing.
  for (const std::string& begun :
       {std::string("\x16\x03\x01\x02\x00\x01", 6), std::string("\x16", 1)}) {
    RawSocket socket(served.port());
    const auto since = std::chrono::steady_clock::now();
    socket.Send(begun);
    socket.ReadAll();
    EXPECT_TRUE(socket.ended());
    EXPECT_GE(std::chrono::steady_clock::now() - since,
              std::chrono::milliseconds(300));
  }
  // After the handshake the deadline is the same: TLS is no login. Where the
  // machine is busy the handshake itself may take too long.
  const auto until = std::chrono::steady_clock::now() + NativeClient::kPatience;
  int code = 0;
  while (code == 0 && std::chrono::steady_clock::now() < until) {
    NativeClient idle = NativeClient::OverTls(served.port());
    code = HearGoodbye(idle).goodbye().code();
  }
  EXPECT_EQ(code, pb::LOGIN_TIMEOUT);
}

TEST(TlsServerTest, SaysInTlsThatItIsFull) {
  ServerOptions options;
  options.max_connections = 1;
  Served served(options);
  NativeClient ann = NativeClient::OverTls(served.port());
  ann.Enter("ann");
  NativeClient encrypted = NativeClient::OverTls(served.port());
  EXPECT_EQ(HearGoodbye(encrypted).goodbye().code(), pb::SERVER_FULL);
  NativeClient plain(served.port());
  EXPECT_EQ(HearGoodbye(plain).goodbye().code(), pb::SERVER_FULL);
}

TEST(TlsServerTest, SaysGoodbyeThenEndsTheStream) {
  Served served;
  NativeClient ann = NativeClient::OverTls(served.port());
  ann.Enter("ann");
  served.Stop();
  EXPECT_EQ(HearGoodbye(ann).goodbye().code(), pb::SERVER_STOPPING);
  EXPECT_TRUE(ann.AwaitClose());
  EXPECT_TRUE(ann.tls()->ended());
}

TEST(TlsServerTest, CarriesALargeHistory) {
  Served served;
  NativeClient ann(served.port());
  ann.Enter("ann");
  constexpr int kMessages = 400;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(
        ann.Say(std::to_string(i) + ":" + std::string(7000, 'x')).has_say());
  }
  NativeClient ben = NativeClient::OverTls(served.port());
  ben.Enter("ben");
  // Many pages asked for at once, megabytes on their way.
  int next = 0;
  for (uint64_t after = 0;;) {
    const pb::FetchHistoryReply page = ben.History(200, after);
    if (page.messages().empty()) break;
    for (const pb::Said& said : page.messages()) {
      EXPECT_EQ(said.text().substr(0, said.text().find(':')),
                std::to_string(next++));
      after = said.seq();
    }
  }
  EXPECT_EQ(next, kMessages);
}

// What waits for a client that never reads is a chunk in its buffer, not all
// that was said: it is told what it missed, and hears the rest whole.
TEST(TlsServerTest, HoldsLittleForOneWhoDoesNotRead) {
  ServerOptions options;
  options.send_bytes = 12 * 1024 * 1024;  // logs of 2 MiB
  Served served(options);
  NativeClient ann(served.port(), pb::PRESENCE_NONE);
  ann.Enter("ann");
  NativeClient ben =
      NativeClient::OverTls(served.port(), 0, /*receive_bytes=*/4096);
  ben.Enter("ben");
  constexpr int kMessages = 3000;
  // Many at a time: who takes nothing for half a minute is closed.
  constexpr int kAtOnce = 50;
  for (int i = 0; i < kMessages; i += kAtOnce) {
    uint64_t id = 0;
    for (int k = 0; k < kAtOnce; ++k) {
      pb::ClientFrame say;
      say.mutable_say()->set_text(std::string(7000, 'x'));
      id = ann.Send(std::move(say));
    }
    ASSERT_TRUE(ann.ReplyTo(id).has_say());
  }
  uint64_t last = 0, missed = 0;
  while (last < kMessages) {
    const pb::ServerFrame event = ben.Hear();
    ASSERT_NE(event.body_case(), 0) << last;
    if (event.has_said()) {
      EXPECT_EQ(event.said().seq(), last + 1);
      last = event.said().seq();
    } else if (event.has_missed()) {
      EXPECT_EQ(event.missed().from_seq(), last + 1);
      missed += event.missed().to_seq() - last;
      last = event.missed().to_seq();
    }
  }
  EXPECT_GT(missed, 0u);
  EXPECT_TRUE(ben.Say("there you are").has_say());
}

}  // namespace
}  // namespace chat77

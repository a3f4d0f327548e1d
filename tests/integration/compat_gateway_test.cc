#include <chrono>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "compat/gateway.h"
#include "tests/support/fake_chat_server.h"
#include "tests/support/legacy_client.h"

namespace chat77::compat {
namespace {

using test::FakeChatServer;
using test::LegacyClient;
using test::LineClient;
using test::TestSocket;
using test::UnframedClient;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Nothing waits so long when all is well.
constexpr std::chrono::seconds kLong{60};
constexpr char kGreeting[] = "Authorise MODE? (REGISTER/LOGIN)";

// A gateway and a fake server behind it on one thread, clients on another.
class GatewayTest : public ::testing::Test {
 protected:
  void TearDown() override {
    if (!thread_.joinable()) return;
    Run([this] { gateway_.reset(); });
    io_.stop();
    thread_.join();
    server_.reset();
  }

  void Start(const GatewayOptions& changed = {}) {
    GatewayOptions options = changed;
    options.listen = "127.0.0.1:0";
    server_ = std::make_unique<FakeChatServer>(io_);
    auto gateway = Gateway::Open(
        io_, options, [this](Gateway::OnSocket done) { Connect(done); });
    ASSERT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = *std::move(gateway);
    const std::string address = gateway_->address();
    port_ = static_cast<uint16_t>(
        std::stoi(address.substr(address.rfind(':') + 1)));
    thread_ = std::thread([this] { io_.run(); });
  }

  // On the gateway's thread, to the end.
  template <class Function>
  auto Run(Function function) -> decltype(function()) {
    std::packaged_task<decltype(function())()> task(std::move(function));
    auto done = task.get_future();
    boost::asio::post(io_, [&task] { task(); });
    return done.get();
  }

  template <class Condition>
  bool Eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + kLong;
    while (!Run(condition)) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }
  bool EventuallyEmpty() {
    return Eventually([this] {
      return gateway_->connections() == 0 && server_->connections() == 0;
    });
  }

  template <class Client>
  std::unique_ptr<Client> LogIn(const std::string& alias) {
    auto client = std::make_unique<Client>(port_);
    EXPECT_TRUE(client->Register(alias, "pw"));
    EXPECT_TRUE(client->Login(alias, "pw"));
    EXPECT_TRUE(
        client->ExpectPrinted(alias + " has connected to the chatroom"));
    EXPECT_TRUE(client->ExpectPrinted("you are now connected"));
    return client;
  }

  // What a raw socket gets: as much as is expected, and what comes soon after
  // it, up to the connection's end.
  static std::string Drain(TestSocket& socket, size_t expected) {
    std::string all;
    std::string bytes;
    while (socket.Receive(4096,
                          all.size() < expected ? test::kPatience
                                                : absl::Milliseconds(200),
                          bytes) == TestSocket::State::kData) {
      all += bytes;
    }
    return all;
  }
  // Everything up to the connection's end.
  static std::string DrainAll(TestSocket& socket) {
    return Drain(socket, std::string::npos);
  }
  // Reads until `text` has come.
  static bool ReadUntil(TestSocket& socket, const std::string& text) {
    std::string all;
    std::string bytes;
    while (all.find(text) == std::string::npos) {
      if (socket.Receive(4096, test::kPatience, bytes) !=
          TestSocket::State::kData) {
        ADD_FAILURE() << "no \"" << text << "\" in \"" << all << "\"";
        return false;
      }
      all += bytes;
    }
    return true;
  }

  void Connect(const Gateway::OnSocket& done) {
    if (unreachable_) {
      return done(absl::UnavailableError("The chat server is not there"));
    }
    auto socket = std::make_shared<boost::asio::ip::tcp::socket>(io_);
    socket->async_connect(
        {boost::asio::ip::address_v4::loopback(), server_->port()},
        [socket, done](const boost::system::error_code& error) {
          if (error) return done(absl::UnavailableError(error.message()));
          done(client::Link::Socket(std::move(*socket)));
        });
  }

  boost::asio::io_context io_;
  std::unique_ptr<FakeChatServer> server_;
  std::unique_ptr<Gateway> gateway_;
  uint16_t port_ = 0;
  bool unreachable_ = false;
  std::thread thread_;
};

TEST_F(GatewayTest, RefusesBadAddresses) {
  for (const std::string listen :
       {"", "nonsense", "1.2.3.4", "1.2.3.4:x", "0.0.0.0:70000", "host:1"}) {
    GatewayOptions options;
    options.listen = listen;
    EXPECT_EQ(Gateway::Open(io_, options, {}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << listen;
  }
}

TEST_F(GatewayTest, NamesTakenAddress) {
  Start();
  GatewayOptions options;
  options.listen = gateway_->address();
  const auto second =
      Run([&] { return Gateway::Open(io_, options, {}).status(); });
  EXPECT_EQ(second.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(second.message()), HasSubstr(options.listen));
}

TEST_F(GatewayTest, GreetingIsOneWriteWithNewline) {
  Start();
  TestSocket socket(port_);
  std::string bytes;
  ASSERT_EQ(socket.Receive(1024, test::kPatience, bytes),
            TestSocket::State::kData);
  EXPECT_EQ(bytes, std::string(kGreeting) + "\n");
  EXPECT_EQ(Drain(socket, 0), "");
}

TEST_F(GatewayTest, AnswersUnframedWithoutNewline) {
  Start();
  UnframedClient ann(port_);
  ASSERT_TRUE(ann.Register("ann", "pw"));
  ASSERT_TRUE(ann.Login("ann", "pw"));
  ASSERT_TRUE(ann.ExpectPrinted("you are now connected"));
  EXPECT_THAT(
      ann.reads(),
      ElementsAre(std::string(kGreeting) + "\n", "ALIAS?", "PASSWORD?",
                  "Registration successful. You can login now.", kGreeting,
                  "ALIAS?", "PASSWORD?", "AUTH_SUCCESS",
                  "ann has connected to the chatroom\nyou are now connected"));
  EXPECT_EQ(Run([this] { return server_->forwarded_address(); }), "127.0.0.1");
}

TEST_F(GatewayTest, AnswersLinesWithLines) {
  Start();
  TestSocket nc(port_);
  nc.Send("register\nann\npw\n");
  const std::string registered =
      std::string(kGreeting) +
      "\nALIAS?\nPASSWORD?\n"
      "Registration successful. You can login now.\n" +
      kGreeting + "\n";
  EXPECT_EQ(Drain(nc, registered.size()), registered);
  nc.Send("LOGIN\r\nann\r\npw\r\nonline clients\r\n");
  const std::string in =
      "ALIAS?\nPASSWORD?\nAUTH_SUCCESS\n"
      "ann has connected to the chatroom\nyou are now connected\n"
      "Online clients: ann\n";
  EXPECT_EQ(Drain(nc, in.size()), in);
}

TEST_F(GatewayTest, FailuresLeadBackToTheGreeting) {
  Start();
  auto online = LogIn<LineClient>("ann");
  UnframedClient client(port_);
  EXPECT_EQ(client.Authenticate("REGISTER", "ann", "x"),
            "ERROR: Alias already exists");
  EXPECT_EQ(client.Authenticate("LOGIN", "ann", "x"),
            "ERROR: Invalid alias or password");
  EXPECT_EQ(client.Authenticate("LOGIN", "ann", "pw"),
            "This alias is already logged in");
  EXPECT_EQ(client.Authenticate("NONSENSE", "", ""),
            "ERROR: Invalid authentication mode");
  Run([this] { server_->FailNext(wire::pb::BUSY, "Try again in a second"); });
  EXPECT_EQ(client.Authenticate("LOGIN", "ann", "pw"),
            "ERROR: Try again in a second");
  Run([this] { unreachable_ = true; });
  EXPECT_EQ(client.Authenticate("LOGIN", "ann", "pw"),
            "ERROR: The chat server is not there");
  Run([this] { unreachable_ = false; });
  EXPECT_TRUE(client.Register("bob", "pw"));
  EXPECT_TRUE(client.Login("bob", "pw"));
}

template <class Client>
void TalkInPrivate(LegacyClient& ann, Client& bob) {
  ann.Type("connect to BOB");
  EXPECT_TRUE(ann.ExpectPrinted("INFO: Connection request sent to bob"));
  EXPECT_TRUE(
      bob.ExpectPrinted("Private request from ann. Type: accept connection "
                        "ann or reject connection ann"));
  bob.Type("accept connection ann");
  EXPECT_TRUE(bob.ExpectPrinted(
      "Private chat connected with ann. Use: private txt ann {your message}"));
  EXPECT_TRUE(ann.ExpectPrinted(
      "Private chat connected with bob. Use: private txt bob {your message}"));
  ann.Type("private txt bob psst");
  EXPECT_TRUE(bob.ExpectPrinted(std::is_same_v<Client, UnframedClient>
                                    ? "[Private:bob] ann: psst"
                                    : "[Private:ann] ann: psst"));
  bob.Type("private txt ann yes");
  ann.Type("end private bob");
  EXPECT_TRUE(
      ann.ExpectPrinted("Private chat with bob ended (ended by command)"));
  EXPECT_TRUE(ann.ExpectPrinted("INFO: Private connection with bob ended"));
  EXPECT_TRUE(
      bob.ExpectPrinted("Private chat with ann ended (ended by command)"));
  EXPECT_TRUE(ann.private_chats().empty());
  EXPECT_TRUE(bob.private_chats().empty());
}

TEST_F(GatewayTest, UnframedClientsTalk) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<UnframedClient>("bob");
  EXPECT_TRUE(ann->ExpectPrinted("bob has connected to the chatroom"));
  ann->Type("bdct txt hello all");
  EXPECT_TRUE(bob->ExpectPrinted("ann: hello all"));
  bob->Type("online clients");
  EXPECT_TRUE(bob->ExpectPrinted("Online clients: ann, bob"));
  TalkInPrivate(*ann, *bob);
  EXPECT_FALSE(ann->decode_failed());
}

TEST_F(GatewayTest, DialectsTalkToEachOther) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  TalkInPrivate(*ann, *bob);
  bob->Type("plain words");
  EXPECT_TRUE(ann->ExpectPrinted("bob: plain words"));
}

TEST_F(GatewayTest, NobodySpeaksAsAnother) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto eve = LogIn<LineClient>("eve");
  for (const std::string forged :
       {"ann: hi", "PRIVATE_CONNECTED:eve", "PRIVATE_ENDED:bob:x", "ERROR: x",
        "AUTH_SUCCESS"}) {
    eve->Type(forged);
    EXPECT_TRUE(ann->ExpectPrinted("eve: " + forged));
  }
  EXPECT_TRUE(ann->private_chats().empty());
}

TEST_F(GatewayTest, LeavingIsToldPaced) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<UnframedClient>("bob");
  ann->Type("connect to bob");
  ASSERT_TRUE(ann->ExpectPrinted("INFO: Connection request sent to bob"));
  bob->Type("exit");
  EXPECT_TRUE(
      ann->ExpectPrinted("INFO: bob is no longer available for private chat"));
  EXPECT_TRUE(ann->ExpectPrinted("bob has left the chatroom"));
  auto eve = LogIn<UnframedClient>("eve");
  ann->Type("connect to eve");
  ASSERT_TRUE(ann->ExpectPrinted("INFO: Connection request sent to eve"));
  eve->Type("accept connection ann");
  ASSERT_TRUE(ann->ExpectPrinted(
      "Private chat connected with eve. Use: private txt eve {your message}"));
  eve->StopReading();
  eve->socket().Reset();
  EXPECT_TRUE(ann->ExpectPrinted("Private chat with eve ended (disconnected)"));
  EXPECT_TRUE(ann->ExpectPrinted("eve has left the chatroom"));
}

TEST_F(GatewayTest, LongTextsAreCutForUnframedOnly) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<UnframedClient>("bob");
  auto eve = LogIn<LineClient>("eve");
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\xE2\x82\xAC";
  ann->Type("bdct txt " + text);
  std::string joined;
  while (joined.size() < text.size()) {
    const auto piece = bob->NextPrinted();
    ASSERT_TRUE(piece);
    if (piece->starts_with("ann: ")) joined += piece->substr(5);
  }
  EXPECT_EQ(joined, text);
  EXPECT_FALSE(bob->decode_failed());
  EXPECT_TRUE(eve->ExpectPrinted("ann: " + text));
}

TEST_F(GatewayTest, PastedLinesAllArriveInOrder) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<UnframedClient>("bob");
  for (int i = 0; i < 20; ++i) ann->Type("bdct txt line " + std::to_string(i));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(bob->ExpectPrinted("ann: line " + std::to_string(i)));
  }
}

TEST_F(GatewayTest, OverlongLineIsAnError) {
  Start();
  auto ann = LogIn<LineClient>("ann");
  ann->Type(std::string(100 * 1024, 'x'));
  const auto told = ann->NextPrinted();
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, StartsWith("ERROR: That message is too long"));
  ann->Type("online clients");
  EXPECT_TRUE(ann->ExpectPrinted("Online clients: ann"));
  EXPECT_TRUE(Run([this] { return server_->said().empty(); }));
}

TEST_F(GatewayTest, NulAndBadUtf8AreDropped) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto eve = LogIn<LineClient>("eve");
  eve->Type(std::string("a\xFF\0b\xC3", 5));
  EXPECT_TRUE(ann->ExpectPrinted("eve: ab"));
  EXPECT_FALSE(ann->decode_failed());
}

TEST_F(GatewayTest, HalfCloseIsAnsweredThenLeft) {
  Start();
  auto eve = LogIn<LineClient>("eve");
  TestSocket nc(port_);
  nc.Send("REGISTER\nann\npw\nLOGIN\nann\npw\nann: hi\nonline clients");
  nc.ShutdownSend();
  const std::string all = DrainAll(nc);
  EXPECT_THAT(all, HasSubstr("Online clients: eve, ann\n"));
  EXPECT_TRUE(eve->ExpectPrinted("ann: hi"));
  EXPECT_TRUE(eve->ExpectPrinted("ann has left the chatroom"));
}

TEST_F(GatewayTest, ExitEndsLinesOrderly) {
  Start();
  auto ann = LogIn<LineClient>("ann");
  ann->Type("exit");
  EXPECT_TRUE(ann->ExpectEnd());
  EXPECT_FALSE(ann->was_reset());
  ann->socket().Close();
  EXPECT_TRUE(EventuallyEmpty());
}

TEST_F(GatewayTest, ExitEndsUnframedByReset) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  ann->socket().Send("exit");
  EXPECT_TRUE(ann->ExpectEnd());
  EXPECT_TRUE(ann->was_reset());
  EXPECT_TRUE(EventuallyEmpty());
}

TEST_F(GatewayTest, LostServerIsToldBeforeTheEnd) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  Run([this] { server_->CloseAll(/*goodbye=*/true); });
  EXPECT_TRUE(ann->ExpectPrinted("INFO: The server is stopping."));
  EXPECT_TRUE(bob->ExpectPrinted("INFO: The server is stopping."));
  EXPECT_TRUE(ann->ExpectEnd());
  EXPECT_TRUE(ann->was_reset());
  EXPECT_TRUE(bob->ExpectEnd());
  EXPECT_FALSE(bob->was_reset());
}

TEST_F(GatewayTest, SilentConnectionsHarmNobody) {
  Start();
  std::vector<std::unique_ptr<TestSocket>> silent;
  for (int i = 0; i < 300; ++i) {
    silent.push_back(std::make_unique<TestSocket>(port_));
    ASSERT_TRUE(silent.back()->connected());
  }
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  bob->Type("still here");
  EXPECT_TRUE(ann->ExpectPrinted("bob: still here"));
}

TEST_F(GatewayTest, ResetsDuringLoginHarmNobody) {
  Start();
  const std::vector<std::string> kSteps = {"",
                                           "LOGIN",
                                           "LOGIN\n",
                                           "LOGIN\nann\n",
                                           "LOGIN\nann\npw\n",
                                           "\xFF\xFE",
                                           "REGISTER\nann\npw\n"};
  for (int round = 0; round < 3; ++round) {
    for (const std::string& step : kSteps) {
      TestSocket socket(port_);
      socket.Send(step);
      if (round > 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      socket.Reset();
    }
  }
  EXPECT_TRUE(EventuallyEmpty());
  auto bob = LogIn<UnframedClient>("bob");
}

TEST_F(GatewayTest, SlowServerHoldsNobodyUp) {
  Start();
  auto ann = LogIn<LineClient>("ann");
  Run([this] { server_->set_silent(true); });
  TestSocket waiting(port_);
  waiting.Send("LOGIN\nann\npw\n");
  ASSERT_TRUE(ReadUntil(waiting, "PASSWORD?\n"));
  Run([this] { server_->set_silent(false); });
  auto bob = LogIn<UnframedClient>("bob");
}

TEST_F(GatewayTest, LoginHasATimeLimit) {
  GatewayOptions options;
  options.login_time = absl::Milliseconds(500);
  Start(options);
  LineClient lines(port_);
  lines.Type("LOGIN");
  EXPECT_TRUE(lines.ExpectPrinted(
      "ERROR: The login took too long. Please connect again"));
  EXPECT_TRUE(lines.ExpectEnd());
  UnframedClient silent(port_);
  EXPECT_TRUE(silent.ExpectPrinted(
      "ERROR: The login took too long. Please connect again"));
  EXPECT_TRUE(silent.ExpectEnd());
  EXPECT_TRUE(silent.was_reset());
}

TEST_F(GatewayTest, FullGatewaySaysSo) {
  GatewayOptions options;
  options.max_connections = 2;
  Start(options);
  TestSocket one(port_);
  TestSocket two(port_);
  ASSERT_TRUE(ReadUntil(one, kGreeting));
  ASSERT_TRUE(ReadUntil(two, kGreeting));
  LineClient three(port_);
  EXPECT_TRUE(
      three.ExpectPrinted("ERROR: The server is full. Please try again later"));
  EXPECT_TRUE(three.ExpectEnd());
  one.Close();
  EXPECT_TRUE(Eventually([this] { return gateway_->connections() == 1; }));
  auto ann = LogIn<LineClient>("ann");
}

TEST_F(GatewayTest, ReaderWhoNeverReadsHarmsNobody) {
  Start();
  auto deaf = LogIn<UnframedClient>("deaf");
  deaf->StopReading();
  auto ann = LogIn<LineClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  const std::string text(4000, 'x');
  for (int i = 0; i < 200; ++i) ann->Type("ann: " + text);
  ann->Type("ann: the end");
  EXPECT_TRUE(bob->ExpectPrinted("ann: the end", absl::Seconds(60)));
}

TEST_F(GatewayTest, FloodDoesNotSilenceUnframed) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  for (int i = 0; i < 400; ++i) bob->Type("bob: " + std::string(900, 'x'));
  ann->Type("bdct txt still here");
  EXPECT_TRUE(bob->ExpectPrinted("ann: still here"));
  ann->Type("online clients");
  EXPECT_TRUE(
      ann->ExpectPrinted("Online clients: ann, bob", absl::Seconds(60)));
  EXPECT_FALSE(ann->decode_failed());
}

TEST_F(GatewayTest, ReaderOfRepliesIsWaitedFor) {
  Start();
  auto ann = LogIn<LineClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  // Asks much more than it reads; nobody else waits, and nothing is lost.
  std::thread asking([&] {
    for (int i = 0; i < 20000; ++i) ann->Type("online clients");
    ann->Type("ann: done");
  });
  int replies = 0;
  while (replies < 20000 && ann->NextPrinted(absl::Seconds(60))) ++replies;
  asking.join();
  EXPECT_GE(replies, 20000);
  EXPECT_TRUE(bob->ExpectPrinted("ann: done", absl::Seconds(60)));
}

TEST_F(GatewayTest, StopTellsEverybody) {
  Start();
  auto ann = LogIn<UnframedClient>("ann");
  auto bob = LogIn<LineClient>("bob");
  LineClient eve(port_);
  ASSERT_TRUE(eve.Register("eve", "pw"));
  std::promise<void> stopped;
  Run([&] { gateway_->Stop([&] { stopped.set_value(); }); });
  const std::string kTold = "The server is stopping. Please come back later";
  EXPECT_TRUE(ann->ExpectPrinted("INFO: " + kTold));
  EXPECT_TRUE(bob->ExpectPrinted("INFO: " + kTold));
  EXPECT_TRUE(eve.ExpectPrinted("ERROR: " + kTold));
  EXPECT_TRUE(ann->ExpectEnd());
  EXPECT_TRUE(bob->ExpectEnd());
  EXPECT_TRUE(eve.ExpectEnd());
  EXPECT_EQ(stopped.get_future().wait_for(kLong), std::future_status::ready);
  EXPECT_FALSE(TestSocket(port_).connected());
}

TEST_F(GatewayTest, StopWithoutClientsStops) {
  Start();
  std::promise<void> stopped;
  Run([&] { gateway_->Stop([&] { stopped.set_value(); }); });
  EXPECT_EQ(stopped.get_future().wait_for(kLong), std::future_status::ready);
}

}  // namespace
}  // namespace chat77::compat

#include "client/client.h"

#include <deque>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "client/connect_error.h"
#include "client/server_name.h"
#include "proto/frame_encoder.h"

namespace chat77::client {
namespace {

using boost::asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A server of one connection at a time that does what the test says.
class FakeServer {
 public:
  using OnFrame = std::function<void(FakeServer&, const pb::ClientFrame&)>;

  FakeServer(boost::asio::io_context& io, uint16_t port, OnFrame on_frame)
      : acceptor_(io,
                  tcp::endpoint(boost::asio::ip::address_v4::loopback(), port)),
        socket_(io),
        on_frame_(std::move(on_frame)) {
    Accept();
  }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections() const { return connections_; }
  // As each Hello asked.
  const std::vector<pb::Presence>& presences() const { return presences_; }
  // Written to each connection instead of speaking the protocol.
  void Pretend(std::string bytes) { pretended_ = std::move(bytes); }

  void Reply(const pb::ClientFrame& to, pb::ServerFrame frame) {
    frame.set_reply_to(to.request_id());
    Tell(frame);
  }
  void Tell(const pb::ServerFrame& frame) {
    std::string out;
    wire::AppendFrame(frame, out);
    Write(out);
  }
  void Refuse(const pb::ClientFrame& to, pb::Code code,
              const std::string& sentence) {
    pb::ServerFrame frame;
    frame.mutable_error()->set_code(code);
    frame.mutable_error()->set_sentence(sentence);
    Reply(to, frame);
  }
  void Welcome(const pb::ClientFrame& to, uint64_t seq) {
    pb::ServerFrame frame;
    frame.mutable_login()->set_alias(to.login().alias());
    auto& room = *frame.mutable_login()->add_rooms();
    room.set_room(wire::kLobby);
    room.set_epoch(1);
    room.set_seq(seq);
    Reply(to, frame);
  }
  void Goodbye(pb::Code code) {
    std::string out;
    connection_->Close(code, "Bye.", out);
    Write(out);
    Drop();
  }
  void Drop() { socket_.close(); }
  void StopListening() { acceptor_.close(); }

 private:
  void Accept() {
    acceptor_.async_accept(
        [this](boost::system::error_code error, tcp::socket socket) {
          if (error) return;
          ++connections_;
          socket_ = std::move(socket);
          if (!pretended_.empty()) Write(pretended_);
          connection_ =
              std::make_unique<wire::ServerConnection>(options_, absl::Now());
          Read(connections_);
          Accept();
        });
  }

  void Read(int connection) {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [this, connection](boost::system::error_code error, size_t size) {
          if (error || connection != connections_) return;
          if (!pretended_.empty()) return Read(connection);
          std::string out;
          std::vector<pb::ClientFrame> frames;
          connection_->Receive(
              {buffer_.data(), size}, absl::Now(), out,
              [&](const pb::ClientFrame& frame) { frames.push_back(frame); });
          Write(out);
          for (const pb::ClientFrame& frame : frames) {
            if (frame.has_hello()) {
              presences_.push_back(frame.hello().presence());
            } else {
              on_frame_(*this, frame);
            }
          }
          if (socket_.is_open()) Read(connection);
        });
  }

  void Write(const std::string& bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes), ignored);
  }

  tcp::acceptor acceptor_;
  tcp::socket socket_;
  OnFrame on_frame_;
  wire::ConnectionOptions options_;
  std::unique_ptr<wire::ServerConnection> connection_;
  std::array<char, 4096> buffer_;
  std::string pretended_;
  std::vector<pb::Presence> presences_;
  int connections_ = 0;
};

class ClientTest : public ::testing::Test {
 protected:
  void Serve(FakeServer::OnFrame on_frame) {
    server_ = std::make_unique<FakeServer>(io_, 0, std::move(on_frame));
    port_ = server_->port();
  }
  void ServePretending(const std::string& bytes) {
    Serve([](FakeServer&, const pb::ClientFrame&) {});
    server_->Pretend(bytes);
  }
  // A port where nobody listens.
  void ServeNobody() {
    ServePretending("x");
    server_->StopListening();
  }

  void Connect(std::function<void(const Event&)> on_event,
               const std::string& host = "127.0.0.1") {
    ClientOptions options;
    options.host = host;
    options.port = port_;
    options.presence = presence_;
    options.core.reconnect = reconnect_;
    client_ = std::make_unique<Client>(io_, options, std::move(on_event));
    client_->Start(Credentials{"ann", "secret"});
  }
  // Until Stop(), at most half a minute.
  void Run() { io_.run_for(std::chrono::seconds(30)); }
  void Stop() { io_.stop(); }

  // Runs until the client is offline for good.
  Offline RunToTheEnd() {
    std::optional<Offline> last;
    Connect([&](const Event& event) {
      const auto* offline = std::get_if<Offline>(&event);
      if (offline == nullptr || offline->retry_in) return;
      last = *offline;
      Stop();
    });
    Run();
    EXPECT_TRUE(last.has_value());
    return last.value_or(Offline{});
  }

  boost::asio::io_context io_;
  std::unique_ptr<FakeServer> server_;
  std::unique_ptr<Client> client_;
  uint16_t port_ = 0;
  pb::Presence presence_ = pb::PRESENCE_NOTICES;
  bool reconnect_ = true;
};

TEST_F(ClientTest, LogsInAndSpeaks) {
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    if (frame.has_login()) server.Welcome(frame, 6);
    pb::ServerFrame reply;
    reply.mutable_say()->set_seq(7);
    if (frame.has_say()) server.Reply(frame, reply);
  });
  std::vector<std::string> log;
  Connect([&](const Event& event) {
    if (std::holds_alternative<Online>(event)) {
      client_->Send(SayRequest("hello"), [&](const pb::ServerFrame& reply) {
        log.push_back("confirmed " + std::to_string(reply.say().seq()));
        Stop();
      });
      log.push_back("sent");
    } else if (auto* said = std::get_if<RoomSaid>(&event)) {
      log.push_back(said->said.alias() + ": " + said->said.text());
    }
  });
  Run();
  EXPECT_THAT(log, ElementsAre("sent", "ann: hello", "confirmed 7"));
}

TEST_F(ClientTest, PresenceIsAskedForOnEveryConnection) {
  presence_ = pb::PRESENCE_BATCHED;
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    if (!frame.has_login()) return;
    server.Welcome(frame, 0);
    if (server.connections() == 1) return server.Goodbye(pb::SERVER_STOPPING);
    pb::ServerFrame changed;
    changed.mutable_presence_changed()->add_joined("ann");
    server.Tell(changed);
  });
  std::vector<std::string> joined;
  Connect([&](const Event& event) {
    const auto* changed = std::get_if<pb::PresenceChanged>(&event);
    if (changed == nullptr) return;
    joined.assign(changed->joined().begin(), changed->joined().end());
    Stop();
  });
  Run();
  EXPECT_THAT(joined, ElementsAre("ann"));
  EXPECT_THAT(server_->presences(),
              ElementsAre(pb::PRESENCE_BATCHED, pb::PRESENCE_BATCHED));
}

TEST_F(ClientTest, ReconnectsAndCatchesUp) {
  uint64_t position = 1;
  Serve([&](FakeServer& server, const pb::ClientFrame& frame) {
    if (frame.has_login()) {
      server.Welcome(frame, position);
      if (std::exchange(position, 3) == 1) server.Goodbye(pb::SERVER_STOPPING);
    } else if (frame.has_fetch_history()) {
      pb::ServerFrame reply;
      for (uint64_t seq = frame.fetch_history().after_seq() + 1; seq <= 3;
           ++seq) {
        reply.mutable_fetch_history()->add_messages()->set_seq(seq);
      }
      server.Reply(frame, reply);
    }
  });
  std::vector<std::string> log;
  Connect([&](const Event& event) {
    if (auto* online = std::get_if<Online>(&event)) {
      log.push_back(online->again ? "again" : "online");
    } else if (auto* offline = std::get_if<Offline>(&event)) {
      EXPECT_TRUE(offline->retry_in);
      log.push_back("offline");
    } else if (auto* said = std::get_if<RoomSaid>(&event)) {
      log.push_back(std::to_string(said->said.seq()));
      if (said->said.seq() == 3) Stop();
    }
  });
  Run();
  EXPECT_THAT(log, ElementsAre("online", "offline", "again", "2", "3"));
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(ClientTest, BrokenConnectionFailsRequestsOfOneThatDoesNotComeBack) {
  reconnect_ = false;
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    if (frame.has_login()) server.Welcome(frame, 0);
    if (frame.has_say()) server.Drop();
  });
  std::string sentence;
  Connect([&](const Event& event) {
    if (!std::holds_alternative<Online>(event)) return;
    client_->Send(SayRequest("hello"), [&](const pb::ServerFrame& reply) {
      sentence = reply.error().sentence();
      Stop();
    });
  });
  Run();
  EXPECT_THAT(sentence, HasSubstr("before the server confirmed"));
}

TEST_F(ClientTest, WrongPasswordEndsIt) {
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    server.Refuse(frame, pb::BAD_CREDENTIALS, "Unknown name or password.");
  });
  const Offline end = RunToTheEnd();
  EXPECT_EQ(end.trouble, Trouble::kRefused);
  EXPECT_EQ(end.why, "Unknown name or password.");
  EXPECT_EQ(server_->connections(), 1);
}

TEST_F(ClientTest, LogoutEndsIt) {
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    if (frame.has_login()) server.Welcome(frame, 0);
    if (frame.has_logout()) server.Goodbye(pb::LOGGED_OUT);
  });
  std::optional<Offline> end;
  Connect([&](const Event& event) {
    if (std::holds_alternative<Online>(event)) client_->Logout();
    if (auto* offline = std::get_if<Offline>(&event)) {
      end = *offline;
      Stop();
    }
  });
  Run();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->trouble, Trouble::kEnded);
}

TEST_F(ClientTest, NobodyThere) {
  ServeNobody();
  const Offline end = RunToTheEnd();
  EXPECT_EQ(end.trouble, Trouble::kUnreachable);
  EXPECT_THAT(end.why, HasSubstr("No server listens at " +
                                 ServerName("127.0.0.1", port_)));
}

TEST_F(ClientTest, TextPortIsRecognised) {
  ServePretending("Authorise MODE? (REGISTER/LOGIN)\n");
  const Offline end = RunToTheEnd();
  EXPECT_EQ(end.trouble, Trouble::kNotChat77);
  EXPECT_THAT(end.why, HasSubstr("12345"));
  EXPECT_THAT(end.why, HasSubstr("7700"));
}

TEST_F(ClientTest, WebServerIsRecognised) {
  ServePretending("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  const Offline end = RunToTheEnd();
  EXPECT_EQ(end.trouble, Trouble::kNotChat77);
  EXPECT_THAT(end.why, HasSubstr("web server"));
}

TEST_F(ClientTest, OtherBytesAreNoChat77) {
  ServePretending(std::string(200, '\xff'));
  EXPECT_EQ(RunToTheEnd().trouble, Trouble::kNotChat77);
}

TEST_F(ClientTest, DestroyedFromItsCallback) {
  Serve([](FakeServer& server, const pb::ClientFrame& frame) {
    server.Welcome(frame, 0);
  });
  int events = 0;
  Connect([&](const Event& event) {
    ++events;
    if (!std::holds_alternative<Online>(event)) return;
    client_.reset();
    server_->StopListening();
    server_->Drop();
  });
  Run();
  EXPECT_EQ(events, 2) << "Connecting, Online, and nothing after";
}

TEST(ConnectErrorTest, NamesTheServer) {
  EXPECT_EQ(ServerName("::1", 7700), "[::1]:7700");
  EXPECT_THAT(ConnectSentence(boost::asio::error::host_not_found, "nowhere", 1),
              HasSubstr("nowhere cannot be resolved"));
}

}  // namespace
}  // namespace chat77::client

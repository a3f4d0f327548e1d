// One connection of FakeChatServer.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include <boost/asio/write.hpp>

#include "proto/frame_encoder.h"
#include "tests/support/fake_chat_server.h"

namespace chat77::test {

class FakeChatServer::Session
    : public std::enable_shared_from_this<FakeChatServer::Session> {
 public:
  Session(FakeChatServer& server, boost::asio::ip::tcp::socket socket)
      : server_(server),
        socket_(std::move(socket)),
        connection_(server.options_, absl::Now()) {}

  void Read() {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const boost::system::error_code& error,
                                    size_t size) {
          if (!self->socket_.is_open()) return;
          if (error) return self->Close();
          self->connection_.Receive(
              std::string_view(self->buffer_.data(), size), absl::Now(),
              self->out_, [&](const pb::ClientFrame& frame) {
                if (!self->socket_.is_open()) return;
                if (frame.has_hello()) self->Greet(frame);
                self->server_.Handle(*self, frame);
              });
          self->Flush();
          if (self->socket_.is_open()) self->Read();
        });
  }

  void Send(const pb::ServerFrame& frame) {
    wire::AppendFrame(frame, out_);
    Flush();
  }

  void LogIn(const std::string& name) {
    alias = name;
    connection_.LoggedIn();
  }

  void Goodbye(pb::Code code, const std::string& sentence,
               uint32_t retry_after_ms = 0) {
    connection_.Close(code, sentence, out_, retry_after_ms);
    Flush();
  }

  void Close() {
    const auto self = shared_from_this();
    boost::system::error_code ignored;
    socket_.close(ignored);
    server_.Leave(*this);
    server_.sessions_.erase(self);
  }

  std::string alias;     // empty: not logged in
  bool resumes = false;  // FEATURE_RESUME is in force

 private:
  // Instead of the connection's own answer, which is all that is there yet.
  void Greet(const pb::ClientFrame& hello) {
    resumes =
        server_.resume_ && (hello.hello().features() & pb::FEATURE_RESUME) != 0;
    out_.clear();
    pb::ServerFrame reply;
    reply.set_reply_to(hello.request_id());
    reply.mutable_hello()->set_version(wire::kMaxVersion);
    reply.mutable_hello()->set_presence(wire::PresenceOf(hello.hello()));
    if (resumes) reply.mutable_hello()->set_features(pb::FEATURE_RESUME);
    wire::AppendFrame(reply, out_);
  }

  // Blocking: tests send little.
  void Flush() {
    boost::system::error_code error;
    if (socket_.is_open()) {
      boost::asio::write(socket_, boost::asio::buffer(out_), error);
    }
    out_.clear();
    if (connection_.closed() && socket_.is_open()) {
      socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
    }
  }

  FakeChatServer& server_;
  boost::asio::ip::tcp::socket socket_;
  wire::ServerConnection connection_;
  std::string out_;
  std::array<char, 4096> buffer_;
};

}  // namespace chat77::test

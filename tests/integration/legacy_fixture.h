// A real chat77d and legacy clients of one dialect: what both dialects must do
// alike is a TEST_P of a LegacyTest.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/legacy_client.h"
#include "tests/support/server_process.h"

namespace chat77::test {

using test::LegacyClient;
using test::LineClient;
using test::TestSocket;
using test::UnframedClient;

enum class Dialect { kUnframed, kLines };

inline void PrintTo(Dialect dialect, std::ostream* out) {
  *out << (dialect == Dialect::kLines ? "lines" : "unframed");
}

class LegacyTest : public ::testing::TestWithParam<Dialect> {
 public:
  static std::string Name(const ::testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::kLines ? "Lines" : "Unframed";
  }

 protected:
  using Client = std::unique_ptr<LegacyClient>;

  static bool lines() { return GetParam() == Dialect::kLines; }
  uint16_t port() const { return static_cast<uint16_t>(server_.compat_port()); }

  Client Connect() const {
    if (lines()) return std::make_unique<LineClient>(port());
    return std::make_unique<UnframedClient>(port());
  }
  // Registers (by lines, which is quick) and logs in; the welcome is read.
  Client Enter(const std::string& alias) const {
    EXPECT_TRUE(LineClient(port()).Register(alias, "secret"));
    Client client = Connect();
    EXPECT_TRUE(client->Login(alias, "secret"));
    EXPECT_TRUE(client->ExpectPrinted("you are now connected"));
    return client;
  }
  // One message as the server gets it, past what the client would refuse.
  static void Send(LegacyClient& client, const std::string& message) {
    client.socket().Send(lines() ? message + "\n" : message);
  }
  // What the user sees in answer to that one message.
  static std::string Answer(LegacyClient& client, const std::string& message) {
    Send(client, message);
    return client.NextPrinted().value_or("nothing");
  }
  static std::vector<std::string> Next(LegacyClient& client, size_t count) {
    std::vector<std::string> printed;
    while (printed.size() < count) {
      auto line = client.NextPrinted();
      if (!line) break;
      printed.push_back(*std::move(line));
    }
    return printed;
  }
  // Both told that `left` and `right` are connected, as left asked.
  static void Link(LegacyClient& left, const std::string& left_alias,
                   LegacyClient& right, const std::string& right_alias) {
    left.Type("connect to " + right_alias);
    EXPECT_TRUE(
        left.ExpectPrinted("INFO: Connection request sent to " + right_alias));
    EXPECT_TRUE(right.ExpectPrinted(Requested(left_alias)));
    right.Type("accept connection " + left_alias);
    EXPECT_TRUE(left.ExpectPrinted(Connected(right_alias)));
    EXPECT_TRUE(right.ExpectPrinted(Connected(left_alias)));
  }
  // What the original's client makes of a control message.
  static std::string Requested(const std::string& alias) {
    return "Private request from " + alias + ". Type: accept connection " +
           alias + " or reject connection " + alias;
  }
  static std::string Connected(const std::string& alias) {
    return "Private chat connected with " + alias + ". Use: private txt " +
           alias + " {your message}";
  }
  static std::string Whispered(const std::string& reader,
                               const std::string& speaker,
                               const std::string& text) {
    return "[Private:" + (lines() ? speaker : reader) + "] " + speaker + ": " +
           text;
  }

  // What a raw socket gets up to the connection's end, or until `quiet`.
  static std::string Drain(TestSocket& socket,
                           absl::Duration quiet = test::kPatience) {
    std::string all;
    std::string bytes;
    while (socket.Receive(4096, quiet, bytes) == TestSocket::State::kData) {
      all += bytes;
    }
    return all;
  }

  ServerProcess server_{{"--store=memory:"}};
};

}  // namespace chat77::test

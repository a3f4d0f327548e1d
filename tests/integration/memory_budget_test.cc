// A server that is above its budget of memory: it lets nobody in, and those who
// are in go on.
#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>

#include "server/net/memory_guard.h"
#include "server/net/server.h"
#include "tests/support/native_client.h"

namespace chat77::test {
namespace {

class MemoryBudgetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.store = "memory:";
    // Enough until the test takes as much itself: the server is in its process.
    const auto used = server::MeasuredBytes();
    ASSERT_TRUE(used.has_value());
    budget_ = 2 * *used + 64 * 1024 * 1024;
    options.memory_budget = budget_;
    options.storage.password_cost = store::PasswordCost::kMin;
    auto opened = server::Server::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status();
    server_ = *std::move(opened);
    const std::string address = server_->address();
    port_ = std::stoi(address.substr(address.rfind(':') + 1));
    thread_ = std::thread([this] { server_->Run(); });
  }
  void TearDown() override {
    if (!thread_.joinable()) return;
    boost::asio::post(server_->io(), [this] {
      server_->Stop([this] { server_->io().stop(); });
    });
    thread_.join();
  }
  // The code at the door; 0 for who is let in.
  int Knock() {
    NativeClient client(port_);
    return client.ReplyTo(1).has_hello() ? 0 : client.Hear().goodbye().code();
  }

  // Whether `look` gives that code before long.
  template <class Look>
  static bool Becomes(int code, const Look& look) {
    const auto until =
        std::chrono::steady_clock::now() + NativeClient::kPatience;
    while (std::chrono::steady_clock::now() < until) {
      if (look() == code) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<server::Server> server_;
  size_t budget_ = 0;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(MemoryBudgetTest, LetsNobodyInAndServesThoseWhoAre) {
  NativeClient member(port_), stranger(port_);
  member.Enter("ann");
  // From the next look on it is above its budget.
  const std::vector<char> large(budget_, 'x');
  EXPECT_TRUE(Becomes(pb::SERVER_FULL, [&] { return Knock(); }));
  // A look while the bytes were being filled may have refused only the first.
  EXPECT_TRUE(
      Becomes(pb::BUSY, [&] { return stranger.Login("ann").error().code(); }));
  EXPECT_TRUE(member.Say("hello").has_say());
}

}  // namespace
}  // namespace chat77::test

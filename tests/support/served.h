// A Server in this process, run by a thread of its own.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/server.h"

namespace chat77::test {

class Served {
 public:
  explicit Served(server::ServerOptions options = {}) {
    options.listen = "127.0.0.1:0";
    options.store = "memory:";
    options.storage.password_cost = store::PasswordCost::kMin;
    auto opened = server::Server::Open(std::move(options));
    EXPECT_TRUE(opened.ok()) << opened.status();
    server_ = *std::move(opened);
    port_ = PortOf(server_->address());
    insecure_port_ = PortOf(server_->insecure_address());
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~Served() {
    Stop();
    thread_.join();
  }

  int port() const { return port_; }
  int insecure_port() const { return insecure_port_; }
  // Everybody is told goodbye; does not wait.
  void Stop() {
    boost::asio::post(server_->io(), [this] {
      if (!std::exchange(stopping_, true)) {
        server_->Stop([this] { server_->io().stop(); });
      }
    });
  }

 private:
  static int PortOf(const std::string& address) {
    const size_t colon = address.rfind(':');
    return colon == std::string::npos ? 0
                                      : std::stoi(address.substr(colon + 1));
  }

  std::unique_ptr<server::Server> server_;
  int port_ = 0;
  int insecure_port_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace chat77::test

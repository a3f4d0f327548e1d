// The text gateway inside chat77d: its own loop and thread, and a socket pair
// for each of its clients, so that pacing and parsing text never delay native
// clients, and the gateway is a client of the native protocol like any other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "compat/gateway.h"
#include "server/config.h"
#include "server/net/server.h"

namespace chat77::server {

class BuiltInGateway {
 public:
  // Listens and serves. `server` must outlive it. Fails as Gateway::Open does.
  static absl::StatusOr<std::unique_ptr<BuiltInGateway>> Start(
      const Config& config, Server& server);
  ~BuiltInGateway();
  BuiltInGateway(const BuiltInGateway&) = delete;
  BuiltInGateway& operator=(const BuiltInGateway&) = delete;

  std::string address() const { return gateway_->address(); }

  // Any thread; `stopped` is called on the gateway's, when its clients are
  // gone.
  void Stop(std::function<void()> stopped);

 private:
  BuiltInGateway() : io_(1), work_(io_.get_executor()) {}

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_;
  std::unique_ptr<compat::Gateway> gateway_;
  std::thread thread_;
};

}  // namespace chat77::server

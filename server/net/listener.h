// Accepts connections on one address and never waits for a peer. When
// descriptors run out it pauses instead of spinning.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/net/descriptor.h"

namespace chat77::server {

class Listener {
 public:
  // Gets a socket that does not block.
  using Accepted = std::function<void(Descriptor socket)>;

  // Listens on "ADDRESS:PORT" ("[::1]:7700" for IPv6; port 0: any).
  // InvalidArgument for what is no address, Aborted when it cannot be had; the
  // sentence is for the person who started the server.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      boost::asio::io_context& io, std::string_view address, Accepted accepted);

  // "ADDRESS:PORT" with the actual port.
  std::string address() const;
  void Close();

 private:
  Listener(boost::asio::ip::tcp::acceptor acceptor, Accepted accepted);
  void Await();
  bool AcceptAll();
  void Pause();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Accepted accepted_;
  bool failing_ = false;  // the last accept did; told once
};

}  // namespace chat77::server

// Accepts connections on one address and never waits for a peer. When
// descriptors run out it pauses instead of spinning.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace chat77::server {

class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  // Picks the loop that the next connection shall live on.
  using Choose = std::function<boost::asio::io_context&()>;
  using Accepted = std::function<void(Socket)>;

  // Listens on "ADDRESS:PORT" ("[::1]:7700" for IPv6; port 0: any).
  // InvalidArgument for what is no address, Aborted when it cannot be had; the
  // sentence is for the person who started the server.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(
      boost::asio::io_context& io, std::string_view address, Choose choose,
      Accepted accepted);

  // "ADDRESS:PORT" with the actual port.
  std::string address() const;
  void Close();

 private:
  Listener(boost::asio::ip::tcp::acceptor acceptor, Choose choose,
           Accepted accepted);
  void Accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Choose choose_;
  Accepted accepted_;
  bool failing_ = false;  // the last accept did; told once
};

}  // namespace chat77::server

// What a link reads and writes: a socket as it is, or with TLS around it. On
// the plain path there is nothing between the link and its socket.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace chat77::client {

class Transport {
 public:
  using Plain = boost::asio::generic::stream_protocol::socket;
  using Tls = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  // A connected socket; implicit, as whoever has one has a transport.
  Transport(Plain socket)  // NOLINT(google-explicit-constructor)
      : stream_(std::move(socket)) {}
  // One whose handshake is done.
  explicit Transport(std::unique_ptr<Tls> tls) : stream_(std::move(tls)) {}

  boost::asio::any_io_executor get_executor();
  bool is_tls() const {
    return std::holds_alternative<std::unique_ptr<Tls>>(stream_);
  }

  // As Asio's functions of those names, one of each at a time.
  template <class Buffer, class Handler>
  void AsyncReadSome(const Buffer& buffer, Handler handler) {
    if (auto* plain = std::get_if<Plain>(&stream_)) {
      plain->async_read_some(buffer, std::move(handler));
    } else {
      tls().async_read_some(buffer, std::move(handler));
    }
  }
  template <class Buffer, class Handler>
  void AsyncWrite(const Buffer& buffer, Handler handler) {
    if (auto* plain = std::get_if<Plain>(&stream_)) {
      boost::asio::async_write(*plain, buffer, std::move(handler));
    } else {
      boost::asio::async_write(tls(), buffer, std::move(handler));
    }
  }

  // Once, and nothing after it. What is under way ends with an error. Over TLS
  // the other side is told (close_notify); at most a second passes until it has
  // the socket closed.
  void Close();

 private:
  Tls& tls() { return *std::get<std::unique_ptr<Tls>>(stream_); }

  std::variant<Plain, std::unique_ptr<Tls>> stream_;
};

}  // namespace chat77::client

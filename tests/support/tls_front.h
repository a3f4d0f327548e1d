// TLS in front of a plain server on loopback: what a client says inside TLS is
// passed on to it, and back. One thread, the io_context's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/support/test_certificate.h"

namespace chat77::test {

class TlsFront {
 public:
  // What a handshake agreed on, and how the client left.
  struct Seen {
    int handshakes = 0;
    std::string version;
    std::string alpn;
    std::string name;  // SNI
    int close_notifies = 0;
    int truncations = 0;
  };

  TlsFront(boost::asio::io_context& io, uint16_t plain_port,
           const TestCertificate& certificate);

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  // Of connections from now on.
  void Use(const TestCertificate& certificate);
  void OnlyTls12();
  const Seen& seen() const { return *seen_; }

 private:
  void Accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ssl::context context_;
  uint16_t plain_port_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace chat77::test

// A bad link: passes TCP connections on to the server until it is told to
// break them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace chat77::crash {

// Everything on the thread of `io`.
class Proxy {
 public:
  // Listens on a free port of 127.0.0.1.
  Proxy(boost::asio::io_context& io, uint16_t server_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  uint16_t port() const { return port_; }

  // Breaks all connections at both ends; what was on its way is lost.
  void CutAll();
  // Breaks them towards the clients only: the server goes on to take them for
  // alive.
  void Strand();
  // The server's end of all connections breaks, the clients' end stays open
  // and takes what comes, and so do new ones; Silence(false) breaks them all.
  void Silence(bool silent);
  // Passes nothing on, in either direction, until Stall(false).
  void Stall(bool stalled);

 private:
  class Pipe;

  void Accept();

  const uint16_t server_port_;
  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_;
  bool stalled_ = false;
  bool silent_ = false;
  std::vector<std::shared_ptr<Pipe>> silenced_;
  std::list<std::weak_ptr<Pipe>> pipes_;
};

}  // namespace chat77::crash

// One connection to a server with the wire's connection on it: frames in,
// frames out, keep-alive, and one word when it ends. What a reconnecting client
// and the gateway are built from.
//
// Belongs to one io_context thread: every call and callback is made there. A
// link keeps itself alive until on_closed was called.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "client/transport.h"
#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

class Link : public std::enable_shared_from_this<Link> {
 public:
  using Socket = Transport::Plain;

  struct Callbacks {
    // Every frame of the server, its HelloReply first, a Goodbye last.
    std::function<void(const pb::ServerFrame&)> on_frame;
    // Exactly once, after the last frame; no callback follows. `code` is the
    // goodbye's, CODE_UNSPECIFIED when the connection broke, or BAD_FRAME when
    // the other side is no chat77 server; `why` is a sentence.
    std::function<void(pb::Code code, const std::string& why)> on_closed;
  };

  // Takes a connected transport (a plain socket is one) and says Hello.
  // `options` must outlive the link.
  static std::shared_ptr<Link> Start(Transport transport,
                                     const wire::ConnectionOptions& options,
                                     Callbacks callbacks);

  // Gives the frame an id unless it has one (a caller numbers all of its
  // frames, from 2, or none), queues it, writes, and returns the id. Frames of
  // one turn of the event loop leave in one write. Ignored once closed.
  uint64_t Send(pb::ClientFrame frame);

  // Closes after what was sent has been written. on_closed follows.
  void Close();

  bool closed() const { return done_; }
  // Bytes waiting to be written: what a caller bounds its own reading by.
  size_t unsent() const { return out_.size() + writing_.size(); }

 private:
  Link(Transport transport, const wire::ConnectionOptions& options,
       Callbacks callbacks);

  void Read();
  void OnRead(size_t size);
  void Flush();
  void ArmTimer();
  void Finish(pb::Code code, const std::string& why);

  Transport transport_;
  boost::asio::steady_timer timer_;
  wire::ClientConnection connection_;
  Callbacks callbacks_;
  std::string out_;      // not yet given to the socket
  std::string writing_;  // given to it
  std::string goodbye_;  // the server's last sentence
  std::string first_;    // the first bytes, until greeted: what is it?
  std::array<char, 16 * 1024> buffer_;
  uint64_t last_id_ = 1;  // 1 was the Hello
  bool flush_posted_ = false;
  bool closing_ = false;
  bool done_ = false;
};

}  // namespace chat77::client

// One end of a connection without its socket: frames, hello, keep-alive, and
// why it ended. Both ends are the same class with the frame types exchanged,
// so a client and a server can be run against each other in memory.
//
// A typical server:                       A typical client:
//   ServerConnection c(options, now);       ClientConnection c(options, now);
//                                           c.Start(out);        // Hello
//   c.Receive(bytes, now, out, sink)        c.Receive(bytes, now, out, sink)
//     -> sink(frame) for each frame           -> sink(frame)
//   c.LoggedIn();                           c.LoggedIn();
//   at c.NextDeadline(): c.OnDeadline(now, out)
//   c.closed() -> write out, then close the socket
//
// `out` is where the connection puts bytes to send: the answer to a hello, a
// pong, a probe, a goodbye. The caller writes them before anything it sends
// later. Not thread-safe; no clock of its own; a hundred bytes when idle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_decoder.h"
#include "proto/limits.h"

namespace chat77::wire {

// Short names for the messages of the schema.
namespace pb = ::chat77::v1;

// Settings of one kind of connection; shared, must outlive its connections.
struct ConnectionOptions {
  std::string software = "chat77";
  uint32_t frame_bytes_before_login = kFrameBytesBeforeLogin;
  uint32_t frame_bytes = kFrameBytes;
  absl::Duration keep_alive = kKeepAlive;
  absl::Duration dead_after = kDeadAfter;
  // Until LoggedIn() or Waiting(); the server's end only.
  absl::Duration login_time = kLoginTime;
  // Who may register, told in HelloReply; the server's end only.
  pb::Registration registration = pb::REGISTRATION_OPEN;
  // Sent in Hello; the client's end only, for a gateway.
  std::string forwarded_address;
  uint16_t forwarded_port = 0;
  // Asked for in Hello; the client's end only. The server's reply says what
  // is in force. `features` is a sum of pb::Feature.
  uint64_t features = 0;
  pb::Presence presence = pb::PRESENCE_NOTICES;
};

// What is in force for whoever said `hello`: the choice made there, or
// PRESENCE_NOTICES for one this version does not know. The server's end tells
// it in its HelloReply.
pb::Presence PresenceOf(const pb::Hello& hello);

template <class Sent, class Received>
class Connection {
 public:
  // Called with each frame that is not the connection's own business, in
  // order; a Hello and its reply are handed on after they were dealt with.
  // The frame is valid until the sink returns.
  using Sink = absl::FunctionRef<void(const Received& frame)>;

  Connection(const ConnectionOptions& options, absl::Time now);

  // The client's first bytes.
  void Start(std::string& out);

  // Bytes came. Returns how many were taken: all, unless the connection closed
  // or the sink called Pause(); the caller then offers the rest again, later.
  size_t Receive(std::string_view bytes, absl::Time now, std::string& out,
                 Sink sink);

  // From within the sink: take no further frame in this call.
  void Pause() { paused_ = true; }

  // From now on the larger frames are allowed and no login is awaited.
  void LoggedIn();
  // The other side waits for us (a password is being checked): the login's
  // deadline stands still until Waiting(false). All tries together have
  // login_time.
  void Waiting(bool waiting, absl::Time now);

  // When OnDeadline is due; absl::InfiniteFuture() once closed. Ask again
  // after every call.
  absl::Time NextDeadline() const;
  // Sends a probe, or closes with LOGIN_TIMEOUT or IDLE_TIMEOUT.
  void OnDeadline(absl::Time now, std::string& out);

  // Ends it for a reason of the caller's; the server's end says Goodbye.
  void Close(pb::Code code, std::string_view sentence, std::string& out,
             uint32_t retry_after_ms = 0);

  bool greeted() const { return greeted_; }
  bool closed() const { return closed_; }
  // Why it closed; CODE_UNSPECIFIED while open. On the client's end the code
  // of the server's Goodbye, or of what the server did wrong.
  pb::Code close_code() const { return close_code_; }
  size_t buffered() const { return decoder_.buffered(); }
  // Frames of the last Receive(), also those the sink was not shown.
  uint32_t frames() const { return frames_; }

 private:
  bool Dispatch(const Received& frame, std::string& out, Sink sink);
  // True if the frame is to be handed on.
  bool Greet(const Received& frame, std::string& out);
  // True if the frame was the connection's own business.
  bool KeepAlive(const Received& frame, std::string& out);
  void Probe(std::string& out);
  bool waiting() const { return waiting_since_ != absl::InfiniteFuture(); }
  absl::Time LoginDeadline() const {
    return waiting() ? absl::InfiniteFuture() : login_by_;
  }

  const ConnectionOptions* options_;
  FrameDecoder decoder_;
  absl::Time heard_;     // the last byte from the peer
  absl::Time login_by_;  // InfiniteFuture: not awaited, or done
  absl::Time waiting_since_ = absl::InfiniteFuture();
  pb::Code close_code_ = pb::CODE_UNSPECIFIED;
  bool greeted_ = false;
  bool closed_ = false;
  bool probed_ = false;  // since heard_
  bool paused_ = false;
  bool logged_in_ = false;
  uint32_t frames_ = 0;  // of the last Receive()
};

using ServerConnection = Connection<pb::ServerFrame, pb::ClientFrame>;
using ClientConnection = Connection<pb::ClientFrame, pb::ServerFrame>;

// What the two ends do differently.
template <>
bool ServerConnection::Greet(const pb::ClientFrame& frame, std::string& out);
template <>
bool ClientConnection::Greet(const pb::ServerFrame& frame, std::string& out);
template <>
bool ServerConnection::KeepAlive(const pb::ClientFrame& frame,
                                 std::string& out);
template <>
bool ClientConnection::KeepAlive(const pb::ServerFrame& frame,
                                 std::string& out);
template <>
void ServerConnection::Probe(std::string& out);
template <>
void ClientConnection::Probe(std::string& out);

extern template class Connection<pb::ServerFrame, pb::ClientFrame>;
extern template class Connection<pb::ClientFrame, pb::ServerFrame>;

}  // namespace chat77::wire

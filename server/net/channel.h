// How a session's bytes get through its socket: as they are, or in TLS. Which
// of the two, the peer's first bytes tell.
//
// Sixteen bytes for a plain connection. TLS encrypts at most one chunk ahead of
// the socket: what the socket did not take of it is kept here, and nothing more
// is encrypted until it did.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "server/fanout/outbox.h"
#include "server/net/descriptor.h"
#include "server/net/refusals.h"
#include "server/net/tls/first_bytes.h"
#include "server/net/tls/tls_context.h"
#include "server/net/tls/tls_stream.h"

namespace chat77::server {

// What the channels of one shard share.
struct ChannelCommons {
  static constexpr size_t kReadBytes = 64 * 1024;

  std::vector<char> read_buffer = std::vector<char>(kReadBytes);
  std::string plain;  // of what was read; valid until the next read
  std::string chunk;  // about to be encrypted
  // For connections that begin now; nullptr: TLS is not served.
  std::shared_ptr<const tls::TlsContext> tls;
  Refusals refusals;
};

class Channel {
 public:
  enum class Wire : uint8_t { kUnknown, kPlain, kTls };

  // What one read gave.
  struct Input {
    std::string_view bytes = {};  // plain; borrowed from the commons
    size_t taken = 0;             // from the socket
    bool ended = false;           // the peer will send no more
    bool broken = false;          // to be closed; nothing else counts
  };

  // More of what TLS says by itself (alerts, new keys) is not kept for a peer
  // that takes nothing: nothing more is read from it.
  static constexpr size_t kUnsentMost = 2 * tls::TlsStream::kMaxRecord;
  // Seal() takes no more: it is done for hundreds before any is sent.
  static constexpr size_t kSealMost = 8 * 1024;

  // `socket` does not block. `wire`: kPlain where no TLS is to be expected.
  Channel(Descriptor socket, Wire wire)
      : socket_(std::move(socket)), wire_(wire) {}

  int socket() const { return socket_.get(); }
  Wire wire() const { return wire_; }
  // TLS, and not ready for anything to be sent.
  bool shaking_hands() const {
    return secure_ != nullptr &&
           secure_->stream.state() == tls::TlsStream::State::kHandshake;
  }

  // What comes may be a part of a handshake.
  bool begins() const { return wire_ == Wire::kUnknown || shaking_hands(); }

  // Reads once. With `drop` what comes is not looked at.
  Input Read(ChannelCommons& commons, bool drop);
  // Like sendmsg(2): how many of the pieces' bytes were taken, or -1 and errno.
  // EAGAIN also while what TLS has unsent is not taken.
  ssize_t Send(const Outbox::Pieces& pieces, ChannelCommons& commons);
  // The same in two steps, for sends that others carry out. Seal() makes of
  // pieces what is to be sent for all of them, without sending it: themselves,
  // or in TLS one piece of this object's. False: they take more than that, and
  // nothing happened. Sent() then tells how much of it was.
  bool Seal(Outbox::Pieces& pieces, ChannelCommons& commons);
  void Sent(size_t bytes);
  // Sends what Seal() made.
  ssize_t Transmit(const Outbox::Pieces& sealed);
  // Encrypted, and not yet taken by the socket.
  size_t unsent() const { return secure_ == nullptr ? 0 : secure_->unsent(); }
  // After the last Send(): says that no more comes. False: not all is sent yet;
  // call it again when the socket can be written.
  bool Finish();
  // Bytes in the socket that the peer has not taken, -1 if that is not known.
  int Untaken() const;
  void Close() { socket_.Close(); }

 private:
  static constexpr size_t kMaxBegun = tls::kFirstBytes - 1;
  struct Secure {
    explicit Secure(std::shared_ptr<const tls::TlsContext> context)
        : stream(std::move(context)) {}
    size_t unsent() const { return out.size() - sent; }
    // An idle connection holds no buffer.
    void Empty() {
      sent = 0;
      std::string().swap(out);
    }

    tls::TlsStream stream;
    std::string out;
    size_t sent = 0;  // of `out`
  };

  // Bytes from the socket, whatever they are. `taken` is not set.
  Input Take(std::string_view bytes, ChannelCommons& commons);
  Input Sniff(std::string_view bytes, ChannelCommons& commons);
  Input Decrypt(std::string_view bytes, ChannelCommons& commons);
  Input Answer(tls::FirstBytes who, ChannelCommons& commons);
  ssize_t SendEncrypted(const Outbox::Pieces& pieces, ChannelCommons& commons);
  bool FlushUnsent();

  Descriptor socket_;
  Wire wire_;
  // First bytes, as long as they do not tell; none of them is 0.
  std::array<char, kMaxBegun> begun_{};
  std::unique_ptr<Secure> secure_;
};
static_assert(sizeof(Channel) == 16);

}  // namespace chat77::server

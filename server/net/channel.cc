#include "server/net/channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

namespace chat77::server {
namespace {

using tls::FirstBytes;
using tls::TlsStream;

constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

ssize_t SendPlain(int socket, const Outbox::Pieces& pieces) {
  if (pieces.count == 0) return 0;
  if (pieces.count == 1) {
    const std::string_view piece = pieces.piece[0];
    return ::send(socket, piece.data(), piece.size(), kFlags);
  }
  std::array<iovec, Outbox::kMaxPieces> iov;
  for (size_t i = 0; i < pieces.count; ++i) {
    iov[i] = {const_cast<char*>(pieces.piece[i].data()),
              pieces.piece[i].size()};
  }
  msghdr message{};
  message.msg_iov = iov.data();
  message.msg_iovlen = pieces.count;
  return ::sendmsg(socket, &message, kFlags);
}

// The pieces' bytes from `begin` on, as many as go into a record. One record
// for several small pieces: each costs some 20 bytes and a pass of the cipher.
std::string_view Chunk(const Outbox::Pieces& pieces, size_t begin,
                       std::string& buffer) {
  size_t at = 0;
  while (begin >= pieces.piece[at].size()) begin -= pieces.piece[at++].size();
  const std::string_view first = pieces.piece[at].substr(begin);
  if (at + 1 == pieces.count || first.size() >= TlsStream::kMaxRecord) {
    return first.substr(0, TlsStream::kMaxRecord);
  }
  buffer.assign(first);
  while (++at < pieces.count && buffer.size() < TlsStream::kMaxRecord) {
    buffer.append(
        pieces.piece[at].substr(0, TlsStream::kMaxRecord - buffer.size()));
  }
  return buffer;
}

}  // namespace

// ---- in ------------------------------------------------------------------

Channel::Input Channel::Read(ChannelCommons& commons, bool drop) {
  std::vector<char>& buffer = commons.read_buffer;
  const ssize_t size =
      ::recv(socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size == 0) return {.ended = true};
  if (size < 0) return {.broken = errno != EAGAIN && errno != EINTR};
  const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
  Input input = drop ? Input{} : Take(bytes, commons);
  input.taken = bytes.size();
  return input;
}

Channel::Input Channel::Take(std::string_view bytes, ChannelCommons& commons) {
  switch (wire_) {
    case Wire::kPlain:
      return {.bytes = bytes};
    case Wire::kTls:
      return Decrypt(bytes, commons);
    case Wire::kUnknown:
      break;
  }
  return Sniff(bytes, commons);
}

Channel::Input Channel::Sniff(std::string_view bytes, ChannelCommons& commons) {
  if (begun_[0] != '\0') {
    commons.plain.assign(begun_.data(),
                         ::strnlen(begun_.data(), begun_.size()));
    commons.plain.append(bytes);
    bytes = commons.plain;
  }
  const FirstBytes who = tls::Judge(bytes);
  switch (who) {
    case FirstBytes::kUnknown:
      bytes.copy(begun_.data(), begun_.size());
      return {};
    case FirstBytes::kNative:
      wire_ = Wire::kPlain;
      return {.bytes = bytes};
    case FirstBytes::kTls:
      break;
    case FirstBytes::kHttp:
    case FirstBytes::kSsh:
      return Answer(who, commons);
  }
  if (commons.tls == nullptr) {
    commons.refusals.Note(Refusals::Kind::kHandshake, "TLS is not served",
                          socket());
    return {.broken = true};
  }
  wire_ = Wire::kTls;
  secure_ = std::make_unique<Secure>(commons.tls);
  // Where the plain bytes go they cannot come from.
  const std::string first(bytes);
  return Decrypt(first, commons);
}

Channel::Input Channel::Answer(FirstBytes who, ChannelCommons& commons) {
  commons.refusals.Note(Refusals::Kind::kProtocol, tls::NameOf(who), socket());
  Outbox::Pieces answer;
  answer.piece[0] = tls::AnswerTo(who);
  answer.count = 1;
  // Once, and whoever cannot take it does without.
  SendPlain(socket(), answer);
  return {.broken = true};
}

Channel::Input Channel::Decrypt(std::string_view bytes,
                                ChannelCommons& commons) {
  const bool stranger = shaking_hands();
  commons.plain.clear();
  const TlsStream::State state =
      secure_->stream.Receive(bytes, commons.plain, secure_->out);
  const bool sent = FlushUnsent();
  if (state == TlsStream::State::kFailed) {
    if (stranger) {
      commons.refusals.Note(Refusals::Kind::kHandshake, secure_->stream.error(),
                            socket());
    }
    return {.broken = true};
  }
  if (!sent && errno != EAGAIN) return {.broken = true};
  return {.bytes = commons.plain, .ended = state == TlsStream::State::kEnded};
}

// ---- out -----------------------------------------------------------------

ssize_t Channel::Send(const Outbox::Pieces& pieces, ChannelCommons& commons) {
  return secure_ == nullptr ? SendPlain(socket(), pieces)
                            : SendEncrypted(pieces, commons);
}

ssize_t Channel::SendEncrypted(const Outbox::Pieces& pieces,
                               ChannelCommons& commons) {
  size_t taken = 0;
  while (FlushUnsent()) {
    if (taken == pieces.bytes) return static_cast<ssize_t>(taken);
    const std::string_view chunk = Chunk(pieces, taken, commons.chunk);
    if (!secure_->stream.Send(chunk, secure_->out)) {
      errno = EPIPE;
      return -1;
    }
    taken += chunk.size();
  }
  // What failed now, if not for want of room, fails again.
  return taken > 0 ? static_cast<ssize_t>(taken) : -1;
}

ssize_t Channel::Transmit(const Outbox::Pieces& sealed) {
  return SendPlain(socket(), sealed);
}

bool Channel::Seal(Outbox::Pieces& pieces, ChannelCommons& commons) {
  if (wire_ != Wire::kTls) return true;
  Secure& secure = *secure_;
  if (pieces.bytes > kSealMost || secure.unsent() > 0) return false;
  if (!secure.stream.Send(Chunk(pieces, 0, commons.chunk), secure.out)) {
    return false;
  }
  pieces.piece[0] = secure.out;
  pieces.count = 1;
  pieces.bytes = secure.out.size();
  return true;
}

void Channel::Sent(size_t bytes) {
  if (secure_ == nullptr) return;
  secure_->sent += bytes;
  if (secure_->unsent() == 0) secure_->Empty();
}

// False, with errno: some is left.
bool Channel::FlushUnsent() {
  Secure& secure = *secure_;
  while (secure.unsent() > 0) {
    const ssize_t sent = ::send(socket(), secure.out.data() + secure.sent,
                                secure.unsent(), kFlags);
    if (sent < 0 && errno != EINTR) return false;
    if (sent > 0) secure.sent += static_cast<size_t>(sent);
  }
  secure.Empty();
  return true;
}

bool Channel::Finish() {
  if (secure_ == nullptr) return true;
  secure_->stream.Close(secure_->out);
  return FlushUnsent();
}

int Channel::Untaken() const {
  int untaken = 0;
  return ::ioctl(socket(), SIOCOUTQ, &untaken) == 0 ? untaken : -1;
}

}  // namespace chat77::server

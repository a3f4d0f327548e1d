// The server's end of one TLS connection, without its socket: bytes of the
// network in, plain bytes and bytes for the network out.
//
//   TlsStream stream(context);
//   stream.Receive(bytes, plain, out)   // what came; appends to both
//   stream.Send(plain, out)             // once state() is kOpen
//   stream.Close(out)                   // the last word: close_notify
//
// OpenSSL's object is made when the first record is whole, and is given whole
// records only: the beginning of one is kept here, as many bytes as came.
// A stranger so holds what it sent, and OpenSSL allocates nothing on the word
// of a length. Between calls an idle connection has no buffers.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/net/tls/openssl.h"
#include "server/net/tls/tls_context.h"

namespace chat77::server::tls {

class TlsStream {
 public:
  enum class State : uint8_t {
    kHandshake,
    kOpen,
    kEnded,   // the peer will send no more; we still may
    kFailed,  // over: send what is in `out`, then close
  };
  // A ClientHello may have this many bytes; one with a post-quantum key share
  // and every extension in use has some 2 KiB. It must be in one record.
  static constexpr size_t kMaxHello = 4 * 1024;
  // What a peer may send in all before the handshake is done.
  static constexpr size_t kMaxHandshake = 16 * 1024;
  // Plain bytes of one record (RFC 8446, 5.1).
  static constexpr size_t kMaxRecord = 16 * 1024;

  // The context is kept until the first record is there.
  explicit TlsStream(std::shared_ptr<const TlsContext> context);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  State Receive(std::string_view bytes, std::string& plain, std::string& out);
  // False: it cannot be sent any more, or not yet.
  bool Send(std::string_view plain, std::string& out);
  // Once; nothing before the handshake is done.
  void Close(std::string& out);

  State state() const { return state_; }
  // Why it failed, in a few words; empty if it did not.
  const char* error() const { return error_; }

 private:
  friend struct StreamBio;

  bool over() const {
    return state_ == State::kEnded || state_ == State::kFailed;
  }
  bool Begin();
  size_t NextOfHandshake(std::string_view bytes);
  void Decrypt(std::string_view records, std::string& plain);
  void Stopped(int why);
  void Fail(const char* error);
  void RefuseRecord();
  void Refuse(const char* error);

  std::shared_ptr<const TlsContext> context_;  // until ssl_ is there
  SslPtr ssl_;
  std::string begun_;              // the beginning of a record
  std::string_view input_;         // borrowed for a call
  std::string* output_ = nullptr;  // the same
  const char* error_ = "";
  uint32_t handshake_bytes_ = 0;
  State state_ = State::kHandshake;
  bool closed_ = false;  // close_notify is sent
};

}  // namespace chat77::server::tls

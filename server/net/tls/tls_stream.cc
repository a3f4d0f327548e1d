#include "server/net/tls/tls_stream.h"

#include <algorithm>
#include <cstring>
#include <openssl/err.h>
#include <utility>

namespace chat77::server::tls {
namespace {

using namespace std::string_view_literals;

// A record: type, version (two bytes), length (two), then so much (RFC 8446,
// 5.1); of TLS 1.2, which allows the longer ones, RFC 5246, 6.2.3.
constexpr size_t kHeader = 5;
constexpr size_t kMaxCiphertext = TlsStream::kMaxRecord + 2048;
constexpr uint8_t kFirstType = 20, kLastType = 24, kHandshakeType = 22;
constexpr uint8_t kClientHello = 1;
constexpr size_t kMessageHeader = 4;  // type, length (three bytes)

// An alert of our own, before there is an OpenSSL to say it: decode_error.
constexpr std::string_view kDecodeError = "\x15\x03\x03\x00\x02\x02\x32"sv;

size_t Byte(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// OpenSSL refuses it at once, with an alert in the connection's own keys. Of
// another thing that is no record it may wait for the body.
constexpr std::string_view kNoRecord = "\0\0\0\0\0"sv;

// Of the record at the front, with its header; 0: it is no record.
size_t RecordSize(std::string_view bytes) {
  const size_t length = Byte(bytes, 3) << 8 | Byte(bytes, 4);
  const bool sound = kFirstType <= Byte(bytes, 0) &&
                     Byte(bytes, 0) <= kLastType && Byte(bytes, 1) == 3 &&
                     length <= kMaxCiphertext;
  return sound ? kHeader + length : 0;
}

// How many of the bytes are whole records.
size_t WholeRecords(std::string_view bytes) {
  size_t whole = 0;
  while (bytes.size() - whole >= kHeader) {
    const size_t size = RecordSize(bytes.substr(whole));
    if (size == 0 || size > bytes.size() - whole) break;
    whole += size;
  }
  return whole;
}

// The record holds a whole ClientHello: OpenSSL, which makes room for as much
// as the message says that it has, has it already.
bool IsHello(std::string_view record) {
  const std::string_view message = record.substr(kHeader);
  if (Byte(record, 0) != kHandshakeType || message.size() < kMessageHeader ||
      Byte(message, 0) != kClientHello) {
    return false;
  }
  const size_t length =
      Byte(message, 1) << 16 | Byte(message, 2) << 8 | Byte(message, 3);
  return message.size() >= kMessageHeader + length;
}

}  // namespace

// What OpenSSL reads and writes through: the views of the call under way.
struct StreamBio {
  static TlsStream& Stream(BIO* bio) {
    return *static_cast<TlsStream*>(BIO_get_data(bio));
  }
  static int Read(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    std::string_view& input = Stream(bio).input_;
    if (input.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const size_t taken = std::min(input.size(), static_cast<size_t>(size));
    std::memcpy(data, input.data(), taken);
    input.remove_prefix(taken);
    return static_cast<int>(taken);
  }
  static int Write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    Stream(bio).output_->append(data, static_cast<size_t>(size));
    return size;
  }
  static long Control(BIO*, int what, long, void*) {
    return what == BIO_CTRL_FLUSH ? 1 : 0;
  }
  // One for all; it lives as long as the process.
  static const BIO_METHOD* Method() {
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* method = BIO_meth_new(
          BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "chat77 stream");
      BIO_meth_set_read(method, Read);
      BIO_meth_set_write(method, Write);
      BIO_meth_set_ctrl(method, Control);
      return method;
    }();
    return kMethod;
  }
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)) {}

TlsStream::~TlsStream() = default;

bool TlsStream::Begin() {
  SslPtr ssl = context_->Accept();
  BioPtr bio(BIO_new(StreamBio::Method()));
  if (ssl == nullptr || bio == nullptr) return false;
  BIO_set_data(bio.get(), this);
  BIO_set_init(bio.get(), 1);
  BIO* const both = bio.release();
  SSL_set_bio(ssl.get(), both, both);
  ssl_ = std::move(ssl);
  context_.reset();
  return true;
}

TlsStream::State TlsStream::Receive(std::string_view bytes, std::string& plain,
                                    std::string& out) {
  if (over()) return state_;
  std::string joined;
  if (!begun_.empty()) {
    joined = std::exchange(begun_, {});
    joined.append(bytes);
    bytes = joined;
  }
  output_ = &out;
  // A stranger's records one by one, each looked at.
  while (state_ == State::kHandshake) {
    const size_t size = NextOfHandshake(bytes);
    if (size == 0) break;
    Decrypt(bytes.substr(0, size), plain);
    bytes.remove_prefix(size);
  }
  if (state_ == State::kOpen) {
    const size_t whole = WholeRecords(bytes);
    Decrypt(bytes.substr(0, whole), plain);
    bytes.remove_prefix(whole);
    const bool sound = bytes.size() < kHeader || RecordSize(bytes) > 0;
    if (!over() && !sound) RefuseRecord();
  }
  if (!over()) begun_.assign(bytes);
  return state_;
}

// The size of the record at the front; 0 if it is not whole yet, or must not
// be, and then this failed.
size_t TlsStream::NextOfHandshake(std::string_view bytes) {
  if (bytes.size() < kHeader) return 0;
  const size_t size = RecordSize(bytes);
  if (size == 0 && ssl_ != nullptr) {
    RefuseRecord();
    return 0;
  }
  const size_t most = ssl_ == nullptr ? kMaxHello : kMaxHandshake;
  if (size == 0 || handshake_bytes_ + size > most) {
    Refuse(size == 0 ? "no record of TLS" : "too long a handshake");
    return 0;
  }
  if (size > bytes.size()) return 0;
  // In 1.3 only a second ClientHello follows as a plain handshake record.
  const bool hello =
      ssl_ == nullptr || (SSL_version(ssl_.get()) == TLS1_3_VERSION &&
                          Byte(bytes, 0) == kHandshakeType);
  if (hello && !IsHello(bytes.substr(0, size))) {
    Refuse("no whole ClientHello");
    return 0;
  }
  if (ssl_ == nullptr && !Begin()) {
    Refuse("no memory");
    return 0;
  }
  handshake_bytes_ += static_cast<uint32_t>(size);
  return size;
}

void TlsStream::Decrypt(std::string_view records, std::string& plain) {
  input_ = records;
  ERR_clear_error();
  while (!over() && (!input_.empty() || SSL_pending(ssl_.get()) > 0)) {
    const size_t had = plain.size();
    // No record has more plain bytes than it has bytes.
    const size_t room = std::max(std::min(input_.size(), kMaxRecord),
                                 static_cast<size_t>(SSL_pending(ssl_.get())));
    plain.resize(had + room);
    size_t size = 0;
    const int done = SSL_read_ex(ssl_.get(), plain.data() + had, room, &size);
    plain.resize(had + size);
    if (done != 1) Stopped(SSL_get_error(ssl_.get(), done));
  }
  if (state_ == State::kHandshake && SSL_is_init_finished(ssl_.get()) == 1) {
    state_ = State::kOpen;
  }
}

void TlsStream::Stopped(int why) {
  if (why == SSL_ERROR_WANT_READ) return;
  if (why == SSL_ERROR_ZERO_RETURN) {
    state_ = State::kEnded;
  } else {
    Fail(TakeError());
  }
}

void TlsStream::Fail(const char* error) {
  state_ = State::kFailed;
  error_ = error;
}

void TlsStream::RefuseRecord() {
  std::string none;
  Decrypt(kNoRecord, none);
  Fail("no record of TLS");
}

// OpenSSL is not asked, so its alert is made here.
void TlsStream::Refuse(const char* error) {
  output_->append(kDecodeError);
  Fail(error);
}

bool TlsStream::Send(std::string_view plain, std::string& out) {
  if (closed_ || (state_ != State::kOpen && state_ != State::kEnded)) {
    return false;
  }
  output_ = &out;
  ERR_clear_error();
  while (!plain.empty()) {
    size_t size = 0;
    if (SSL_write_ex(ssl_.get(), plain.data(),
                     std::min(plain.size(), kMaxRecord), &size) != 1) {
      Fail(TakeError());
      return false;
    }
    plain.remove_prefix(size);
  }
  return true;
}

void TlsStream::Close(std::string& out) {
  if (state_ != State::kOpen && state_ != State::kEnded) return;
  if (std::exchange(closed_, true)) return;
  output_ = &out;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace chat77::server::tls

#include "tests/support/native_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "absl/time/clock.h"

#include "proto/frame_encoder.h"

namespace chat77::test {

namespace {

std::unique_ptr<wire::ConnectionOptions> OptionsWith(pb::Presence presence) {
  auto options = std::make_unique<wire::ConnectionOptions>();
  options->presence = presence;
  return options;
}

}  // namespace

NativeClient::NativeClient(int port, pb::Presence presence, int receive_bytes,
                           const std::string& from)
    : NativeClient(port, presence, receive_bytes, from, Encrypted::kNo, 0) {}

NativeClient NativeClient::OverTls(int port, int version, int receive_bytes) {
  return NativeClient(port, pb::PRESENCE_NOTICES, receive_bytes, "",
                      Encrypted::kYes, version);
}

NativeClient::NativeClient(int port, pb::Presence presence, int receive_bytes,
                           const std::string& from, Encrypted encrypted,
                           int version)
    : options_(OptionsWith(presence)), connection_(*options_, absl::Now()) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (receive_bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_bytes,
                 sizeof receive_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!from.empty()) {
    ::inet_pton(AF_INET, from.c_str(), &address.sin_addr);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  closed_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address),
                      sizeof address) != 0;
  if (encrypted == Encrypted::kYes && !closed_) {
    tls_ = std::make_unique<TlsLink>(fd_, version);
    closed_ = !tls_->ok();
  }
  connection_.Start(out_);
  SendBytes(std::exchange(out_, {}));
}

NativeClient::~NativeClient() { Close(); }

NativeClient::NativeClient(NativeClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      tls_(std::move(other.tls_)),
      options_(std::move(other.options_)),
      connection_(other.connection_),
      replies_(std::move(other.replies_)),
      events_(std::move(other.events_)),
      last_id_(other.last_id_),
      closed_(other.closed_) {}

void NativeClient::Swallow(size_t bytes) {
  std::string sink(bytes, '\0');
  ::recv(fd_, sink.data(), sink.size(), MSG_DONTWAIT);
}

void NativeClient::SendBytes(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t sent = Transmit(bytes);
    if (sent <= 0) {
      closed_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

ssize_t NativeClient::Transmit(std::string_view bytes) {
  if (tls_ == nullptr) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  return tls_->Send(bytes) ? static_cast<ssize_t>(bytes.size()) : -1;
}

uint64_t NativeClient::Send(pb::ClientFrame frame) {
  frame.set_request_id(++last_id_);
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  SendBytes(bytes);
  return last_id_;
}

bool NativeClient::Pump(std::chrono::milliseconds patience) {
  if (closed_) return false;
  pollfd waiting{fd_, POLLIN, 0};
  const bool more = tls_ != nullptr && tls_->pending();
  if (!more && ::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
    return false;
  }
  std::array<char, 65536> buffer;
  const ssize_t size = tls_ == nullptr
                           ? ::recv(fd_, buffer.data(), buffer.size(), 0)
                           : tls_->Receive(buffer.data(), buffer.size());
  if (size <= 0) {
    closed_ = true;
    return false;
  }
  connection_.Receive(
      {buffer.data(), static_cast<size_t>(size)}, absl::Now(), out_,
      [this](const pb::ServerFrame& frame) {
        (frame.reply_to() != 0 ? replies_ : events_).push_back(frame);
      });
  SendBytes(std::exchange(out_, {}));
  return true;
}

pb::ServerFrame NativeClient::ReplyTo(uint64_t id) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const auto found = std::find_if(
        replies_.begin(), replies_.end(),
        [id](const pb::ServerFrame& frame) { return frame.reply_to() == id; });
    if (found != replies_.end()) {
      pb::ServerFrame reply = *found;
      replies_.erase(found);
      return reply;
    }
    if (std::chrono::steady_clock::now() > until) return {};
    if (!Pump(std::chrono::milliseconds(100)) && closed_) return {};
  }
}

void NativeClient::Attend() {
  while (Pump(std::chrono::milliseconds(0))) {
  }
}

pb::ServerFrame NativeClient::Hear(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (events_.empty()) {
    if (closed_ || std::chrono::steady_clock::now() > until) return {};
    Pump(std::chrono::milliseconds(20));
  }
  pb::ServerFrame event = events_.front();
  events_.pop_front();
  return event;
}

pb::Said NativeClient::HearSaid() {
  for (;;) {
    const pb::ServerFrame event = Hear();
    if (event.has_said() || event.body_case() == 0) return event.said();
  }
}

pb::ServerFrame NativeClient::Register(const std::string& alias,
                                       const std::string& password) {
  pb::ClientFrame frame;
  frame.mutable_register_()->set_alias(alias);
  frame.mutable_register_()->set_password(password);
  return Ask(std::move(frame));
}

pb::ServerFrame NativeClient::Login(const std::string& alias,
                                    const std::string& password,
                                    bool take_over) {
  pb::ClientFrame frame;
  frame.mutable_login()->set_alias(alias);
  frame.mutable_login()->set_password(password);
  frame.mutable_login()->set_take_over(take_over);
  return Ask(std::move(frame));
}

void NativeClient::Enter(const std::string& alias) {
  Register(alias);
  const bool in = Login(alias).has_login();
  if (in && options_->presence == pb::PRESENCE_NOTICES) Hear();
}

pb::ServerFrame NativeClient::Say(const std::string& text) {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text(text);
  return Ask(std::move(frame));
}

pb::FetchHistoryReply NativeClient::History(uint32_t limit,
                                            std::optional<uint64_t> after) {
  pb::ClientFrame frame;
  frame.mutable_fetch_history()->set_limit(limit);
  if (after) frame.mutable_fetch_history()->set_after_seq(*after);
  return Ask(std::move(frame)).fetch_history();
}

uint16_t NativeClient::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void NativeClient::HalfClose() { ::shutdown(fd_, SHUT_WR); }

void NativeClient::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  Close();
}

void NativeClient::Close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  closed_ = true;
}

bool NativeClient::AwaitClose() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!closed_ && std::chrono::steady_clock::now() < until) {
    Pump(std::chrono::milliseconds(50));
  }
  return closed_;
}

}  // namespace chat77::test

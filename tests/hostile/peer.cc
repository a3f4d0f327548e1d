#include "tests/hostile/peer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include "chat77/v1/envelope.pb.h"

namespace chat77::hostile {
namespace {

constexpr int kHostileNetwork = 2;
// Who does not read must not fill this program's memory either.
constexpr size_t kMostUnsent = 256 * 1024;
constexpr size_t kLineShown = 36;

// A frame's body by its name in the schema: "say", "list_online".
std::string NameOfBody(const chat77::v1::ServerFrame& frame) {
  const auto* field = chat77::v1::ServerFrame::descriptor()->FindFieldByNumber(
      frame.body_case());
  return field == nullptr ? "an empty frame" : field->name();
}

}  // namespace

Peer::Peer(const Script& script, const Ports& ports, size_t number,
           uint64_t now, Tally& tally)
    : script_(script),
      tally_(tally),
      number_(number),
      born_(now),
      next_drip_(now),
      fd_(Connect(HostOf(kHostileNetwork,
                         script.first_address + number % script.addresses),
                  script.door == Door::kText ? ports.text : ports.native,
                  script.receive_bytes)) {
  tally_.Count(fd_ < 0 ? "no connection" : "connected");
  if (script.tls != 0 && fd_ >= 0) {
    test::TlsPeerOptions options;
    options.version = script.tls;
    tls_ = std::make_unique<test::TlsPeer>(options);
    out_ = tls_->TakeOut();
  }
}

Peer::~Peer() {
  if (fd_ < 0) return;
  script_.hard ? CloseHard(fd_) : CloseInOrder(fd_);
}

bool Peer::wants_to_read() const {
  if (script_.reading == Reading::kNothing) return false;
  return script_.reading == Reading::kAll || !in_;
}

void Peer::Say(std::string_view plain) {
  if (tls_ == nullptr) {
    out_.append(plain);
    return;
  }
  tls_->Say(plain);
  out_.append(tls_->TakeOut());
}

bool Peer::Act(uint64_t now) {
  const double age = static_cast<double>(now - born_) / kSecond;
  if (script_.life_seconds > 0 && age > script_.life_seconds) return false;
  const bool ready = tls_ == nullptr || tls_->open();
  if (ready && !opened_) {
    opened_ = true;
    if (script_.opening) Say(script_.opening(number_));
  }
  if (script_.drip && ready && (in_ || !script_.login) && now >= next_drip_ &&
      out_.size() < kMostUnsent) {
    if (script_.renegotiate) SSL_renegotiate(tls_->ssl());
    Say(script_.drip(number_, drips_++));
    next_drip_ = std::max(
        next_drip_ + static_cast<uint64_t>(kSecond / script_.drips_per_second),
        now - static_cast<uint64_t>(kSecond / 10));
  }
  if (SendSome(fd_, out_)) return true;
  tally_.Count("reset");
  return false;
}

bool Peer::Read() {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return true;
    if (size <= 0) {
      tally_.Count(size == 0 ? "closed" : "reset");
      return false;
    }
    const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
    if (tls_ == nullptr) {
      Take(bytes);
    } else {
      const bool failed = tls_->failed();
      Take(tls_->Give(bytes));
      out_.append(tls_->TakeOut());
      if (tls_->failed() && !failed) tally_.Count("TLS alert");
    }
    if (!wants_to_read()) return true;
  }
}

void Peer::Leave() { tally_.Count("still there"); }

void Peer::Take(std::string_view bytes) {
  if (script_.door == Door::kText) return TakeText(bytes);
  if (bytes.empty() || foreign_) return;
  const bool first = decoder_.buffered() == 0 && !in_;
  if (first && (bytes.starts_with("HTTP") || bytes.starts_with("This is"))) {
    foreign_ = true;
    return tally_.Count("answer in its protocol");
  }
  if (tls_ == nullptr && first && (bytes[0] == 0x15 || bytes[0] == 0x16)) {
    foreign_ = true;
    return tally_.Count(bytes[0] == 0x15 ? "TLS alert" : "TLS ServerHello");
  }
  const auto error = decoder_.Receive(bytes, [this](std::string_view body) {
    TakeFrame(body);
    return true;
  });
  if (error != wire::FrameError::kNone && !std::exchange(foreign_, true)) {
    tally_.Count("other bytes");
  }
}

void Peer::TakeFrame(std::string_view body) {
  chat77::v1::ServerFrame frame;
  frame.ParseFromArray(body.data(), static_cast<int>(body.size()));
  if (frame.has_login()) in_ = true;
  if (frame.has_error()) {
    tally_.Count("error " + chat77::v1::Code_Name(frame.error().code()));
  } else if (frame.has_goodbye()) {
    tally_.Count("goodbye " + chat77::v1::Code_Name(frame.goodbye().code()));
  } else if (!frame.has_said() && !frame.has_hello()) {
    tally_.Count(NameOfBody(frame));
  }
}

void Peer::TakeText(std::string_view bytes) {
  line_.append(bytes);
  for (size_t end; (end = line_.find('\n')) != std::string::npos;) {
    const std::string line = line_.substr(0, end);
    line_.erase(0, end + 1);
    if (line.starts_with("ERROR")) {
      tally_.Count("\"" + line.substr(0, kLineShown) + "\"");
    }
  }
}

}  // namespace chat77::hostile

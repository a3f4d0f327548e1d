#include "proto/connection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "proto/frame_encoder.h"

namespace chat77::wire {
namespace {

template <class Sent>
inline constexpr bool kIsServer = std::is_same_v<Sent, pb::ServerFrame>;

// What a server can do of what a client may ask for.
constexpr uint64_t kFeatures = pb::FEATURE_LATE_REPLIES | pb::FEATURE_RESUME;

pb::Limits LimitsOf(const ConnectionOptions& options) {
  pb::Limits limits;
  limits.set_frame_bytes_before_login(options.frame_bytes_before_login);
  limits.set_frame_bytes(options.frame_bytes);
  limits.set_alias_characters(kAliasCharacters);
  limits.set_password_bytes(kPasswordBytes);
  limits.set_text_bytes(kTextBytes);
  limits.set_text_lines(kTextLines);
  limits.set_history_page(kHistoryPage);
  limits.set_keep_alive_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(options.keep_alive)));
  limits.set_dead_after_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(options.dead_after)));
  return limits;
}

}  // namespace

pb::Presence PresenceOf(const pb::Hello& hello) {
  return pb::Presence_IsValid(hello.presence()) ? hello.presence()
                                                : pb::PRESENCE_NOTICES;
}

template <class Sent, class Received>
Connection<Sent, Received>::Connection(const ConnectionOptions& options,
                                       absl::Time now)
    : options_(&options),
      // A client trusts its server with full frames at once: history may
      // follow a login in the same packet.
      decoder_(kIsServer<Sent> ? options.frame_bytes_before_login
                               : options.frame_bytes),
      heard_(now),
      login_by_(kIsServer<Sent> ? now + options.login_time
                                : absl::InfiniteFuture()) {}

template <class Sent, class Received>
void Connection<Sent, Received>::Start(std::string& out) {
  if constexpr (!kIsServer<Sent>) {
    pb::ClientFrame frame;
    frame.set_request_id(1);
    pb::Hello& hello = *frame.mutable_hello();
    hello.set_min_version(kMinVersion);
    hello.set_max_version(kMaxVersion);
    hello.set_features(options_->features);
    hello.set_software(options_->software);
    hello.set_presence(options_->presence);
    if (!options_->forwarded_address.empty()) {
      hello.set_forwarded_address(options_->forwarded_address);
      hello.set_forwarded_port(options_->forwarded_port);
    }
    AppendFrame(frame, out);
  }
}

template <class Sent, class Received>
size_t Connection<Sent, Received>::Receive(std::string_view bytes,
                                           absl::Time now, std::string& out,
                                           Sink sink) {
  if (closed_ || bytes.empty()) return 0;
  size_t consumed = 0;
  paused_ = false;
  frames_ = 0;
  heard_ = now;
  probed_ = false;
  // One frame object per thread: parsing into it again reuses its memory, so
  // a busy connection allocates little and an idle one holds nothing.
  thread_local Received frame;
  const FrameError error = decoder_.Receive(
      bytes,
      [&](std::string_view body) {
        ++frames_;
        if (!frame.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
          Close(pb::BAD_FRAME, "That frame is no message of chat77.v1.", out);
          return false;
        }
        return Dispatch(frame, out, sink) && !paused_;
      },
      &consumed);
  if (error == FrameError::kBadLength) {
    Close(pb::BAD_FRAME, "Those bytes are no frame: the length is malformed.",
          out);
  } else if (error == FrameError::kTooLong) {
    Close(pb::FRAME_TOO_LONG,
          absl::StrCat("A frame may have ",
                       logged_in_ || !kIsServer<Sent>
                           ? options_->frame_bytes
                           : options_->frame_bytes_before_login,
                       " bytes here."),
          out);
  }
  return consumed;
}

template <class Sent, class Received>
bool Connection<Sent, Received>::Dispatch(const Received& frame,
                                          std::string& out, Sink sink) {
  if (!greeted_) {
    if (Greet(frame, out)) sink(frame);
    return !closed_;
  }
  if (KeepAlive(frame, out)) return !closed_;
  sink(frame);
  return !closed_;
}

template <>
bool ServerConnection::Greet(const pb::ClientFrame& frame, std::string& out) {
  if (!frame.has_hello() || frame.request_id() == 0) {
    Close(pb::BAD_FRAME, "The first frame must be a Hello.", out);
    return false;
  }
  const pb::Hello& hello = frame.hello();
  const uint32_t version = std::min(hello.max_version(), kMaxVersion);
  if (version < std::max(hello.min_version(), kMinVersion)) {
    Close(pb::VERSION_UNSUPPORTED,
          absl::StrCat("This server speaks protocol versions ", kMinVersion,
                       " to ", kMaxVersion, "; please update the client."),
          out);
    return false;
  }
  greeted_ = true;
  pb::ServerFrame answer;
  answer.set_reply_to(frame.request_id());
  pb::HelloReply& reply = *answer.mutable_hello();
  reply.set_version(version);
  reply.set_software(options_->software);
  reply.set_features(hello.features() & kFeatures);
  *reply.mutable_limits() = LimitsOf(*options_);
  reply.set_presence(PresenceOf(hello));
  reply.set_registration(options_->registration);
  AppendFrame(answer, out);
  return true;
}

template <>
bool ClientConnection::Greet(const pb::ServerFrame& frame, std::string& out) {
  if (frame.has_hello()) {
    const uint32_t version = frame.hello().version();
    greeted_ = kMinVersion <= version && version <= kMaxVersion;
    if (!greeted_) {
      Close(pb::VERSION_UNSUPPORTED,
            "The server chose a protocol version that was not offered.", out);
    }
  } else if (frame.has_goodbye()) {
    // Refused at the door: the sentence is for whoever knocked.
    closed_ = true;
    close_code_ = frame.goodbye().code();
    return true;
  } else {
    Close(pb::BAD_FRAME, "The server's first frame is no answer to Hello.",
          out);
  }
  return !closed_;
}

template <>
bool ServerConnection::KeepAlive(const pb::ClientFrame& frame,
                                 std::string& out) {
  if (frame.request_id() == 0) {
    Close(pb::BAD_FRAME, "A request needs a request_id that is not 0.", out);
    return true;
  }
  if (frame.has_ping()) {
    pb::ServerFrame pong;
    pong.set_reply_to(frame.request_id());
    pong.mutable_pong();
    AppendFrame(pong, out);
    return true;
  }
  if (!frame.has_hello()) return false;
  pb::ServerFrame refused;
  refused.set_reply_to(frame.request_id());
  refused.mutable_error()->set_code(pb::INVALID_ARGUMENT);
  refused.mutable_error()->set_sentence("Hello is said once, at the start.");
  AppendFrame(refused, out);
  return true;
}

template <>
bool ClientConnection::KeepAlive(const pb::ServerFrame& frame,
                                 std::string& out) {
  if (frame.has_pong()) return true;
  if (frame.has_keep_alive()) {
    Probe(out);
    return true;
  }
  if (frame.has_goodbye()) {
    closed_ = true;
    close_code_ = frame.goodbye().code();
  }
  return false;
}

template <>
void ServerConnection::Probe(std::string& out) {
  pb::ServerFrame frame;
  frame.mutable_keep_alive();
  AppendFrame(frame, out);
}

template <>
void ClientConnection::Probe(std::string& out) {
  pb::ClientFrame frame;
  // Any id will do: nobody waits for the Pong but this class.
  frame.set_request_id(1);
  frame.mutable_ping();
  AppendFrame(frame, out);
}

template <class Sent, class Received>
void Connection<Sent, Received>::LoggedIn() {
  logged_in_ = true;
  login_by_ = absl::InfiniteFuture();
  decoder_.set_limit(options_->frame_bytes);
}

template <class Sent, class Received>
void Connection<Sent, Received>::Waiting(bool waiting, absl::Time now) {
  if (waiting == this->waiting()) return;
  if (!waiting) login_by_ += now - waiting_since_;
  waiting_since_ = waiting ? now : absl::InfiniteFuture();
}

template <class Sent, class Received>
absl::Time Connection<Sent, Received>::NextDeadline() const {
  if (closed_) return absl::InfiniteFuture();
  // Before the hello nobody is probed: then only death is due.
  const bool probe = greeted_ && !probed_;
  const absl::Duration silence =
      probe ? options_->keep_alive : options_->dead_after;
  return std::min(LoginDeadline(), heard_ + silence);
}

template <class Sent, class Received>
void Connection<Sent, Received>::OnDeadline(absl::Time now, std::string& out) {
  if (closed_) return;
  if (now >= LoginDeadline()) {
    Close(pb::LOGIN_TIMEOUT, "No login came within the time limit.", out);
  } else if (now >= heard_ + options_->dead_after) {
    Close(pb::IDLE_TIMEOUT, "Nothing was heard for too long.", out);
  } else if (greeted_ && !probed_ && now >= heard_ + options_->keep_alive) {
    probed_ = true;
    Probe(out);
  }
}

template <class Sent, class Received>
void Connection<Sent, Received>::Close(pb::Code code, std::string_view sentence,
                                       std::string& out,
                                       uint32_t retry_after_ms) {
  if (closed_) return;
  closed_ = true;
  close_code_ = code;
  if constexpr (kIsServer<Sent>) {
    pb::ServerFrame frame;
    pb::Goodbye& goodbye = *frame.mutable_goodbye();
    goodbye.set_code(code);
    goodbye.set_sentence(std::string(sentence));
    goodbye.set_retry_after_ms(retry_after_ms);
    AppendFrame(frame, out);
  }
}

template class Connection<pb::ServerFrame, pb::ClientFrame>;
template class Connection<pb::ClientFrame, pb::ServerFrame>;

}  // namespace chat77::wire

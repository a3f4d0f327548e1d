// A client without its socket and clock: who to be, in which state the
// connection is, when to try again, and what each frame means.
//
//   core.Start(Credentials{"ann", "secret"}, {now, random, wall});
//   while (auto order = core.PollOrder()) carry it out;
//   while (auto event = core.PollEvent()) tell the user;
//   core.OnConnected(moment); core.OnFrame(frame, moment); ...
//   at core.NextDeadline(): core.OnDeadline(moment)
//
// What is retried: a connection that broke or could not be made (the first
// one only if it got as far as a greeting), SERVER_STOPPING, BUSY,
// UNAVAILABLE and the other codes below 100, and time limits. Final: a refused
// login, VERSION_UNSUPPORTED, TLS_REQUIRED, TAKEN_OVER, DEVICE_REVOKED, KICKED,
// BANNED, a server that is not to be trusted, a logout. One exception:
// ALREADY_ONLINE to a login with the password soon after a connection broke is
// this client's own ghost, which the server drops in a moment; it is waited
// for. To a Resume it is final: another device is there.
//
// Where the server grants FEATURE_RESUME (the shell asks for it in its Hello):
// - A new connection resumes with the device token of the login. A token the
//   server does not take is forgotten and the password used instead.
// - What changes something (a say, the requests of private chat) carries a
//   message_id and outlives the connection: without an answer it is sent again
//   after the next login, in order, before any newer request, and the server
//   does it once. So does what a server refuses because it stops.
// - What would do something twice (a kick, a change of password, ...) is not
//   sent again: without an answer it fails with UNAVAILABLE when the connection
//   ends, and is known not to be done if the server was stopping.
// - What was written in private meanwhile is fetched, also in a private chat
//   that has ended; other changes of private chats and requests are told by
//   Online::private_state alone.
// Elsewhere what was sent fails with UNAVAILABLE when the connection ends,
// since sending it again might do it twice.
//
// Requests made between two connections wait for the next login in either
// case. Private texts that were told are marked as read by themselves.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

#include "client/core/event.h"
#include "client/core/failure.h"
#include "client/core/login_steps.h"
#include "client/core/message_ids.h"
#include "client/core/page_requests.h"
#include "client/core/pending_requests.h"
#include "client/core/read_markers.h"
#include "client/core/reconnect_delay.h"
#include "client/core/rooms.h"

namespace chat77::client {

struct CoreOptions {
  // For sentences: "127.0.0.1:7700".
  std::string server = "";
  // False: every trouble is final (scripts).
  bool reconnect = true;
  // Messages from before the first login to be told of, at most 1000.
  uint32_t newest = 0;
  absl::Duration connect_time = absl::Seconds(10);
  absl::Duration greet_time = absl::Seconds(5);
  // A login may wait for its turn at a busy server.
  absl::Duration login_time = absl::Seconds(60);
  absl::Duration logout_time = absl::Seconds(3);
  ReconnectOptions delays = {};
};

enum class State : uint8_t {
  kOffline,     // nothing to do until Start
  kConnecting,  // the transport is being made
  kGreeting,    // Hello was sent
  kLoggingIn,   // Register, Login or Resume was sent
  kOnline,      // requests are taken
  kLoggingOut,  // Logout was sent, or will be after the last replies
  kWaiting,     // until the next try
};

// Inputs that a pure class must be given.
struct Moment {
  absl::Time now;     // only goes forward; its zero means nothing
  double jitter = 0;  // random, 0 <= jitter < 1, another each time
  absl::Time wall = absl::UnixEpoch();  // the clock on the wall, for ids
};

// What the shell does: make a connection (then OnConnected, which has said
// Hello, or OnConnectFailed), drop it without a word back, or send a frame.
struct Connect {};
struct Disconnect {};
using Order = std::variant<Connect, Disconnect, pb::ClientFrame>;

class ClientCore {
 public:
  explicit ClientCore(CoreOptions options);

  // Begins, or begins anew once offline. Without credentials it asks only
  // whether a server is there: Reachable or Offline follows.
  void Start(std::optional<Credentials> credentials, Moment moment);
  // Says goodbye if online, once what was sent before is answered or
  // logout_time has passed, then ends; Offline{kEnded} follows.
  void Logout(Moment moment);
  // Returns the id that Replied will carry: once for each request, with the
  // server's reply, or with one of these errors. NOT_LOGGED_IN: there was no
  // login yet, or the client is offline for good or leaving. BUSY: too much
  // waits for the connection to come back (PendingRequests). UNAVAILABLE: the
  // client is offline for good now. The first two mean that it was not sent. A
  // message_id the caller has set is kept.
  uint64_t Send(pb::ClientFrame request, Moment moment);

  void OnConnected(Moment moment);
  void OnConnectFailed(std::string_view why, Moment moment);
  // Instead: the server that answered is not to be trusted; final.
  void OnUntrusted(std::string_view why, Moment moment);
  // ServerMet follows.
  void OnServerMet(std::string sentence);
  void OnFrame(const pb::ServerFrame& frame, Moment moment);
  // `code`, `why`: as Link tells them. Not after a Disconnect.
  void OnClosed(pb::Code code, std::string_view why, Moment moment);

  absl::Time NextDeadline() const;
  void OnDeadline(Moment moment);

  std::optional<Order> PollOrder();
  std::optional<Event> PollEvent();

  State state() const { return state_; }
  const std::string& alias() const { return alias_; }
  // Requests without a reply, the client's own for history included.
  size_t unanswered() const { return pending_.size() + pages_.size(); }

 private:
  void Enter(State state, absl::Time deadline);
  void TryConnect(Moment moment);
  void Transmit(pb::ClientFrame frame);
  void TransmitUnsent();
  void MarkRead();
  void SendLogout();
  void Refuse(uint64_t id, pb::Code code, const char* sentence);

  void OnGreeting(const pb::HelloReply& hello, Moment moment);
  void AskToLogIn(pb::ClientFrame request, Moment moment);
  void OnLoginReply(const pb::ServerFrame& frame, Moment moment);
  void GoOnline(const LoginSteps::LoggedIn& login, Moment moment);

  void OnReply(const pb::ServerFrame& frame, Moment moment);
  void OnEvent(const pb::ServerFrame& frame, Moment moment);
  void Follow(Rooms::News news, absl::Time now, bool fetched = false);
  void AskForPage(PageRequests::Page page);

  void Fail(const Failure& failure, Moment moment);
  // The connection is no more; `blamed`: what was sent ended it.
  void DropConnection(bool blamed, absl::Time now);
  // They fail with UNAVAILABLE.
  void FailPending(
      absl::FunctionRef<bool(const PendingRequests::Request&)> which,
      absl::Time now);

  CoreOptions options_;
  LoginSteps login_;
  State state_ = State::kOffline;
  absl::Time deadline_ = absl::InfiniteFuture();
  bool connected_ = false;  // a transport exists or is being made
  // FEATURE_RESUME is in force on this connection, or was on the last one.
  bool resume_ = false;
  std::string alias_;
  uint64_t last_id_ = 1;  // 1 was the Hello
  uint64_t login_id_ = 0;
  bool was_online_ = false;
  bool logout_sent_ = false;
  ReconnectDelay delay_;
  std::optional<pb::Goodbye> goodbye_;
  MessageIds message_ids_;
  PendingRequests pending_;
  Rooms rooms_;
  ReadMarkers markers_;
  PageRequests pages_;
  std::deque<Order> orders_;
  std::deque<Event> events_;
};

}  // namespace chat77::client

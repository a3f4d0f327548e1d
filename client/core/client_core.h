// A client without its socket and clock: who to be, in which state the
// connection is, when to try again, and what each frame means.
//
//   core.Start(Credentials{"ann", "secret"}, {now, jitter});
//   while (auto order = core.PollOrder()) carry it out;
//   while (auto event = core.PollEvent()) tell the user;
//   core.OnConnected(moment); core.OnFrame(frame, moment); ...
//   at core.NextDeadline(): core.OnDeadline(moment)
//
// What is retried: a connection that broke or could not be made (the first
// one only if it got as far as a greeting), SERVER_STOPPING, BUSY,
// UNAVAILABLE and the other codes below 100, and time limits. Final: a refused
// login, VERSION_UNSUPPORTED, TAKEN_OVER, a logout. One exception:
// ALREADY_ONLINE soon after a connection broke is this client's own ghost,
// which the server drops in a moment; it is waited for.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/time/time.h"

#include "client/core/event.h"
#include "client/core/room_follower.h"

namespace chat77::client {

struct Credentials {
  std::string alias;
  std::string password;
  // Make the account first. Forgotten once it exists.
  bool make_account = false;
  // End another session of the account instead of being refused.
  bool take_over = false;
};

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
};

enum class State : uint8_t {
  kOffline,     // nothing to do until Start
  kConnecting,  // the transport is being made
  kGreeting,    // Hello was sent
  kLoggingIn,   // Register or Login was sent
  kOnline,      // requests are taken
  kLoggingOut,  // Logout was sent, or will be after the last replies
  kWaiting,     // until the next try
};

// Inputs that a pure class must be given.
struct Moment {
  absl::Time now;
  double jitter = 0;  // random, 0 <= jitter < 1
};

// What the shell does: make a connection (then OnConnected, which has said
// Hello, or OnConnectFailed), drop it without a word back, or send a frame.
struct Connect {};
struct Disconnect {};
using Order = std::variant<Connect, Disconnect, pb::ClientFrame>;

class ClientCore {
 public:
  static constexpr absl::Duration kFirstDelay = absl::Seconds(1);
  static constexpr absl::Duration kLongestDelay = absl::Seconds(30);
  // Online for less than this does not shorten the next delay.
  static constexpr absl::Duration kStable = absl::Seconds(10);
  // How long the server may take our broken connection for alive:
  // wire::kDeadAfter and a bit.
  static constexpr absl::Duration kGhost = absl::Seconds(90);

  explicit ClientCore(CoreOptions options);

  // Begins, or begins anew once offline. Without credentials it asks only
  // whether a server is there: Reachable or Offline follows.
  void Start(std::optional<Credentials> credentials, Moment moment);
  // Says goodbye if online, once what was sent before is answered or
  // logout_time has passed, then ends; Offline{kEnded} follows.
  void Logout(Moment moment);
  // Returns the id that Replied will carry.
  uint64_t Send(pb::ClientFrame request);

  void OnConnected(Moment moment);
  void OnConnectFailed(std::string_view why, Moment moment);
  void OnFrame(const pb::ServerFrame& frame, Moment moment);
  // `code`, `why`: as Link tells them. Not after a Disconnect.
  void OnClosed(pb::Code code, std::string_view why, Moment moment);

  absl::Time NextDeadline() const { return deadline_; }
  void OnDeadline(Moment moment);

  std::optional<Order> PollOrder();
  std::optional<Event> PollEvent();

  State state() const { return state_; }
  const std::string& alias() const { return alias_; }
  size_t unanswered() const { return pending_.size(); }

 private:
  struct Pending {
    bool is_say = false;
    bool is_catch_up = false;  // the core's own FetchHistory
    std::string room;
    std::string text;
  };

  void Enter(State state, absl::Time deadline);
  void TryConnect(Moment moment);
  uint64_t Transmit(pb::ClientFrame frame);
  void SendLogin(absl::Time now);
  void SendLogout();
  void OnGreeting(const pb::ServerFrame& frame, Moment moment);
  void OnLoginFrame(const pb::ServerFrame& frame, Moment moment);
  void OnLoginError(const pb::Error& error, Moment moment);
  void GoOnline(const pb::LoginReply& reply, absl::Time now);
  void OnReply(const pb::ServerFrame& frame);
  void OnCatchUp(const std::string& room, const pb::ServerFrame& frame);
  void OnEvent(const pb::ServerFrame& frame);
  void Fetch(std::optional<pb::FetchHistory> fetch);
  RoomFollower& Room(const std::string& room);
  void Push(std::vector<Event> events);

  struct Failure {
    Trouble trouble = Trouble::kTemporary;
    pb::Code code = pb::CODE_UNSPECIFIED;
    std::string why;
    absl::Duration retry_after;
    bool may_retry = true;
  };
  void Fail(const Failure& failure, Moment moment);
  void FailPending();
  absl::Duration Delay(const Failure& failure, double jitter);

  CoreOptions options_;
  std::optional<Credentials> credentials_;
  State state_ = State::kOffline;
  absl::Time deadline_ = absl::InfiniteFuture();
  bool connected_ = false;  // a transport exists or is being made
  std::string alias_;
  uint64_t last_id_ = 1;  // 1 was the Hello
  uint64_t login_id_ = 0;
  bool account_unsure_ = false;   // Register was sent, its answer never came
  bool account_pending_ = false;  // Register is the request of login_id_
  bool was_online_ = false;
  bool logout_sent_ = false;
  int failures_ = 0;
  absl::Time online_since_ = absl::InfiniteFuture();
  absl::Time ghost_until_ = absl::InfinitePast();
  std::optional<pb::Goodbye> goodbye_;
  std::map<uint64_t, Pending> pending_;
  std::map<std::string, RoomFollower> rooms_;
  std::deque<Order> orders_;
  std::deque<Event> events_;
};

}  // namespace chat77::client

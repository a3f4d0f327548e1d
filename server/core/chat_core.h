// The rules of the chat, pure: events in, effects out. No socket, no clock, no
// randomness, no lock; the same events give the same effects, always.
//
// One owner, one thread. The shell feeds it and carries out its effects in
// order, before the next event.
//
//   Effects effects;
//   core.Handle(SessionRequested{session, &frame}, now, effects);
//   // say -> Append{token}          ... the store commits ...
//   core.Handle(Committed{token, seq}, now, effects);
//   //     -> Send{SayReply}, TellRoom{Said}
//
// What the room hears stands in one order, RoomOrder below: a message, a join
// or a leave takes its place when it happens and is told when everything
// before it was told and it is itself on disk. So nobody hears "ann left"
// before ann's last words.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "proto/limits.h"
#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/core/presence.h"
#include "server/core/private_links.h"

namespace chat77::server {

struct CoreOptions {
  // Where the lobby stands, from the store (see chat77.v1.RoomPosition).
  uint64_t epoch = 1;
  uint64_t last_seq = 0;
  // False: messages are sequenced and told, not stored.
  bool history = true;
};

class ChatCore {
 public:
  explicit ChatCore(CoreOptions options) : options_(options) {}

  // Appends to `effects`.
  void Handle(const Event& event, absl::Time now, Effects& effects);

  // For tests and notices; whoever has not joined yet is not counted.
  size_t online() const;
  const PrivateLinks& links() const { return links_; }
  const Presence& presence() const { return presence_; }

 private:
  struct Origin {
    std::string address;
    uint16_t port = 0;
  };
  struct Session {
    std::unique_ptr<Origin> origin;  // until a login with it is on record
    std::shared_ptr<User> user;      // nullptr: not logged in
    bool waiting = false;            // for a password or a login's record
    bool leaving = false;  // logged out; its last words are being written
  };

  // A login or registration under way outside.
  struct Attempt {
    SessionId session;
    uint64_t request_id = 0;
    std::string alias;
    bool take_over = false;
  };
  struct HistoryAttempt {
    SessionId session;
    uint64_t request_id = 0;
  };

  // What takes a place in the room's order.
  struct Spoken {
    SessionId session;
    uint64_t request_id = 0;
    std::shared_ptr<User> user;
    std::string text;
    absl::Time time;
    uint64_t seq = 0;  // once stored
  };
  struct Arrival {
    std::shared_ptr<User> user;
    uint64_t request_id = 0;
    absl::Time time;
  };
  struct Departure {
    std::shared_ptr<User> user;
    pb::LeaveReason reason = pb::LEAVE_REASON_UNSPECIFIED;
    absl::Time time;
    uint64_t logout_id = 0;  // of the request, if it was one
  };
  struct Place {
    Token awaited;  // 0: ready
    std::variant<Spoken, Arrival, Departure> what;
  };

  enum class Stage : uint8_t {
    kServing,
    kStopping,  // the room's order still holds something; nobody gets in
    kStopped,   // everybody was told goodbye; no event has an effect
  };

  // The request being answered.
  struct Request {
    SessionId session;
    uint64_t id = 0;
    std::shared_ptr<User> user;  // nullptr before login
    absl::Time now;
    Effects& effects;
  };

  // handle_session.cc: getting in and out.
  void On(const SessionOpened& event, absl::Time now, Effects& effects);
  void On(const SessionRequested& event, absl::Time now, Effects& effects);
  void On(const SessionClosed& event, absl::Time now, Effects& effects);
  void On(const PasswordChecked& event, absl::Time now, Effects& effects);
  void On(const AccountCreated& event, absl::Time now, Effects& effects);
  void On(const StopRequested& event, absl::Time now, Effects& effects);
  std::optional<Attempt> TakeAttempt(Token token);
  void Register(const pb::Register& request, Request& context);
  void Login(const pb::Login& request, Request& context);
  void Logout(Request& context);
  void BeginStay(const Attempt& attempt, std::string alias, absl::Time now,
                 Effects& effects);
  void EndStay(const std::shared_ptr<User>& user, pb::LeaveReason reason,
               std::string_view why, absl::Time now, Effects& effects,
               uint64_t logout_id = 0);
  void TellPeersOfLeave(const User& user, Effects& effects);
  void Dismiss(SessionId session, pb::Code code, std::string_view sentence,
               Effects& effects);

  // handle_room.cc: the room and its order.
  void On(const Committed& event, absl::Time now, Effects& effects);
  void On(const HistoryRead& event, absl::Time now, Effects& effects);
  void Say(const pb::Say& request, Request& context);
  void ListOnline(const pb::ListOnline& request, Request& context);
  void FetchHistory(const pb::FetchHistory& request, Request& context);
  void Release(Effects& effects);
  void Tell(Spoken& spoken, Effects& effects);
  void Tell(Arrival& arrival, Effects& effects);
  void Tell(Departure& departure, Effects& effects);
  void TellStop(Effects& effects);
  void Resolve(Place& place, const absl::StatusOr<int64_t>& value,
               Effects& effects);
  void RefuseArrival(const Arrival& arrival, Effects& effects);
  void RefuseSpoken(const Spoken& spoken, Effects& effects);
  bool RefuseRoom(const std::string& room, Request& context);

  // handle_private.cc: private chat.
  void RequestPrivate(const pb::RequestPrivate& request, Request& context);
  void AcceptPrivate(const pb::AcceptPrivate& request, Request& context);
  void RejectPrivate(const pb::RejectPrivate& request, Request& context);
  void EndPrivate(const pb::EndPrivate& request, Request& context);
  void ListPrivate(Request& context);
  void SendPrivate(const pb::SendPrivate& request, Request& context);
  std::shared_ptr<User> OtherUser(const std::string& alias, Request& context);

  // chat_core.cc
  void Dispatch(const pb::ClientFrame& frame, Request& context);
  void DispatchOnline(const pb::ClientFrame& frame, Request& context);
  Token NextToken() { return Token{++last_token_}; }

  const CoreOptions options_;
  absl::flat_hash_map<SessionId, Session> sessions_;
  Presence presence_;
  PrivateLinks links_;
  absl::flat_hash_map<Token, Attempt> attempts_;
  absl::flat_hash_map<Token, HistoryAttempt> history_attempts_;
  std::deque<Place> order_;
  uint64_t last_seq_ = options_.last_seq;
  uint64_t last_token_ = 0;
  Stage stage_ = Stage::kServing;
  absl::Time stop_time_;
};

}  // namespace chat77::server

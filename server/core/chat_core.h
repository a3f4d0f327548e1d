// The rules of the chat, pure: events in, effects out. No socket, no clock, no
// randomness, no lock; the same events give the same effects, always.
//
// One owner, one thread. The shell feeds it and carries out its effects in
// order, before the next event.
//
//   Effects effects;
//   core.Handle(SessionRequested{session, &frame}, now, effects);
//   // say -> Append{token, entry}   ... the store commits ...
//   core.Handle(Committed{token, outcome}, now, effects);
//   //     -> Send{SayReply}, TellRoom{Said}
//
// This class only routes: each event and each request to the part of the core
// that knows what to do, and what the ledger releases back to it.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/core/attempts.h"
#include "server/core/blocks.h"
#include "server/core/core_options.h"
#include "server/core/devices.h"
#include "server/core/direct_rooms.h"
#include "server/core/directory.h"
#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/core/histories.h"
#include "server/core/ledger.h"
#include "server/core/moderation.h"
#include "server/core/overload.h"
#include "server/core/passwords.h"
#include "server/core/presence.h"
#include "server/core/private_changes.h"
#include "server/core/private_chats.h"
#include "server/core/repeats.h"
#include "server/core/request_limits.h"
#include "server/core/returns.h"
#include "server/core/room.h"
#include "server/core/sanctions.h"
#include "server/core/session_front.h"
#include "server/core/sessions.h"
#include "server/core/stays.h"

namespace chat77::server {

class ChatCore {
 public:
  explicit ChatCore(CoreOptions options);
  ChatCore(const ChatCore&) = delete;
  ChatCore& operator=(const ChatCore&) = delete;

  // Appends to `effects`.
  void Handle(const Event& event, const Moment& now, Effects& effects);

  // Those who joined.
  size_t online() const;
  // Nothing is awaited but those who are away.
  bool idle() const;
  const DirectRooms& rooms() const { return rooms_; }
  const Presence& presence() const { return presence_; }
  Overload overload() const { return workload_.level(); }

 private:
  void Route(const Event& event, Turn& turn);
  void On(const SessionRequested& event, Turn& turn);
  void On(const Committed& event, Turn& turn);
  void On(const Restored& event, Turn& turn);

  // True, and answered, if the request needs a login; or an admin.
  static bool RefuseStranger(const Request& request);
  static bool RefuseUnlessAdmin(const Request& request);
  static bool RefuseWhileStopping(const Request& request);
  // True, and answered, if a command that ends the stay is not on disk yet.
  static bool RefuseWhileEnding(const Request& request);
  // True, and answered, if the core remembers it.
  bool AnswerRepeat(const Request& request);
  // The request is new, or of a kind that is carried out each time.
  void CarryOut(const Request& request);
  // Answers it exactly once, now or later.
  void Dispatch(const Request& request);

  // What was held happens, with the outcome of its write; OK if it has none.
  void Release(Held& held, const absl::StatusOr<Outcome>& outcome, Turn& turn);
  void FailHeld(Turn& turn);
  // Nothing is held: tells everybody goodbye.
  void Stop(Turn& turn);

  const CoreOptions options_;
  Stage stage_ = Stage::kServing;
  absl::Time stop_time_;  // by the wall clock
  Workload workload_;
  RequestLimits limits_;
  Presence presence_;
  DirectRooms rooms_;
  Sanctions sanctions_;
  Ledger ledger_;
  Sessions sessions_;
  Room room_;
  PrivateChanges changes_;
  PrivateChats chats_;
  Attempts attempts_;
  Stays stays_;
  Returns returns_;
  SessionFront front_;
  Passwords passwords_;
  Directory directory_;
  Devices devices_;
  Blocks blocks_;
  Moderation moderation_;
  Histories histories_;
  Repeats repeats_;
};

}  // namespace chat77::server

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
// A stay can outlive its connection: a user who can resume and whose
// connection breaks is away for the grace time, and nobody else notices if they
// come back. Only what is on disk is answered: messages, and every change
// between two users in private chat; private texts alone are never stored.
//
// What follows from a write is held in one order (HeldEffects) until the write
// and everything before it is on disk. So nobody hears "ann left" before ann's
// last words.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"

#include "proto/limits.h"
#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/core/held_effects.h"
#include "server/core/login_guard.h"
#include "server/core/overload.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/private_links.h"
#include "server/core/request_rates.h"
#include "server/limits/moment.h"

namespace chat77::server {

struct CoreOptions {
  // Where the lobby stands, from the store (see chat77.v1.RoomPosition).
  uint64_t epoch = 1;
  uint64_t last_seq = 0;
  // False: messages are sequenced and told, not stored.
  bool history = true;
  // How long a user who can resume stays online without a connection.
  absl::Duration grace = wire::kGrace;
  // Random, a multiple of 2^32: tells the stays of this run from earlier ones.
  uint64_t run = 0;
  // Private events of all users that are kept until they are acknowledged.
  size_t mailbox_bytes = 64 * 1024 * 1024;
  // What may wait for the disk (see Overload).
  size_t waiting_bytes = 32 * 1024 * 1024;
  // Who may make an account.
  pb::Registration registration = pb::REGISTRATION_OPEN;
  // Nothing: no limit, for anybody. They never hold for sessions that are
  // SessionOpened::unlimited.
  std::optional<RequestRates> request_rates = std::nullopt;
  std::optional<LoginRates> login_rates = std::nullopt;
};

class ChatCore {
 public:
  explicit ChatCore(CoreOptions options);

  // Appends to `effects`.
  void Handle(const Event& event, const Moment& now, Effects& effects);

  // Those who joined.
  size_t online() const;
  // Nothing is awaited but those who are away.
  bool idle() const;
  const PrivateLinks& links() const { return links_; }
  const Presence& presence() const { return presence_; }
  Overload overload() const;
  size_t mailbox_bytes() const { return mailbox_bytes_; }  // of all users

 private:
  struct Session {
    std::unique_ptr<Origin> origin;  // until a login with it is on record
    std::shared_ptr<User> user;      // nullptr: not logged in
    uint16_t pending = 0;            // requests that wait for the store
    bool resumes = false;            // its client knows how to
    bool waiting = false;            // for a password or a login's record
    bool leaving = false;  // logged out; its last words are being written
    // Its requests that wait because the first of them may have been carried
    // out before; nullptr: none do.
    std::unique_ptr<std::deque<pb::ClientFrame>> parked;
  };

  enum class Stage : uint8_t {
    kServing,
    kStopping,  // something is still held; nobody gets in
    kStopped,   // everybody was told goodbye; no event has an effect
  };

  // The request being answered.
  struct Request {
    SessionId session;
    const pb::ClientFrame& frame;
    uint64_t id = 0;
    uint64_t message_id = 0;
    std::shared_ptr<User> user;  // nullptr before login
    Moment now;
    Effects& effects;
  };

  // handle_session.cc: getting in and out.
  void On(const SessionOpened& event, const Moment& now, Effects& effects);
  void On(const SessionClosed& event, const Moment& now, Effects& effects);
  void On(const PasswordChecked& event, const Moment& now, Effects& effects);
  void On(const StopRequested& event, const Moment& now, Effects& effects);
  void On(const MemoryPressed& event, const Moment& now, Effects& effects);
  std::optional<Attempt> TakeAttempt(Token token);
  // True, and answered, if the session may not log in or register now.
  static bool RefuseLogin(const Session& session, Request& context);
  bool RefuseOverload(Request& context) const;
  static void RefuseFailure(const Attempt& attempt, const absl::Status& status,
                            Effects& effects);
  // The one gate of every way in, by password or token, anew or to go on: true,
  // and answered, if that account may not come in on that session.
  bool RefuseEntry(const Attempt& attempt, const AccountName& account,
                   const Moment& now, Effects& effects);
  // What the store knows of the account.
  static void Know(User& user, const AccountName& account);
  void Enter(const std::shared_ptr<User>& user, Session& session,
             const Moment& now);
  void Login(const pb::Login& request, Request& context);
  void Logout(Request& context);
  void LogOut(SessionId session, uint64_t request_id, const Moment& now,
              Effects& effects);
  void BeginStay(const Attempt& attempt, const AccountName& account,
                 int64_t device, const Moment& now, Effects& effects);
  void EndStay(const std::shared_ptr<User>& user, pb::LeaveReason reason,
               std::string_view why, const Moment& now, Effects& effects,
               uint64_t logout_id = 0, SessionId session = {});
  void FinishLogout(const Lookup& asked, const absl::Status& status,
                    Effects& effects);
  void Finish(const Farewell& farewell, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Dismiss(SessionId session, pb::Code code, std::string_view sentence,
               Effects& effects);
  // Ends a stay and its connection, if it has one.
  void SendAway(const std::shared_ptr<User>& user, std::string_view why,
                pb::Code code, std::string_view sentence, const Moment& now,
                Effects& effects);

  // handle_account.cc: making accounts, changing passwords.
  void On(const AccountCreated& event, const Moment& now, Effects& effects);
  void On(const PasswordChanged& event, const Moment& now, Effects& effects);
  void Register(const pb::Register& request, Request& context);
  bool RefuseRegistration(const pb::Register& request, const Session& session,
                          Request& context);
  void ChangePassword(const pb::ChangePassword& request, Request& context);
  // Whoever came in, or is about to, by the password of before goes.
  void EndOthers(const User& user, const Moment& now, Effects& effects);
  // True, and answered, if it was tried too often.
  bool RefuseTry(std::string_view key, std::string_view group,
                 Request& context);
  // It was right.
  void GiveBackTry(std::string_view key, std::string_view group,
                   const Moment& now);
  // True, and answered, if the request has to wait.
  static bool RefuseRate(absl::Duration wait, std::string_view what,
                         Request& context);
  // Coming again is not a way to ask for more.
  void KeepBudget(const User& user, const Moment& now);

  // handle_resume.cc: stays without a connection.
  void On(const DeviceFound& event, const Moment& now, Effects& effects);
  void On(const PrivateReceived& event, const Moment& now, Effects& effects);
  void On(const Elapsed& event, const Moment& now, Effects& effects);
  void On(const Restored& event, const Moment& now, Effects& effects);
  void Resume(const pb::Resume& request, Request& context);
  void Finish(Return& comes, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Attach(Return& comes, const Moment& now, Effects& effects);
  void RestorePair(const std::shared_ptr<User>& first,
                   const std::shared_ptr<User>& second, bool linked,
                   const Moment& now, Effects& effects);
  void GoAway(const std::shared_ptr<User>& user, Effects& effects);
  void Received(User& user, uint64_t private_seq);
  void NotifyOfLost(User& user, const std::string& alias, bool linked,
                    bool was_asking, Effects& effects);
  uint64_t StayOf(const User& user) const;
  std::optional<uint64_t> ReplayFrom(const Attempt& attempt) const;
  pb::LoginReply& FillLogin(const User& user, const Attempt& attempt,
                            Effects& effects);

  // handle_device.cc: the devices of a user.
  void On(const DevicesRead& event, const Moment& now, Effects& effects);
  void ListDevices(Request& context);
  void Revoke(const pb::RevokeDevice& request, Request& context);
  void Done(const Revoking& done, const Outcome& outcome, const Moment& now,
            Effects& effects);

  // handle_room.cc: the room and its order.
  void On(const Committed& event, const Moment& now, Effects& effects);
  void On(const HistoryRead& event, const Moment& now, Effects& effects);
  void Say(const pb::Say& request, Request& context);
  void ListOnline(const pb::ListOnline& request, Request& context);
  void FetchHistory(const pb::FetchHistory& request, Request& context);
  // Takes out what is held and waits for no write.
  void Release(const Moment& now, Effects& effects);
  // What was held happens, with the outcome of its write; OK if it has none.
  void Finish(Held& held, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Finish(Spoken& spoken, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Finish(Arrival& arrival, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Finish(const Departure& departure,
              const absl::StatusOr<Outcome>& outcome, const Moment& now,
              Effects& effects);
  void Finish(Answered& answered, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  // A commit failed: all that is held was ordered on what is not to be.
  void FailHeld(const Moment& now, Effects& effects);
  // The state as it was before.
  template <class What>
  void Undo(What&) {}
  void Undo(PrivateChange& change);
  void Undo(Departure& departure);
  // And then what happens all the same.
  template <class What>
  void Redo(What&) {}
  void Redo(Departure& departure);
  void Redo(Return& comes);
  // A reply that must not be told before what it says is on disk.
  void Answer(pb::ServerFrame reply, Request& context);
  void RefuseHeld(pb::Code code, std::string_view sentence,
                  std::string_view alias, Request& context);
  void Tell(Spoken& spoken, uint64_t seq, Effects& effects);
  bool TellAgain(const Spoken& spoken, Effects& effects);
  void Tell(Arrival& arrival, Effects& effects);
  void TellStop(Effects& effects);
  void RefuseArrival(const Arrival& arrival, const absl::Status& status,
                     Effects& effects);
  void RefuseSpoken(const Spoken& spoken, Effects& effects);
  bool RefuseRoom(const std::string& room, Request& context);

  // handle_write.cc: what is done once it is on disk.
  void On(const AccountFound& event, const Moment& now, Effects& effects);
  // Asks for the account of that alias; Found goes on with what is sought.
  void Seek(Sought sought, std::string_view alias, Request& context);
  void Found(Blocking blocking, const AccountName& account, const Lookup& asked,
             const Moment& now, Effects& effects);
  void Found(Imposing imposing, const AccountName& account, const Lookup& asked,
             const Moment& now, Effects& effects);
  template <class Effect, class What>
  void Write(Effect effect, What what, const Lookup& asked, Effects& effects);
  void Finish(const PendingWrite& write, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  static void FillFailure(const PendingWrite& write, const absl::Status& status,
                          pb::Error& error);
  static void Answer(const Revoking& done, const Outcome& outcome,
                     pb::ServerFrame& reply);
  static void Answer(const Blocking& done, const Outcome& outcome,
                     pb::ServerFrame& reply);
  static void Answer(const Imposing& done, const Outcome& outcome,
                     pb::ServerFrame& reply);
  static void Answer(const Lifting& done, const Outcome& outcome,
                     pb::ServerFrame& reply);
  static void Answer(const Kicking& done, const Outcome& outcome,
                     pb::ServerFrame& reply);
  static void Answer(const Inviting& done, const Outcome& outcome,
                     pb::ServerFrame& reply);

  // handle_consent.cc: blocking, and requests that nobody answers.
  void Block(const std::string& alias, bool on, Request& context);
  void ListBlocked(Request& context);
  void Done(const Blocking& done, const Outcome& outcome, const Moment& now,
            Effects& effects);
  static bool HasBlocked(const User& user, const User& other);
  static bool HasBlocked(const User& user, const std::string& alias);
  // Whatever is open between one who has blocked the other ends.
  void EndBlocked(const std::shared_ptr<User>& user,
                  const std::shared_ptr<User>& other, const Moment& now,
                  Effects& effects);
  // What `other` did, unless the user hears nothing of them.
  void NotifyOf(const User& other, User& user, pb::ServerFrame event,
                Effects& effects);
  void On(const HourPassed& event, const Moment& now, Effects& effects);

  // handle_moderation.cc: what admins do.
  void On(const AdminMade& event, const Moment& now, Effects& effects);
  void Claim(const pb::ClaimAdmin& request, Request& context);
  void Kick(const pb::Kick& request, Request& context);
  void Mute(const pb::Mute& request, Request& context);
  void Ban(const pb::Ban& request, Request& context);
  void Lift(const pb::Lift& request, Request& context);
  void ListSanctions(Request& context);
  void Invite(Request& context);
  void Done(const Imposing& done, const Outcome& outcome, const Moment& now,
            Effects& effects);
  void Done(const Lifting& done, const Outcome& outcome, const Moment& now,
            Effects& effects);
  void Done(const Kicking& done, const Outcome& outcome, const Moment& now,
            Effects& effects);
  void Done(const Inviting&, const Outcome&, const Moment&, Effects&) {}
  // Who is here all the same.
  std::vector<std::shared_ptr<User>> Banned(const Moment& now) const;
  void EndBanned(const Moment& now, Effects& effects);

  // handle_repeat.cc: requests that may have been carried out before.
  void On(const RequestFound& event, const Moment& now, Effects& effects);
  bool MayBeRepeat(const Request& context) const;
  bool IsHeld(const Request& context) const;
  // True if the request waits until it is known whether it, or one before it,
  // is new.
  bool Park(Request& context);
  void Unpark(SessionId session, const Moment& now, Effects& effects);
  void Finish(const Again& again, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  static void AnswerRepeat(const RequestFound& found,
                           const pb::ClientFrame& frame,
                           pb::ServerFrame& reply);
  // It is new, and is being carried out.
  static void Note(const Request& context);

  // handle_private.cc: private chat, judged.
  // Judges what is asked about another user who is online.
  using Judge = void (ChatCore::*)(const std::shared_ptr<User>& other,
                                   Request& context);
  void AskAbout(const std::string& alias, Judge judge, Request& context);
  void RequestPrivate(const std::shared_ptr<User>& other, Request& context);
  void AcceptPrivate(const std::shared_ptr<User>& other, Request& context);
  void RejectPrivate(const std::shared_ptr<User>& other, Request& context);
  bool RefuseUnasked(const User& other, Request& context);
  void EndPrivate(const std::shared_ptr<User>& other, Request& context);
  void WithdrawPrivate(const std::shared_ptr<User>& other, Request& context);
  void SendPrivate(const std::shared_ptr<User>& other, Request& context);
  void ListPrivate(Request& context);
  const std::string& AliasOf(UserId id) const;
  void FillPrivate(const User& user, pb::ListPrivateReply& list) const;
  static void DropBlocked(const User& user, pb::ListPrivateReply& list);

  // private_change.cc: made, written, told.
  void Change(PrivateChange::Kind kind, const std::shared_ptr<User>& other,
              const pb::ServerFrame& answer, Request& context);
  // Nobody asked for it.
  void ChangeUnasked(PrivateChange::Kind kind,
                     const std::shared_ptr<User>& user,
                     const std::shared_ptr<User>& other, bool tells_user,
                     const Moment& now, Effects& effects);
  void Write(PrivateChange change, const Moment& now, Effects& effects);
  void Make(PrivateChange& change, const Moment& now);
  void Finish(PrivateChange& change, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  void Tell(const PrivateChange& change, Effects& effects);
  void TellPeersOfLeave(const Departure& departure, Effects& effects);
  void Finish(PrivateText& text, const absl::StatusOr<Outcome>& outcome,
              const Moment& now, Effects& effects);
  static void FillNotLinked(const User& other, pb::Error& error);
  static void FillUnreachable(const User& other, pb::Error& error);
  void NotifyUser(User& user, pb::ServerFrame event, Effects& effects);
  bool CanBeTold(const User& user) const;

  // chat_core.cc
  void On(const SessionRequested& event, const Moment& now, Effects& effects);
  // True, and answered.
  bool RefuseWhileStopping(Request& context);
  // True, and answered, if the request needs a login, or an admin.
  bool RefuseStranger(Request& context);
  // The request is new, or of a kind that is carried out each time.
  void CarryOut(Request& context);
  // True, and answered, if the user asks too much.
  bool RefuseRequest(Request& context);
  // True, and answered, if the user asks again too often.
  bool RefuseLookup(Request& context);
  // nullptr: no limits hold for the session.
  RequestBudget* BudgetOf(SessionId session);
  void ChargeRead(SessionId session, const pb::ServerFrame& reply,
                  const Moment& now);
  Request ContextOf(SessionId session, const pb::ClientFrame& frame,
                    const Moment& now, Effects& effects);
  // A request of the session waits for a read; who takes the lookup answers it.
  Token Look(Request& context);
  // Nothing if the session is gone.
  std::optional<Lookup> TakeLookup(Token token);
  // A request that waited was answered; a logout may have waited for it.
  void LookedUp(SessionId session, const Moment& now, Effects& effects);
  // What is not stored: the same id is answered as it was before, by an answer
  // of this kind.
  static bool IsRemembered(const Request& context);
  static bool Repeat(pb::ServerFrame::BodyCase kind, Request& context);
  static void AnswerAgain(const pb::ServerFrame& answer,
                          pb::ServerFrame::BodyCase kind,
                          pb::ServerFrame& reply);
  static void Remember(User& user, uint64_t message_id,
                       const pb::ServerFrame& answer);
  // The answer as it was serialized then; an error if the id was that of a
  // request of another kind.
  static void Recall(const std::string& answer, pb::ServerFrame::BodyCase kind,
                     pb::ServerFrame& reply);
  // The same id for two requests: the answer to one is none to the other.
  static void FillReused(pb::Error& error);
  static void FillUnavailable(pb::Error& error);
  // Answers the request exactly once, or lets its handler do so.
  void Dispatch(Request& context);
  Token NextToken() { return Token{++last_token_}; }

  const CoreOptions options_;
  absl::flat_hash_map<SessionId, Session> sessions_;
  Presence presence_;
  PrivateLinks links_;
  absl::flat_hash_map<Token, Attempt> attempts_;
  absl::flat_hash_map<Token, Lookup> lookups_;
  absl::flat_hash_map<Token, Sought> seeking_;  // of lookups
  absl::flat_hash_map<Token, std::shared_ptr<User>> new_passwords_;
  absl::flat_hash_map<Token, std::shared_ptr<User>> claiming_;
  absl::flat_hash_map<Token, std::shared_ptr<User>> away_;
  absl::flat_hash_map<SessionId, uint64_t> logouts_;  // that wait; requests
  // Devices whose logout is held: they are valid in the store, and nobody may
  // resume with them.
  absl::flat_hash_set<int64_t> logging_out_;
  Sanctions sanctions_;
  std::optional<LoginGuard> login_guard_;
  SpentBudgets spent_;
  HeldEffects held_;
  size_t waiting_bytes_ = 0;             // of held_
  Overload pressure_ = Overload::kNone;  // from outside
  size_t mailbox_bytes_ = 0;
  uint64_t last_seq_ = options_.last_seq;
  uint64_t last_token_ = 0;
  Stage stage_ = Stage::kServing;
  absl::Time stop_time_;  // by the wall clock
};

}  // namespace chat77::server

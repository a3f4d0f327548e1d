#include "server/core/chat_core.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "proto/request_traits.h"

namespace chat77::server {
namespace {

// When the first and the last of those whom a stopping server sends away are to
// come back.
constexpr uint32_t kComeBackMs = 1000;
constexpr uint64_t kLastBackMs = 30000;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace

ChatCore::ChatCore(CoreOptions options)
    : options_(options),
      workload_(options_.waiting_bytes),
      limits_(options_),
      rooms_(presence_),
      ledger_(workload_,
              [this](Held& held, const absl::StatusOr<Outcome>& outcome,
                     Turn& turn) { Release(held, outcome, turn); }),
      sessions_(ledger_, [this](const Asked& logout,
                                Turn& turn) { stays_.LogOut(logout, turn); }),
      room_(options_, sessions_, presence_, ledger_, workload_, limits_),
      changes_(options_, rooms_, sessions_, presence_, ledger_, limits_),
      chats_(options_, sessions_, presence_, workload_, ledger_, rooms_,
             changes_),
      attempts_(ledger_, sessions_),
      stays_(options_, sessions_, attempts_, presence_, ledger_, limits_, room_,
             rooms_, changes_, chats_),
      returns_(options_, sessions_, presence_, ledger_, limits_, room_, rooms_,
               changes_, chats_, stays_),
      front_(options_, sessions_, presence_, attempts_, limits_, workload_,
             sanctions_, stays_, returns_),
      passwords_(sessions_, presence_, attempts_, limits_, workload_, stays_),
      directory_(sessions_, ledger_),
      devices_(sessions_, presence_, attempts_, directory_, stays_),
      blocks_(sessions_, presence_, attempts_, directory_, rooms_, changes_,
              limits_),
      moderation_(sessions_, presence_, attempts_, limits_, directory_,
                  sanctions_, stays_),
      histories_(options_, sessions_, presence_, limits_, room_, rooms_,
                 directory_),
      repeats_(options_, sessions_, ledger_, limits_, room_,
               [this](const Request& request) { CarryOut(request); }) {}

size_t ChatCore::online() const {
  const auto& all = presence_.all();
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(),
                    [](const auto& entry) { return entry.second->joined; }));
}

bool ChatCore::idle() const {
  return ledger_.empty() && workload_.empty() && attempts_.empty() &&
         sessions_.idle() && stays_.idle() && directory_.idle() &&
         passwords_.idle() && moderation_.idle();
}

// ---- events -----------------------------------------------------------------

void ChatCore::Handle(const Event& event, const Moment& now, Effects& effects) {
  Turn turn{now, effects, stage_};
  Route(event, turn);
  // Behind all that the event brings: some of it may follow what settles.
  if (stage_ == Stage::kStopping && ledger_.empty()) Stop(turn);
}

void ChatCore::Route(const Event& event, Turn& turn) {
  const Overloaded route{
      [&](const SessionOpened& e) {
        if (stage_ != Stage::kStopped) front_.On(e);
      },
      [&](const SessionClosed& e) { front_.On(e, turn); },
      [&](const SessionRequested& e) { On(e, turn); },
      [&](const PasswordChecked& e) { front_.On(e, turn); },
      [&](const DeviceFound& e) { front_.On(e, turn); },
      [&](const AccountCreated& e) { front_.On(e, turn); },
      [&](const AccountFound& e) { directory_.On(e, turn); },
      [&](const PasswordChanged& e) { passwords_.On(e, turn); },
      [&](const AdminMade& e) { moderation_.On(e, turn); },
      [&](const Committed& e) { On(e, turn); },
      [&](const RequestFound& e) { repeats_.On(e, turn); },
      [&](const RoomsRead& e) { stays_.On(e, turn); },
      [&](const DevicesRead& e) { devices_.On(e, turn); },
      [&](const HistoryRead& e) { histories_.On(e, turn); },
      [&](const Elapsed& e) { returns_.On(e, turn); },
      [&](const HourPassed&) {
        if (stage_ != Stage::kServing) return;
        sanctions_.ForgetExpired(turn.now.steady);
        changes_.Expire(turn);
      },
      [&](const Restored& e) { On(e, turn); },
      [&](const MemoryPressed& e) { workload_.Press(e.level); },
      [&](const StopRequested&) {
        if (stage_ != Stage::kServing) return;
        stage_ = Stage::kStopping;
        stop_time_ = turn.now.wall;
      },
  };
  std::visit(route, event);
}

void ChatCore::On(const Restored& event, Turn& turn) {
  for (const Sanction& sanction : event.sanctions) sanctions_.Add(sanction);
  returns_.Restore(event, turn);
  moderation_.EndBanned(turn);
}

void ChatCore::On(const Committed& event, Turn& turn) {
  if (ledger_.IsFailure(event)) FailHeld(turn);
  ledger_.Settle(event, turn);
  if (event.outcome.ok()) changes_.OnCommit(turn);
}

// ---- requests ---------------------------------------------------------------

void ChatCore::On(const SessionRequested& event, Turn& turn) {
  const SessionState* session = sessions_.Find(event.session);
  if (session == nullptr || session->leaving) return;
  const Request request =
      sessions_.RequestOf(event.session, *event.frame, turn);
  if (RefuseWhileStopping(request) || RefuseStranger(request) ||
      RefuseWhileEnding(request) || repeats_.Park(request)) {
    return;
  }
  CarryOut(request);
}

bool ChatCore::RefuseWhileStopping(const Request& request) {
  if (request.turn.stage == Stage::kServing) return false;
  request.Refuse(pb::SERVER_STOPPING,
                 "The server is stopping; please come back in a moment.");
  return true;
}

bool ChatCore::RefuseStranger(const Request& request) {
  const auto needs = wire::TraitsOf(request.frame.request_case()).needs;
  if (needs == pb::RequestOptions::NO_LOGIN) return false;
  if (request.user != nullptr && request.user->joined) return false;
  request.Refuse(pb::NOT_LOGGED_IN, "Log in first.");
  return true;
}

bool ChatCore::RefuseWhileEnding(const Request& request) {
  if (request.user == nullptr || request.user->ending == 0) return false;
  request.Refuse(pb::BUSY,
                 "Your connection is about to be ended; please try again in a "
                 "moment.",
                 {}, kBusyRetryMs);
  return true;
}

bool ChatCore::RefuseUnlessAdmin(const Request& request) {
  const auto needs = wire::TraitsOf(request.frame.request_case()).needs;
  if (needs != pb::RequestOptions::ADMIN || request.user->admin) return false;
  request.Refuse(pb::FORBIDDEN, "Only an admin of this server may do that.");
  return true;
}

bool ChatCore::AnswerRepeat(const Request& request) {
  return request.frame.has_say() && room_.AnswerRepeat(request);
}

void ChatCore::CarryOut(const Request& request) {
  if (RefuseWhileStopping(request) || AnswerRepeat(request) ||
      limits_.RefuseRequest(request) || RefuseUnlessAdmin(request)) {
    return;
  }
  Dispatch(request);
}

// The switch has no default, so that the compiler names a request it misses
// (-Wswitch).
void ChatCore::Dispatch(const Request& request) {
  using Kind = pb::ClientFrame;
  const pb::ClientFrame& frame = request.frame;
  switch (frame.request_case()) {
    case Kind::kHello:
    case Kind::kPing:
      return request.Refuse(pb::INVALID_ARGUMENT,
                            "The connection answers that itself.");
    case Kind::kRegister:
      return front_.Register(frame.register_(), request);
    case Kind::kLogin:
      return front_.Login(frame.login(), request);
    case Kind::kResume:
      return front_.Resume(frame.resume(), request);
    case Kind::kLogout:
      return sessions_.LogOutOnceSettled(request);
    case Kind::kListDevices:
      return devices_.List(request);
    case Kind::kRevokeDevice:
      return devices_.Revoke(frame.revoke_device(), request);
    case Kind::kChangePassword:
      return passwords_.Change(frame.change_password(), request);
    case Kind::kSay:
      return room_.Say(
          frame.say(),
          sanctions_.MuteOf(request.user->account, request.turn.now.steady),
          request);
    case Kind::kListOnline:
      return room_.ListOnline(frame.list_online(), request);
    case Kind::kFetchHistory:
      return histories_.Fetch(frame.fetch_history(), request);
    case Kind::kMarkRead:
      return histories_.Mark(frame.mark_read(), request);
    case Kind::kRequestPrivate:
      return chats_.Ask(frame.request_private(), request);
    case Kind::kAcceptPrivate:
      return chats_.Accept(frame.accept_private(), request);
    case Kind::kRejectPrivate:
      return chats_.Reject(frame.reject_private(), request);
    case Kind::kEndPrivate:
      return chats_.End(frame.end_private(), request);
    case Kind::kWithdrawRequest:
      return chats_.Withdraw(frame.withdraw_request(), request);
    case Kind::kSendPrivate:
      return chats_.Send(frame.send_private(), request);
    case Kind::kListPrivate:
      return chats_.List(request);
    case Kind::kBlock:
      return blocks_.Block(frame.block().alias(), true, request);
    case Kind::kUnblock:
      return blocks_.Block(frame.unblock().alias(), false, request);
    case Kind::kListBlocked:
      return blocks_.List(request);
    case Kind::kClaimAdmin:
      return moderation_.Claim(frame.claim_admin(), request);
    case Kind::kKick:
      return moderation_.Kick(frame.kick(), request);
    case Kind::kMute:
      return moderation_.Mute(frame.mute(), request);
    case Kind::kBan:
      return moderation_.Ban(frame.ban(), request);
    case Kind::kLift:
      return moderation_.Lift(frame.lift(), request);
    case Kind::kListSanctions:
      return moderation_.List(request);
    case Kind::kCreateInvitation:
      return moderation_.Invite(request);
    case Kind::REQUEST_NOT_SET:
      return request.Refuse(pb::UNIMPLEMENTED,
                            "This server does not know that request.");
  }
}

// ---- what was held ----------------------------------------------------------

void ChatCore::Release(Held& held, const absl::StatusOr<Outcome>& outcome,
                       Turn& turn) {
  const Overloaded finish{
      [&](Spoken& what) { room_.Finish(what, outcome, turn); },
      [&](Arrival& what) { stays_.Finish(what, outcome, turn); },
      [&](Departure& what) { stays_.Finish(what, turn); },
      [&](Farewell& what) { stays_.Finish(what, outcome.status(), turn); },
      [&](Return& what) { returns_.Finish(what, turn); },
      [&](PrivateChange& what) { changes_.Finish(what, outcome, turn); },
      [&](PrivateText& what) { chats_.Finish(what, outcome, turn); },
      [&](Answered& what) { sessions_.Finish(what, outcome, turn); },
      [&](Command& what) { directory_.Finish(what, outcome, turn); },
      [&](Again& what) { repeats_.Finish(what, turn); },
  };
  std::visit(finish, held);
}

// All state goes back to what it was, newest first. What happens all the same
// (somebody left, or came back) is then done again, oldest first.
void ChatCore::FailHeld(Turn& turn) {
  const Overloaded undo{
      [&](const Spoken& spoken) { room_.Undo(spoken); },
      [&](const PrivateText& text) { PrivateChats::Undo(text); },
      [&](const PrivateChange& change) {
        PrivateChanges::Undo(change);
        changes_.ReconcileLater(change.room);
      },
      [&](Command& command) { Directory::Undo(command); },
      [](const auto&) {},
  };
  const Overloaded redo{
      [&](Return& comes) { returns_.Redo(comes); },
      [](const auto&) {},
  };
  ledger_.Fail(undo, redo, turn);
}

// Is not held: those who leave while it waits go before it.
void ChatCore::Stop(Turn& turn) {
  stage_ = Stage::kStopped;
  stays_.Stop(stop_time_, turn);
  const std::vector<SessionId> sessions = sessions_.All();
  // One after the other, a fraction of a millisecond apart, so that they do not
  // come back at once.
  const uint64_t span =
      std::min<uint64_t>(kLastBackMs - kComeBackMs, sessions.size() / 2);
  for (size_t i = 0; i < sessions.size(); ++i) {
    const uint64_t wait = kComeBackMs + i * span / sessions.size();
    turn.effects.push_back(
        CloseSession{sessions[i], pb::SERVER_STOPPING,
                     "The server is stopping. Come back soon.",
                     static_cast<uint32_t>(wait)});
  }
  sessions_.Clear();
  turn.effects.push_back(Stopped{});
}

}  // namespace chat77::server

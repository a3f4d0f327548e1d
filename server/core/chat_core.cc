#include "server/core/chat_core.h"

#include <algorithm>
#include <utility>

#include "proto/request_traits.h"
#include "server/core/reply.h"

namespace chat77::server {

ChatCore::ChatCore(CoreOptions options) : options_(options) {
  if (options_.login_rates) login_guard_.emplace(*options_.login_rates);
}

void ChatCore::Handle(const Event& event, const Moment& now, Effects& effects) {
  std::visit([&](const auto& happened) { On(happened, now, effects); }, event);
  // Behind all that the event brings: some of it may follow what settles.
  if (stage_ == Stage::kStopping && held_.empty()) TellStop(effects);
}

size_t ChatCore::online() const {
  const auto& all = presence_.all();
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(),
                    [](const auto& entry) { return entry.second->joined; }));
}

bool ChatCore::idle() const {
  return held_.empty() && waiting_bytes_ == 0 && attempts_.empty() &&
         lookups_.empty() && seeking_.empty() && new_passwords_.empty() &&
         claiming_.empty() && logouts_.empty();
}

Overload ChatCore::overload() const {
  const size_t limit = options_.waiting_bytes;
  Overload waiting = Overload::kNone;
  if (waiting_bytes_ >= limit / 2) waiting = Overload::kConnections;
  if (waiting_bytes_ >= limit / 4 * 3) waiting = Overload::kLogins;
  if (waiting_bytes_ >= limit) waiting = Overload::kSays;
  return std::max(waiting, pressure_);
}

void ChatCore::On(const MemoryPressed& event, const Moment&, Effects&) {
  pressure_ = event.level;
}

ChatCore::Request ChatCore::ContextOf(SessionId session,
                                      const pb::ClientFrame& frame,
                                      const Moment& now, Effects& effects) {
  return {session,
          frame,
          frame.request_id(),
          frame.message_id(),
          sessions_[session].user,
          now,
          effects};
}

void ChatCore::On(const SessionRequested& event, const Moment& now,
                  Effects& effects) {
  const auto session = sessions_.find(event.session);
  if (session == sessions_.end() || session->second.leaving) return;
  Request context = ContextOf(event.session, *event.frame, now, effects);
  if (RefuseWhileStopping(context)) return;
  if (RefuseStranger(context) || Park(context)) return;
  CarryOut(context);
}

bool ChatCore::RefuseWhileStopping(Request& context) {
  if (stage_ == Stage::kServing) return false;
  Refuse(context.session, context.id, pb::SERVER_STOPPING,
         "The server is stopping; please come back in a moment.",
         context.effects);
  return true;
}

bool ChatCore::RefuseStranger(Request& context) {
  const auto needs = wire::TraitsOf(context.frame.request_case()).needs;
  if (needs == pb::RequestOptions::NO_LOGIN) return false;
  if (context.user == nullptr || !context.user->joined) {
    Refuse(context.session, context.id, pb::NOT_LOGGED_IN, "Log in first.",
           context.effects);
    return true;
  }
  if (needs != pb::RequestOptions::ADMIN || context.user->admin) return false;
  Refuse(context.session, context.id, pb::FORBIDDEN,
         "Only an admin of this server may do that.", context.effects);
  return true;
}

void ChatCore::CarryOut(Request& context) {
  if (RefuseWhileStopping(context) || RefuseRequest(context)) return;
  Dispatch(context);
}

bool ChatCore::RefuseRequest(Request& context) {
  RequestBudget* const budget = BudgetOf(context.session);
  if (budget == nullptr) return false;
  // Who asks again what was delivered gets the answer: a client relies on any
  // refusal of a private text to mean that it was not.
  if (wire::TraitsOf(context.frame.request_case()).once() &&
      IsRemembered(context)) {
    return false;
  }
  return RefuseRate(
      budget->Take(context.frame, *options_.request_rates, context.now.steady),
      "That was too much at once", context);
}

bool ChatCore::RefuseLookup(Request& context) {
  RequestBudget* const budget = BudgetOf(context.session);
  if (budget == nullptr) return false;
  return RefuseRate(
      budget->TakeLookup(*options_.request_rates, context.now.steady),
      "That was asked again too often", context);
}

RequestBudget* ChatCore::BudgetOf(SessionId session) {
  const std::shared_ptr<User>& user = sessions_[session].user;
  if (user == nullptr || user->guest == nullptr || !user->guest->budget) {
    return nullptr;
  }
  return &*user->guest->budget;
}

void ChatCore::ChargeRead(SessionId session, const pb::ServerFrame& reply,
                          const Moment& now) {
  if (RequestBudget* const budget = BudgetOf(session)) {
    budget->ChargeRead(reply.ByteSizeLong(), *options_.request_rates,
                       now.steady);
  }
}

// The switch has no default, so that the compiler names a request it misses
// (-Wswitch).
void ChatCore::Dispatch(Request& context) {
  using Kind = pb::ClientFrame;
  const pb::ClientFrame& frame = context.frame;
  switch (frame.request_case()) {
    case Kind::kHello:
    case Kind::kPing:
      return Refuse(context.session, context.id, pb::INVALID_ARGUMENT,
                    "The connection answers that itself.", context.effects);
    case Kind::kRegister:
      return Register(frame.register_(), context);
    case Kind::kLogin:
      return Login(frame.login(), context);
    case Kind::kResume:
      return Resume(frame.resume(), context);
    case Kind::kLogout:
      return Logout(context);
    case Kind::kListDevices:
      return ListDevices(context);
    case Kind::kRevokeDevice:
      return Revoke(frame.revoke_device(), context);
    case Kind::kChangePassword:
      return ChangePassword(frame.change_password(), context);
    case Kind::kSay:
      return Say(frame.say(), context);
    case Kind::kListOnline:
      return ListOnline(frame.list_online(), context);
    case Kind::kFetchHistory:
      return FetchHistory(frame.fetch_history(), context);
    case Kind::kRequestPrivate:
      return AskAbout(frame.request_private().alias(),
                      &ChatCore::RequestPrivate, context);
    case Kind::kAcceptPrivate:
      return AskAbout(frame.accept_private().alias(), &ChatCore::AcceptPrivate,
                      context);
    case Kind::kRejectPrivate:
      return AskAbout(frame.reject_private().alias(), &ChatCore::RejectPrivate,
                      context);
    case Kind::kEndPrivate:
      return AskAbout(frame.end_private().alias(), &ChatCore::EndPrivate,
                      context);
    case Kind::kWithdrawRequest:
      return AskAbout(frame.withdraw_request().alias(),
                      &ChatCore::WithdrawPrivate, context);
    case Kind::kSendPrivate:
      if (Repeat(pb::ServerFrame::kSendPrivate, context)) return;
      return AskAbout(frame.send_private().alias(), &ChatCore::SendPrivate,
                      context);
    case Kind::kListPrivate:
      return ListPrivate(context);
    case Kind::kBlock:
      return Block(frame.block().alias(), true, context);
    case Kind::kUnblock:
      return Block(frame.unblock().alias(), false, context);
    case Kind::kListBlocked:
      return ListBlocked(context);
    case Kind::kClaimAdmin:
      return Claim(frame.claim_admin(), context);
    case Kind::kKick:
      return Kick(frame.kick(), context);
    case Kind::kMute:
      return Mute(frame.mute(), context);
    case Kind::kBan:
      return Ban(frame.ban(), context);
    case Kind::kLift:
      return Lift(frame.lift(), context);
    case Kind::kListSanctions:
      return ListSanctions(context);
    case Kind::kCreateInvitation:
      return Invite(context);
    case Kind::REQUEST_NOT_SET:
      return Refuse(context.session, context.id, pb::UNIMPLEMENTED,
                    "This server does not know that request.", context.effects);
  }
}

// ---- requests that wait for the store ---------------------------------------

Token ChatCore::Look(Request& context) {
  const Token token = NextToken();
  ++sessions_[context.session].pending;
  lookups_[token] = Lookup{context.session, context.id};
  return token;
}

std::optional<Lookup> ChatCore::TakeLookup(Token token) {
  const auto entry = lookups_.extract(token);
  if (entry.empty() || !sessions_.contains(entry.mapped().session)) {
    return std::nullopt;
  }
  return entry.mapped();
}

void ChatCore::LookedUp(SessionId id, const Moment& now, Effects& effects) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  if (--session->second.pending > 0) return;
  const auto logout = logouts_.extract(id);
  if (!logout.empty()) LogOut(id, logout.mapped(), now, effects);
}

// ---- asked before -----------------------------------------------------------

bool ChatCore::IsRemembered(const Request& context) {
  return context.user->answers != nullptr &&
         context.user->answers->Find(context.message_id) != nullptr;
}

bool ChatCore::Repeat(pb::ServerFrame::BodyCase kind, Request& context) {
  if (!IsRemembered(context)) return false;
  AnswerAgain(*context.user->answers->Find(context.message_id), kind,
              Reply(context.session, context.id, context.effects));
  return true;
}

void ChatCore::AnswerAgain(const pb::ServerFrame& answer,
                           pb::ServerFrame::BodyCase kind,
                           pb::ServerFrame& reply) {
  if (answer.body_case() == kind) {
    reply.MergeFrom(answer);
  } else {
    FillReused(*reply.mutable_error());
  }
}

void ChatCore::Remember(User& user, uint64_t message_id,
                        const pb::ServerFrame& answer) {
  if (message_id == 0) return;
  if (user.answers == nullptr) user.answers = std::make_unique<RecentAnswers>();
  user.answers->Add(message_id, answer);
}

void ChatCore::Recall(const std::string& answer, pb::ServerFrame::BodyCase kind,
                      pb::ServerFrame& reply) {
  const uint64_t reply_to = reply.reply_to();
  // What was written by this program is read by it.
  if (!reply.ParseFromString(answer)) {
    FillUnavailable(*reply.mutable_error());
  } else if (reply.body_case() != kind) {
    FillReused(*reply.mutable_error());
  }
  reply.set_reply_to(reply_to);
}

void ChatCore::FillReused(pb::Error& error) {
  error.set_code(pb::INVALID_ARGUMENT);
  error.set_sentence(
      "That message_id stands for another request; choose one "
      "that was not used.");
}

void ChatCore::FillUnavailable(pb::Error& error) {
  error.set_code(pb::UNAVAILABLE);
  error.set_sentence(
      "The server cannot reach its store just now; please try again.");
  error.set_retry_after_ms(1000);
}

}  // namespace chat77::server

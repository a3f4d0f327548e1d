// Stays that outlive a connection: going away, coming back, waiting in vain,
// and those that a restart of the server brings along.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {
namespace {

constexpr char kInvalidToken[] =
    "This device is not known, or no longer; please log in with the password.";
constexpr uint32_t kEnteringRetryMs = 100;

}  // namespace

void ChatCore::Resume(const pb::Resume& request, Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(context.session, context.id, code, sentence, context.effects);
  };
  Session& session = sessions_[context.session];
  if (!session.resumes) {
    return refuse(pb::INVALID_ARGUMENT, "Ask for FEATURE_RESUME in the Hello.");
  }
  if (RefuseRoom(request.room(), context)) return;
  if (RefuseLogin(session, context) || RefuseOverload(context)) return;
  if (request.device_token().size() != wire::kDeviceTokenBytes) {
    return refuse(pb::TOKEN_INVALID, kInvalidToken);
  }
  // By the token: many who come back from one place at once are no guessers.
  std::string tried = "token " + request.device_token();
  if (RefuseTry(tried, session.origin->group, context)) return;
  session.waiting = true;
  const Token token = NextToken();
  Attempt& attempt = attempts_[token];
  attempt.session = context.session;
  attempt.request_id = context.id;
  attempt.alias = std::move(tried);
  attempt.take_over = request.take_over();
  attempt.place.emplace(Position{request.epoch(), request.seq(), request.stay(),
                                 request.private_seq()});
  context.effects.push_back(
      FindDevice{token, request.device_token(), context.now.steady});
}

void ChatCore::On(const DeviceFound& event, const Moment& now,
                  Effects& effects) {
  const std::optional<Attempt> taken = TakeAttempt(event.token);
  if (!taken.has_value()) return;
  const bool unknown =
      event.device.status().code() == absl::StatusCode::kNotFound;
  if (!unknown) {
    GiveBackTry(taken->alias, sessions_[taken->session].origin->group, now);
  }
  if (!event.device.ok()) {
    if (!unknown) {
      return RefuseFailure(*taken, event.device.status(), effects);
    }
    return Refuse(taken->session, taken->request_id, pb::TOKEN_INVALID,
                  kInvalidToken, effects);
  }
  const FoundDevice device{event.device->number,
                           Updated(*taken, event.device->account)};
  if (logging_out_.contains(device.number)) {
    return Refuse(taken->session, taken->request_id, pb::TOKEN_INVALID,
                  kInvalidToken, effects);
  }
  const std::shared_ptr<User> user =
      presence_.Find(wire::AliasKey(device.account.alias));
  const bool goes_on = stage_ == Stage::kServing && user != nullptr &&
                       user->device == device.number;
  if (!goes_on)
    return BeginStay(*taken, device.account, device.number, now, effects);
  if (!user->joined) {
    return Refuse(taken->session, taken->request_id, pb::BUSY,
                  "This device is logging in; please try again in a moment.",
                  effects, {}, kEnteringRetryMs);
  }
  if (RefuseEntry(*taken, device.account, now, effects)) return;
  sessions_[taken->session].waiting = true;
  Return comes{user, *taken, {}};
  FillPrivate(*user, comes.private_state);
  held_.Hold({}, std::move(comes));
  Release(now, effects);
}

void ChatCore::Redo(Return& comes) {
  comes.private_state.Clear();
  if (comes.user->left_why.empty()) {
    FillPrivate(*comes.user, comes.private_state);
  }
}

void ChatCore::Finish(Return& comes, const absl::StatusOr<Outcome>&,
                      const Moment& now, Effects& effects) {
  const auto session = sessions_.find(comes.attempt.session);
  if (session == sessions_.end()) return;
  session->second.waiting = false;
  DropBlocked(*comes.user, comes.private_state);
  if (comes.user->left_why.empty()) return Attach(comes, now, effects);
  Refuse(comes.attempt.session, comes.attempt.request_id, pb::BUSY,
         "This device is logging out; please try again in a moment.", effects,
         {}, kEnteringRetryMs);
}

// The stay goes on, and nobody else notices. What is known of the account is
// newer than what was read of it just now.
void ChatCore::Attach(Return& comes, const Moment& now, Effects& effects) {
  const std::shared_ptr<User>& user = comes.user;
  const Attempt& attempt = comes.attempt;
  if (user->session) {
    Dismiss(user->session, pb::TAKEN_OVER,
            "This device came back on another connection.", effects);
  }
  user->grace = {};
  user->session = attempt.session;
  Session& session = sessions_[attempt.session];
  session.user = user;
  Enter(user, session, now);
  session.origin.reset();
  const bool knows = attempt.place->stay == StayOf(*user);
  if (knows) Received(*user, attempt.place->private_seq);
  pb::LoginReply& reply = FillLogin(*user, attempt, effects);
  reply.set_resumed(true);
  reply.set_private_lost(!knows && !comes.private_state.linked().empty());
  *reply.mutable_private_state() = std::move(comes.private_state);
  effects.push_back(JoinRoom{attempt.session, ReplayFrom(attempt)});
  if (user->mailbox == nullptr) return;
  for (const pb::ServerFrame& event : user->mailbox->events()) {
    effects.push_back(Send{attempt.session, event});
  }
}

uint64_t ChatCore::StayOf(const User& user) const {
  return options_.run + static_cast<uint64_t>(user.connection);
}

// After which message the room is to be heard; nothing: from now on.
std::optional<uint64_t> ChatCore::ReplayFrom(const Attempt& attempt) const {
  if (!attempt.place || attempt.place->epoch != options_.epoch) {
    return std::nullopt;
  }
  return std::min(attempt.place->seq, last_seq_);
}

// The reply to a login or a resume, but for what differs between them.
pb::LoginReply& ChatCore::FillLogin(const User& user, const Attempt& attempt,
                                    Effects& effects) {
  pb::ServerFrame& frame = Reply(attempt.session, attempt.request_id, effects);
  pb::LoginReply& reply =
      attempt.place ? *frame.mutable_resume() : *frame.mutable_login();
  reply.set_alias(user.alias);
  pb::RoomPosition& position = *reply.add_rooms();
  position.set_room(wire::kLobby);
  position.set_epoch(options_.epoch);
  position.set_seq(last_seq_);
  if (user.device == 0) return reply;
  reply.set_device(static_cast<uint64_t>(user.device));
  reply.set_stay(StayOf(user));
  reply.set_private_seq(user.mailbox == nullptr ? 0 : user.mailbox->last_seq());
  FillPrivate(user, *reply.mutable_private_state());
  reply.set_grace_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.grace)));
  return reply;
}

void ChatCore::Received(User& user, uint64_t private_seq) {
  if (user.mailbox == nullptr) return;
  mailbox_bytes_ -= user.mailbox->bytes();
  user.mailbox->Received(private_seq);
  mailbox_bytes_ += user.mailbox->bytes();
}

void ChatCore::On(const PrivateReceived& event, const Moment&, Effects&) {
  const auto session = sessions_.find(event.session);
  if (session == sessions_.end() || session->second.user == nullptr) return;
  Received(*session->second.user, event.private_seq);
}

// The connection broke: others hear nothing of it for a while.
void ChatCore::GoAway(const std::shared_ptr<User>& user, Effects& effects) {
  user->session = {};
  user->grace = NextToken();
  away_[user->grace] = user;
  effects.push_back(Await{user->grace, options_.grace});
}

void ChatCore::On(const Elapsed& event, const Moment& now, Effects& effects) {
  const auto entry = away_.extract(event.token);
  if (entry.empty() || stage_ != Stage::kServing) return;
  const std::shared_ptr<User>& user = entry.mapped();
  // They may have come back, and even gone again.
  if (user->grace != event.token || !user->left_why.empty()) return;
  EndStay(user, pb::DISCONNECTED, "disconnected", now, effects);
}

void ChatCore::On(const Restored& event, const Moment& now, Effects& effects) {
  for (const Sanction& sanction : event.sanctions) sanctions_.Add(sanction);
  absl::flat_hash_map<int64_t, std::shared_ptr<User>> users;
  for (const RestoredStay& stay : event.stays) {
    std::string key = wire::AliasKey(stay.account.alias);
    // The server ended between a login that took over and the logout of the
    // other; nobody saw either.
    if (const std::shared_ptr<User> older = presence_.Find(key)) {
      users.erase(older->connection);
      older->joined = false;
      EndStay(older, pb::DISCONNECTED, "taken over", now, effects);
    }
    std::shared_ptr<User> user =
        presence_.Add({}, stay.account.alias, std::move(key));
    user->account = stay.account.id;
    user->device = stay.device;
    user->connection = stay.connection;
    user->joined = true;
    user->highest_message_id = stay.highest_message_id;
    Know(*user, stay.account);
    GoAway(user, effects);
    users[stay.connection] = std::move(user);
  }
  for (const RestoredPair& pair : event.pairs) {
    const auto first = users.find(pair.first);
    const auto second = users.find(pair.second);
    if (first != users.end() && second != users.end()) {
      RestorePair(first->second, second->second, pair.linked, now, effects);
    } else if (first != users.end()) {
      NotifyOfLost(*first->second, pair.second_alias, pair.linked, true,
                   effects);
    } else if (second != users.end()) {
      NotifyOfLost(*second->second, pair.first_alias, pair.linked, false,
                   effects);
    }
  }
  EndBanned(now, effects);
}

void ChatCore::RestorePair(const std::shared_ptr<User>& first,
                           const std::shared_ptr<User>& second, bool linked,
                           const Moment& now, Effects& effects) {
  links_.Put(first->id, second->id,
             {linked ? PrivateState::kLinked : PrivateState::kAsking,
              !linked && HasBlocked(*second, *first), now.steady});
  EndBlocked(first, second, now, effects);
  EndBlocked(second, first, now, effects);
}

// The other side of a pair did not outlive the server. If a later stay of
// theirs did, this pair is long past, and LoginReply says how the two stand.
void ChatCore::NotifyOfLost(User& user, const std::string& alias, bool linked,
                            bool was_asking, Effects& effects) {
  if (presence_.Find(wire::AliasKey(alias)) != nullptr) return;
  if (HasBlocked(user, alias)) return;
  pb::ServerFrame event;
  if (linked) {
    event.mutable_private_ended()->set_alias(alias);
    event.mutable_private_ended()->set_reason(pb::ENDED_BY_DISCONNECT);
  } else {
    event.mutable_request_withdrawn()->set_alias(alias);
    event.mutable_request_withdrawn()->set_was_asking(was_asking);
  }
  NotifyUser(user, std::move(event), effects);
}

}  // namespace chat77::server

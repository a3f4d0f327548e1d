#include "server/core/returns.h"

#include <cstdint>
#include <utility>

#include "proto/alias.h"

namespace chat77::server {
namespace {

constexpr uint32_t kEnteringRetryMs = 100;

}  // namespace

void Returns::GoAway(const UserPtr& user, Turn& turn) {
  user->session = {};
  user->grace = ledger_.NextToken();
  away_[user->grace] = user;
  turn.effects.push_back(Await{user->grace, options_.grace});
}

void Returns::On(const Elapsed& event, Turn& turn) {
  const auto entry = away_.extract(event.token);
  if (entry.empty() || turn.stage != Stage::kServing) return;
  const UserPtr& user = entry.mapped();
  // They may have come back, and even gone again.
  if (user->grace != event.token || user->gone()) return;
  stays_.End(user, pb::DISCONNECTED, "disconnected", turn);
}

// ---- coming back ------------------------------------------------------------

void Returns::ComeBack(const UserPtr& user, const Attempt& attempt,
                       Turn& turn) {
  if (!user->joined) {
    return Refuse(attempt.asked, pb::BUSY,
                  "This device is logging in; please try again in a moment.",
                  turn, {}, kEnteringRetryMs);
  }
  sessions_.At(attempt.asked.session).waiting = true;
  Return comes{user, attempt, {}};
  chats_.FillList(*user, comes.private_state);
  ledger_.Hold(std::move(comes), turn);
}

void Returns::Redo(Return& comes) const {
  comes.private_state.Clear();
  if (!comes.user->gone()) chats_.FillList(*comes.user, comes.private_state);
}

void Returns::Finish(Return& comes, Turn& turn) {
  SessionState* const session = sessions_.Find(comes.attempt.asked.session);
  if (session == nullptr) return;
  session->waiting = false;
  PrivateChats::DropBlocked(*comes.user, comes.private_state);
  if (!comes.user->gone()) return Attach(comes, turn);
  Refuse(comes.attempt.asked, pb::BUSY,
         "This device is logging out; please try again in a moment.", turn, {},
         kEnteringRetryMs);
}

void Returns::Attach(Return& comes, Turn& turn) {
  const UserPtr& user = comes.user;
  const Attempt& attempt = comes.attempt;
  if (user->session) {
    sessions_.Dismiss(user->session, pb::TAKEN_OVER,
                      "This device came back on another connection.", turn);
  }
  user->grace = {};
  user->session = attempt.asked.session;
  SessionState& session = sessions_.At(user->session);
  session.user = user;
  limits_.Enter(*user, *session.origin, turn);
  session.origin.reset();
  const bool knows = attempt.place->stay == stays_.NumberOf(*user);
  if (knows) mailboxes_.Received(*user, attempt.place->private_seq);
  pb::LoginReply& reply = stays_.FillLogin(*user, attempt, turn);
  reply.set_resumed(true);
  reply.set_private_lost(!knows && !comes.private_state.linked().empty());
  *reply.mutable_private_state() = std::move(comes.private_state);
  turn.effects.push_back(
      JoinRoom{user->session, room_.ReplayFrom(attempt.place)});
  if (user->mailbox == nullptr) return;
  for (const pb::ServerFrame& event : user->mailbox->events()) {
    turn.effects.push_back(Send{user->session, event});
  }
}

// ---- a restart of the server ------------------------------------------------

void Returns::Restore(const Restored& restored, Turn& turn) {
  absl::flat_hash_map<ConnectionId, UserPtr> users;
  for (const RestoredStay& stay : restored.stays) {
    std::string key = wire::AliasKey(stay.account.alias);
    // The server ended between a login that took over and the logout of the
    // other; nobody saw either.
    if (const UserPtr older = presence_.Find(key)) {
      users.erase(older->connection);
      older->joined = false;
      stays_.End(older, pb::DISCONNECTED, "taken over", turn);
    }
    UserPtr user = presence_.Add({}, stay.account.alias, std::move(key));
    user->account = stay.account.id;
    user->device = stay.device;
    user->connection = stay.connection;
    user->joined = true;
    user->highest_message_id = stay.highest_message_id;
    user->Know(stay.account);
    GoAway(user, turn);
    users[stay.connection] = std::move(user);
  }
  for (const RestoredPair& pair : restored.pairs) {
    const auto first = users.find(pair.first);
    const auto second = users.find(pair.second);
    if (first != users.end() && second != users.end()) {
      changes_.Restore(first->second, second->second, pair.linked, turn);
    } else if (first != users.end()) {
      NotifyOfLost(*first->second, pair.second_alias, pair.linked, true, turn);
    } else if (second != users.end()) {
      NotifyOfLost(*second->second, pair.first_alias, pair.linked, false, turn);
    }
  }
}

// If a later stay of theirs did outlive it, this pair is long past, and
// LoginReply says how the two stand.
void Returns::NotifyOfLost(User& user, const std::string& alias, bool linked,
                           bool was_asking, Turn& turn) {
  if (presence_.Find(wire::AliasKey(alias)) != nullptr) return;
  if (user.HasBlocked(alias)) return;
  pb::ServerFrame event;
  if (linked) {
    event.mutable_private_ended()->set_alias(alias);
    event.mutable_private_ended()->set_reason(pb::ENDED_BY_DISCONNECT);
  } else {
    event.mutable_request_withdrawn()->set_alias(alias);
    event.mutable_request_withdrawn()->set_was_asking(was_asking);
  }
  mailboxes_.Notify(user, std::move(event), turn);
}

}  // namespace chat77::server

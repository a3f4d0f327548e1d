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
  ledger_.Hold(Return{user, attempt, chats_.ViewOf(user->account)}, turn);
}

void Returns::Redo(Return& comes) const {
  comes.view = chats_.ViewOf(comes.user->account);
}

void Returns::Finish(Return& comes, Turn& turn) {
  SessionState* const session = sessions_.Find(comes.attempt.asked.session);
  if (session == nullptr) return;
  session->waiting = false;
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
  stays_.FillLogin(*user, attempt, comes.view, turn).set_resumed(true);
  turn.effects.push_back(
      JoinRoom{user->session, room_.ReplayFrom(attempt.place)});
}

// ---- a restart of the server ------------------------------------------------

void Returns::Restore(const Restored& restored, Turn& turn) {
  for (const RestoredStay& stay : restored.stays) {
    std::string key = wire::AliasKey(stay.account.alias);
    // The server ended between a login that took over and the logout of the
    // other; nobody saw either.
    if (const UserPtr older = presence_.Find(key)) {
      older->joined = false;
      stays_.End(older, pb::DISCONNECTED, "taken over", turn);
    }
    const UserPtr user = presence_.Add({}, stay.account.alias, std::move(key));
    user->account = stay.account.id;
    user->device = stay.device;
    user->connection = stay.connection;
    user->resumes = user->joined = true;
    user->highest_message_id = stay.highest_message_id;
    user->Know(stay.account);
    rooms_.Load(user->account, stay.rooms);
    user->Know(stay.rooms);
    GoAway(user, turn);
  }
  for (const RestoredStay& stay : restored.stays) {
    changes_.ReconcileAll(stay.account.id, turn);
  }
}

}  // namespace chat77::server

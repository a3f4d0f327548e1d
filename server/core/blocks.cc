#include "server/core/blocks.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "proto/alias.h"

namespace chat77::server {
namespace {

constexpr char kTooMany[] =
    "You have blocked as many as you may; unblock some first.";

}  // namespace

void Blocks::Block(const std::string& alias, bool on, const Request& request) {
  if (wire::AliasKey(alias) == request.user->key) {
    return request.Refuse(pb::IS_YOURSELF, "You cannot block yourself.",
                          request.user->alias);
  }
  directory_.Seek(
      alias,
      [this, user = request.user, on](const AccountName& account,
                                      const Asked& asked, Turn& turn) {
        Order({user, account.id, account.alias, on}, asked, turn);
      },
      request);
}

// In force from here on: what is ordered behind it is judged by it.
void Blocks::Order(const Blocking& blocking, const Asked& asked, Turn& turn) {
  const auto user = presence_.Find(blocking.user->key);
  if (user != nullptr && blocking.on && !user->HasBlocked(blocking.account) &&
      user->blocked != nullptr &&
      user->blocked->size() >= wire::kBlockedPerUser) {
    Refuse(asked, pb::TOO_MANY_BLOCKED, kTooMany, turn);
    return sessions_.Settle(asked.session, turn);
  }
  Command command;
  command.answer = [alias = blocking.alias, on = blocking.on](
                       const Outcome&, pb::ServerFrame& reply) {
    if (on) {
      reply.mutable_block()->set_alias(alias);
    } else {
      reply.mutable_unblock()->set_alias(alias);
    }
  };
  command.done = [this, blocking](const Outcome&, Turn&) {
    attempts_.EndBlocking(blocking, true);
  };
  const bool changes =
      user != nullptr && user->HasBlocked(blocking.account) != blocking.on;
  command.undo = [this, blocking, changes] {
    attempts_.EndBlocking(blocking, false);
    const auto now = presence_.Find(blocking.user->key);
    if (now == nullptr || !changes) return;
    now->SetBlocked(blocking.account, blocking.alias, !blocking.on);
  };
  command.refusal = pb::TOO_MANY_BLOCKED;
  command.sentence = kTooMany;
  directory_.Order(
      SetBlocked{{}, blocking.user->account, blocking.account, blocking.on},
      std::move(command), asked, turn);
  attempts_.BeginBlocking(blocking);
  Apply(blocking, turn);
}

// Of the account: the stay that asked for it may have ended, and another may
// have begun with what was read before.
void Blocks::Apply(const Blocking& blocking, Turn& turn) {
  const auto user = presence_.Find(blocking.user->key);
  if (user == nullptr) return;
  user->SetBlocked(blocking.account, blocking.alias, blocking.on);
  const auto room = rooms_.Find(user->account, blocking.account);
  if (room != nullptr) changes_.Reconcile(room, turn);
}

void Blocks::List(const Request& request) {
  pb::ServerFrame& reply = request.Reply();
  pb::ListBlockedReply& list = *reply.mutable_list_blocked();
  if (request.user->blocked == nullptr) return;
  for (const auto& [account, alias] : *request.user->blocked) {
    list.add_aliases(alias);
  }
  std::sort(list.mutable_aliases()->begin(), list.mutable_aliases()->end());
  limits_.ChargeRead(request.user.get(), reply.ByteSizeLong(), request.turn);
}

}  // namespace chat77::server

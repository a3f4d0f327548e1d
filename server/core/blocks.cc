#include "server/core/blocks.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "proto/alias.h"

namespace chat77::server {

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

void Blocks::Order(Blocking blocking, const Asked& asked, Turn& turn) {
  const SetBlocked write{
      {}, blocking.user->account, blocking.account, blocking.on};
  Command command;
  command.answer = [alias = blocking.alias, on = blocking.on](
                       const Outcome&, pb::ServerFrame& reply) {
    if (on) {
      reply.mutable_block()->set_alias(alias);
    } else {
      reply.mutable_unblock()->set_alias(alias);
    }
  };
  command.done = [this, blocking = std::move(blocking)](
                     const Outcome&, Turn& later) { Apply(blocking, later); };
  command.refusal = pb::TOO_MANY_BLOCKED;
  command.sentence = "You have blocked as many as you may; unblock some first.";
  directory_.Order(write, std::move(command), asked, turn);
}

// Holds for the account: the stay that asked for it may have ended, and another
// may have begun, or be about to, with what was read before.
void Blocks::Apply(const Blocking& blocking, Turn& turn) {
  attempts_.NoteBlocking(blocking);
  const std::shared_ptr<User> user = presence_.Find(blocking.user->key);
  if (user == nullptr) return;
  user->SetBlocked(blocking.account, blocking.alias, blocking.on);
  if (!blocking.on) return;
  const auto other = presence_.FindJoined(wire::AliasKey(blocking.alias));
  if (other != nullptr) changes_.EndBlocked(user, other, turn);
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

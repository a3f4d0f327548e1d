// Consent protects: whom somebody has blocked asks in vain and cannot tell, and
// a request that nobody answers does not stay open for ever.

#include <algorithm>
#include <string>
#include <utility>

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/pending_write.h"
#include "server/core/reply.h"

namespace chat77::server {

void ChatCore::Block(const std::string& alias, bool on, Request& context) {
  if (wire::AliasKey(alias) == context.user->key) {
    return Refuse(context.session, context.id, pb::IS_YOURSELF,
                  "You cannot block yourself.", context.effects,
                  context.user->alias);
  }
  Seek(Blocking{context.user, 0, {}, on}, alias, context);
}

void ChatCore::Found(Blocking blocking, const AccountName& account,
                     const Lookup& asked, const Moment&, Effects& effects) {
  blocking.account = account.id;
  blocking.alias = account.alias;
  const SetBlocked write{
      {}, blocking.user->account, blocking.account, blocking.on};
  Write(write, std::move(blocking), asked, effects);
}

// Holds for the account: the stay that asked for it may have ended, and another
// may have begun, or be about to, with what was read before.
void ChatCore::Done(const Blocking& blocking, const Outcome&, const Moment& now,
                    Effects& effects) {
  for (auto& [token, attempt] : attempts_) {
    if (attempt.place || attempt.alias == blocking.user->key) {
      attempt.blocks.push_back(blocking);
    }
  }
  const std::shared_ptr<User> user = presence_.Find(blocking.user->key);
  if (user == nullptr) return;
  if (!blocking.on) {
    if (user->blocked != nullptr) user->blocked->erase(blocking.account);
    return;
  }
  if (user->blocked == nullptr) {
    user->blocked = std::make_unique<absl::btree_map<int64_t, std::string>>();
  }
  (*user->blocked)[blocking.account] = blocking.alias;
  const auto other = presence_.FindJoined(wire::AliasKey(blocking.alias));
  if (other != nullptr) EndBlocked(user, other, now, effects);
}

bool ChatCore::HasBlocked(const User& user, const User& other) {
  return user.blocked != nullptr && user.blocked->contains(other.account);
}

bool ChatCore::HasBlocked(const User& user, const std::string& alias) {
  return user.blocked != nullptr &&
         std::any_of(user.blocked->begin(), user.blocked->end(),
                     [&](const auto& entry) { return entry.second == alias; });
}

void ChatCore::NotifyOf(const User& other, User& user, pb::ServerFrame event,
                        Effects& effects) {
  if (!HasBlocked(user, other)) NotifyUser(user, std::move(event), effects);
}

// Called whenever a block or the state of a pair may be new.
void ChatCore::EndBlocked(const std::shared_ptr<User>& user,
                          const std::shared_ptr<User>& other, const Moment& now,
                          Effects& effects) {
  if (!HasBlocked(*user, *other)) return;
  if (!user->left_why.empty() || !other->left_why.empty()) return;
  // What they asked for after the block is still to be answered: they hear that
  // it ends.
  const bool told = held_.FindLast<PrivateChange>([&](const auto& held) {
    return held.user == user && held.other == other && held.asked.session;
  }) != nullptr;
  switch (links_.Between(user->id, other->id)) {
    case PrivateState::kLinked:
      return ChangeUnasked(PrivateChange::Kind::kEnd, user, other, told, now,
                           effects);
    case PrivateState::kAsking:
      return ChangeUnasked(PrivateChange::Kind::kWithdraw, user, other, told,
                           now, effects);
    case PrivateState::kAsked:
      return links_.Hide(user->id, other->id);
    case PrivateState::kNone:
      return;
  }
}

void ChatCore::ListBlocked(Request& context) {
  pb::ListBlockedReply& list =
      *Reply(context.session, context.id, context.effects)
           .mutable_list_blocked();
  if (context.user->blocked == nullptr) return;
  for (const auto& [account, alias] : *context.user->blocked) {
    list.add_aliases(alias);
  }
  std::sort(list.mutable_aliases()->begin(), list.mutable_aliases()->end());
  ChargeRead(context.session, std::get<Send>(context.effects.back()).frame,
             context.now);
}

// ---- requests that nobody answers -------------------------------------------

void ChatCore::On(const HourPassed&, const Moment& now, Effects& effects) {
  if (stage_ != Stage::kServing) return;
  sanctions_.ForgetExpired(now.steady);
  for (const auto& [asker, asked] :
       links_.AskedBefore(now.steady - wire::kAskLife)) {
    const std::shared_ptr<User> user = presence_.Get(asker);
    const std::shared_ptr<User> other = presence_.Get(asked);
    ChangeUnasked(PrivateChange::Kind::kExpire, user, other, true, now,
                  effects);
  }
}

}  // namespace chat77::server

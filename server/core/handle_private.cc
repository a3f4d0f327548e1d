// Private chat by consent. The table is in private_links.h; who is told what,
// and in which order, is here.

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {

// The named user, or nullptr and answered.
std::shared_ptr<User> ChatCore::OtherUser(const std::string& alias,
                                          Request& context) {
  std::shared_ptr<User> user = presence_.FindJoined(wire::AliasKey(alias));
  if (user == nullptr) {
    Refuse(context.session, context.id, pb::NOT_ONLINE,
           "Nobody of that name is online.", context.effects);
  }
  return user;
}

void ChatCore::RequestPrivate(const pb::RequestPrivate& request,
                              Request& context) {
  const std::shared_ptr<User> other = OtherUser(request.alias(), context);
  if (other == nullptr) return;
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    Refuse(context.session, context.id, code, sentence, context.effects,
           other->alias);
  };
  if (other == context.user) {
    return refuse(pb::IS_YOURSELF, "You cannot connect to yourself.");
  }
  const AskOutcome outcome = links_.Ask(context.user->id, other->id);
  switch (outcome) {
    case AskOutcome::kAlreadyAsked:
      return refuse(pb::ALREADY_REQUESTED,
                    absl::StrCat("You have asked ", other->alias,
                                 " already; wait for the answer."));
    case AskOutcome::kAlreadyLinked:
      return refuse(pb::ALREADY_LINKED,
                    absl::StrCat("You have a private chat with ", other->alias,
                                 " already."));
    case AskOutcome::kTooMany:
      return refuse(pb::TOO_MANY_PRIVATE,
                    "Too many private chats and requests are open; end some "
                    "first.");
    case AskOutcome::kAsked:
      Notify(other->session, context.effects)
          .mutable_private_requested()
          ->set_alias(context.user->alias);
      break;
    case AskOutcome::kConnected:
      Notify(other->session, context.effects)
          .mutable_private_connected()
          ->set_alias(context.user->alias);
      break;
  }
  pb::RequestPrivateReply& reply =
      *Reply(context.session, context.id, context.effects)
           .mutable_request_private();
  reply.set_alias(other->alias);
  reply.set_connected(outcome == AskOutcome::kConnected);
}

void ChatCore::AcceptPrivate(const pb::AcceptPrivate& request,
                             Request& context) {
  const std::shared_ptr<User> other = OtherUser(request.alias(), context);
  if (other == nullptr) return;
  if (!links_.Accept(context.user->id, other->id)) {
    return Refuse(context.session, context.id, pb::NO_PENDING_REQUEST,
                  absl::StrCat(other->alias, " has not asked you."),
                  context.effects, other->alias);
  }
  Notify(other->session, context.effects)
      .mutable_private_connected()
      ->set_alias(context.user->alias);
  Reply(context.session, context.id, context.effects)
      .mutable_accept_private()
      ->set_alias(other->alias);
}

void ChatCore::RejectPrivate(const pb::RejectPrivate& request,
                             Request& context) {
  const std::shared_ptr<User> other = OtherUser(request.alias(), context);
  if (other == nullptr) return;
  if (!links_.Reject(context.user->id, other->id)) {
    return Refuse(context.session, context.id, pb::NO_PENDING_REQUEST,
                  absl::StrCat(other->alias, " has not asked you."),
                  context.effects, other->alias);
  }
  Notify(other->session, context.effects)
      .mutable_private_rejected()
      ->set_alias(context.user->alias);
  Reply(context.session, context.id, context.effects)
      .mutable_reject_private()
      ->set_alias(other->alias);
}

void ChatCore::EndPrivate(const pb::EndPrivate& request, Request& context) {
  const std::shared_ptr<User> other = OtherUser(request.alias(), context);
  if (other == nullptr) return;
  if (!links_.End(context.user->id, other->id)) {
    return Refuse(
        context.session, context.id, pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other->alias, "."),
        context.effects, other->alias);
  }
  // The one who ends it hears first, as in the original.
  Reply(context.session, context.id, context.effects)
      .mutable_end_private()
      ->set_alias(other->alias);
  pb::PrivateEnded& event =
      *Notify(other->session, context.effects).mutable_private_ended();
  event.set_alias(context.user->alias);
  event.set_reason(pb::ENDED_BY_COMMAND);
}

void ChatCore::ListPrivate(Request& context) {
  pb::ListPrivateReply& reply =
      *Reply(context.session, context.id, context.effects)
           .mutable_list_private();
  for (const PrivateLinks::Peer& peer : links_.Peers(context.user->id)) {
    const std::string& alias = presence_.Get(peer.user)->alias;
    switch (peer.state) {
      case PrivateState::kLinked:
        reply.add_linked(alias);
        break;
      case PrivateState::kAsked:
        reply.add_asking(alias);
        break;
      case PrivateState::kAsking:
        reply.add_asked(alias);
        break;
      case PrivateState::kNone:
        break;
    }
  }
  for (auto* list : {reply.mutable_linked(), reply.mutable_asking(),
                     reply.mutable_asked()}) {
    std::sort(list->begin(), list->end());
  }
}

void ChatCore::SendPrivate(const pb::SendPrivate& request, Request& context) {
  const std::shared_ptr<User> other = OtherUser(request.alias(), context);
  if (other == nullptr) return;
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    return Refuse(context.session, context.id, pb::NOT_LINKED,
                  absl::StrCat("You have no private chat with ", other->alias,
                               "; ask for one first."),
                  context.effects, other->alias);
  }
  if (const TextVerdict verdict = JudgeText(request.text()); !verdict.ok()) {
    return Refuse(context.session, context.id, verdict.code, verdict.sentence,
                  context.effects);
  }
  pb::PrivateSaid& said =
      *Notify(other->session, context.effects).mutable_private_said();
  said.set_alias(context.user->alias);
  said.set_text(request.text());
  said.set_time_ms(absl::ToUnixMillis(context.now));
  pb::SendPrivateReply& reply =
      *Reply(context.session, context.id, context.effects)
           .mutable_send_private();
  reply.set_alias(other->alias);
  reply.set_time_ms(absl::ToUnixMillis(context.now));
}

}  // namespace chat77::server

// Private chat by consent: what is asked is judged here. The table is in
// private_links.h.
//
// A change between two users is judged, made and written, and told once it is
// on disk (private_change.cc). Refusals are held as well: they may speak of a
// change that is not on disk yet.

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "proto/request_traits.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {

// An event of private chat: for the session, if there is one, and for the
// mailbox of those who may have lost the connection it went to.
void ChatCore::NotifyUser(User& user, pb::ServerFrame event, Effects& effects) {
  if (!user.left_why.empty()) return;
  if (user.device != 0) {
    if (user.mailbox == nullptr) user.mailbox = std::make_unique<Mailbox>();
    mailbox_bytes_ -= user.mailbox->bytes();
    user.mailbox->Add(event);
    mailbox_bytes_ += user.mailbox->bytes();
  }
  if (user.session) effects.push_back(Send{user.session, std::move(event)});
}

bool ChatCore::CanBeTold(const User& user) const {
  if (user.device == 0) return true;
  if (mailbox_bytes_ >= options_.mailbox_bytes) return false;
  return user.mailbox == nullptr || !user.mailbox->Full();
}

void ChatCore::AskAbout(const std::string& alias, Judge judge,
                        Request& context) {
  const pb::ClientFrame& frame = context.frame;
  const std::shared_ptr<User> other =
      presence_.FindJoined(wire::AliasKey(alias));
  if (other == nullptr) {
    return RefuseHeld(pb::NOT_ONLINE, "Nobody of that name is online.", {},
                      context);
  }
  // Who asks will be told as well, at the latest when the other leaves.
  const bool full = !CanBeTold(*other) ||
                    (frame.has_request_private() && !CanBeTold(*context.user));
  // What ends something open adds no more than the other's leaving would, and
  // nobody can keep others in a private chat by not listening.
  const bool ends = frame.has_end_private() || frame.has_reject_private() ||
                    frame.has_withdraw_request();
  if (full && !ends) {
    pb::ServerFrame reply;
    FillUnreachable(*other, *reply.mutable_error());
    return Answer(std::move(reply), context);
  }
  (this->*judge)(other, context);
}

// ---- judging ----------------------------------------------------------------

void ChatCore::RequestPrivate(const std::shared_ptr<User>& other,
                              Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    RefuseHeld(code, sentence, other->alias, context);
  };
  const User& user = *context.user;
  if (other == context.user) {
    return refuse(pb::IS_YOURSELF, "You cannot connect to yourself.");
  }
  if (HasBlocked(user, *other)) {
    return refuse(pb::IS_BLOCKED,
                  absl::StrCat("You have blocked ", other->alias,
                               "; unblock them first."));
  }
  const AskOutcome outcome = links_.JudgeAsk(user.id, other->id);
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
    case AskOutcome::kConnected:
      break;
  }
  const bool connects = outcome == AskOutcome::kConnected;
  pb::ServerFrame answer;
  answer.mutable_request_private()->set_alias(other->alias);
  answer.mutable_request_private()->set_connected(connects);
  Change(connects ? PrivateChange::Kind::kCross : PrivateChange::Kind::kAsk,
         other, answer, context);
}

void ChatCore::AcceptPrivate(const std::shared_ptr<User>& other,
                             Request& context) {
  if (RefuseUnasked(*other, context)) return;
  pb::ServerFrame answer;
  answer.mutable_accept_private()->set_alias(other->alias);
  Change(PrivateChange::Kind::kAccept, other, answer, context);
}

void ChatCore::RejectPrivate(const std::shared_ptr<User>& other,
                             Request& context) {
  if (RefuseUnasked(*other, context)) return;
  pb::ServerFrame answer;
  answer.mutable_reject_private()->set_alias(other->alias);
  Change(PrivateChange::Kind::kReject, other, answer, context);
}

bool ChatCore::RefuseUnasked(const User& other, Request& context) {
  if (links_.Between(context.user->id, other.id) == PrivateState::kAsked) {
    return false;
  }
  RefuseHeld(pb::NO_PENDING_REQUEST,
             absl::StrCat(other.alias, " has not asked you."), other.alias,
             context);
  return true;
}

void ChatCore::EndPrivate(const std::shared_ptr<User>& other,
                          Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    return RefuseHeld(
        pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other->alias, "."),
        other->alias, context);
  }
  pb::ServerFrame answer;
  answer.mutable_end_private()->set_alias(other->alias);
  Change(PrivateChange::Kind::kEnd, other, answer, context);
}

void ChatCore::WithdrawPrivate(const std::shared_ptr<User>& other,
                               Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kAsking) {
    return RefuseHeld(
        pb::NO_PENDING_REQUEST,
        absl::StrCat("You have no open request to ", other->alias, "."),
        other->alias, context);
  }
  pb::ServerFrame answer;
  answer.mutable_withdraw_request()->set_alias(other->alias);
  Change(PrivateChange::Kind::kWithdraw, other, answer, context);
}

// ---- lists and texts --------------------------------------------------------

// Also of one who left, if that was undone for the moment: see FailHeld.
const std::string& ChatCore::AliasOf(UserId id) const {
  if (const std::shared_ptr<User> user = presence_.Get(id)) return user->alias;
  return held_
      .FindLast<Departure>(
          [&](const Departure& departure) { return departure.user->id == id; })
      ->user->alias;
}

void ChatCore::FillPrivate(const User& user, pb::ListPrivateReply& list) const {
  for (const auto& [id, link] : links_.Peers(user.id)) {
    if (link.unseen()) continue;
    const std::string& alias = AliasOf(id);
    switch (link.state) {
      case PrivateState::kLinked:
        list.add_linked(alias);
        break;
      case PrivateState::kAsked:
        list.add_asking(alias);
        break;
      case PrivateState::kAsking:
        list.add_asked(alias);
        break;
      case PrivateState::kNone:
        break;
    }
  }
  for (auto* names :
       {list.mutable_linked(), list.mutable_asking(), list.mutable_asked()}) {
    std::sort(names->begin(), names->end());
  }
}

// A block may have been written since the list was made.
void ChatCore::DropBlocked(const User& user, pb::ListPrivateReply& list) {
  for (auto* names :
       {list.mutable_linked(), list.mutable_asking(), list.mutable_asked()}) {
    names->erase(std::remove_if(names->begin(), names->end(),
                                [&](const std::string& alias) {
                                  return HasBlocked(user, alias);
                                }),
                 names->end());
  }
}

void ChatCore::ListPrivate(Request& context) {
  pb::ServerFrame reply;
  FillPrivate(*context.user, *reply.mutable_list_private());
  Answer(std::move(reply), context);
}

void ChatCore::SendPrivate(const std::shared_ptr<User>& other,
                           Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    pb::ServerFrame reply;
    FillNotLinked(*other, *reply.mutable_error());
    return Answer(std::move(reply), context);
  }
  std::string text = CleanText(context.frame.send_private().text());
  if (const TextVerdict verdict = JudgeText(text); !verdict.ok()) {
    return RefuseHeld(verdict.code, verdict.sentence, {}, context);
  }
  held_.Hold({}, PrivateText{{context.session, context.id},
                             context.user,
                             other,
                             context.message_id,
                             std::move(text),
                             context.now.wall});
  Release(context.now, context.effects);
}

}  // namespace chat77::server

// Private chat by consent: what is asked is judged here. The table is in
// private_links.h.
//
// A change between two users is judged, written, and only then made and told
// (private_change.cc). What else is asked about these two meanwhile waits for
// it, so nothing is ever judged by a state that may not come to be.

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

constexpr uint32_t kMailboxRetryMs = 2000;

// A reply has the number of its request.
pb::ServerFrame::BodyCase KindOf(const pb::ClientFrame& frame) {
  return static_cast<pb::ServerFrame::BodyCase>(frame.request_case());
}

}  // namespace

ChatCore::Pair ChatCore::PairOf(const User& one, const User& other) {
  return std::minmax(one.id, other.id);
}

// An event of private chat: for the session, if there is one, and for the
// mailbox of those who may have lost the connection it went to.
void ChatCore::NotifyUser(User& user, pb::ServerFrame event, Effects& effects) {
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
    return RefuseUnlessDone(context, KindOf(frame), pb::NOT_ONLINE,
                            "Nobody of that name is online.", {});
  }
  const auto changing = changing_.find(PairOf(*context.user, *other));
  if (changing != changing_.end()) {
    ++sessions_[context.session].pending;
    changing->second.push_back({context.session, frame});
    return;
  }
  // Who asks will be told as well, at the latest when the other leaves.
  const bool full = !CanBeTold(*other) ||
                    (frame.has_request_private() && !CanBeTold(*context.user));
  // What ends something open adds no more than the other's leaving would, and
  // nobody can keep others in a private chat by not listening.
  const bool ends = frame.has_end_private() || frame.has_reject_private() ||
                    frame.has_withdraw_request();
  if (full && !ends) {
    return Refuse(context.session, context.id, pb::BUSY,
                  absl::StrCat(other->alias,
                               " cannot be reached just now; please try "
                               "again in a moment."),
                  context.effects, other->alias, kMailboxRetryMs);
  }
  (this->*judge)(other, context);
}

// ---- judging ----------------------------------------------------------------

void ChatCore::RequestPrivate(const std::shared_ptr<User>& other,
                              Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    RefuseUnlessDone(context, KindOf(context.frame), code, sentence,
                     other->alias);
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
  const AskOutcome outcome =
      links_.JudgeAsk(user.id, other->id, user.asks, other->asks);
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
  RefuseUnlessDone(context, KindOf(context.frame), pb::NO_PENDING_REQUEST,
                   absl::StrCat(other.alias, " has not asked you."),
                   other.alias);
  return true;
}

void ChatCore::EndPrivate(const std::shared_ptr<User>& other,
                          Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    return RefuseUnlessDone(
        context, KindOf(context.frame), pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other->alias, "."),
        other->alias);
  }
  pb::ServerFrame answer;
  answer.mutable_end_private()->set_alias(other->alias);
  Change(PrivateChange::Kind::kEnd, other, answer, context);
}

void ChatCore::WithdrawPrivate(const std::shared_ptr<User>& other,
                               Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kAsking) {
    return RefuseUnlessDone(
        context, KindOf(context.frame), pb::NO_PENDING_REQUEST,
        absl::StrCat("You have no open request to ", other->alias, "."),
        other->alias);
  }
  pb::ServerFrame answer;
  answer.mutable_withdraw_request()->set_alias(other->alias);
  Change(PrivateChange::Kind::kWithdraw, other, answer, context);
}

// A refusal did nothing, unless it is only what became of the request since it
// was carried out: then the answer of then is on disk.
void ChatCore::RefuseUnlessDone(Request& context,
                                pb::ServerFrame::BodyCase kind, pb::Code code,
                                std::string_view sentence,
                                std::string_view alias) {
  // What no store remembers: private texts, and messages without a history.
  const bool core_remembers =
      kind == pb::ServerFrame::kSendPrivate ||
      (kind == pb::ServerFrame::kSay && !options_.history);
  if (core_remembers && Repeat(kind, context)) return;
  if (context.message_id == 0 || core_remembers) {
    return Refuse(context.session, context.id, code, sentence, context.effects,
                  alias);
  }
  const Token token = Look(context);
  Refusal& refusal = refusals_[token];
  refusal.kind = kind;
  refusal.error.set_code(code);
  refusal.error.set_sentence(std::string(sentence));
  refusal.error.set_alias(std::string(alias));
  context.effects.push_back(
      FindRequest{token, context.user->account, context.message_id});
}

void ChatCore::On(const RequestFound& event, const Moment& now,
                  Effects& effects) {
  const auto refusal = refusals_.extract(event.token);
  const std::optional<Lookup> lookup = TakeLookup(event.token);
  if (refusal.empty() || !lookup) return;
  pb::ServerFrame& reply = Reply(lookup->session, lookup->request_id, effects);
  if (event.answer.ok() && event.seq != 0) {
    // It was a message.
    if (refusal.mapped().kind == pb::ServerFrame::kSay) {
      reply.mutable_say()->set_seq(event.seq);
      reply.mutable_say()->set_time_ms(absl::ToUnixMillis(event.time));
    } else {
      FillReused(*reply.mutable_error());
    }
  } else if (event.answer.ok()) {
    Recall(*event.answer, refusal.mapped().kind, reply);
  } else if (event.answer.status().code() == absl::StatusCode::kNotFound) {
    *reply.mutable_error() = refusal.mapped().error;
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  LookedUp(lookup->session, now, effects);
}

// ---- lists and texts --------------------------------------------------------

void ChatCore::FillPrivate(const User& user, pb::ListPrivateReply& list) const {
  for (const PrivateLinks::Peer& peer : links_.Peers(user.id)) {
    if (peer.hidden && peer.state == PrivateState::kAsked) continue;
    const User& other = *presence_.Get(peer.user);
    // It ends as soon as it can be written.
    if (HasBlocked(user, other)) continue;
    const std::string& alias = other.alias;
    switch (peer.state) {
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

// Not before what the user asked for is in it: behind their last change.
void ChatCore::ListPrivate(Request& context) {
  Token last;
  for (const auto& [token, change] : changes_) {
    if (change.user == context.user) last = std::max(last, token);
  }
  if (last) {
    const PrivateChange& change = changes_.at(last);
    ++sessions_[context.session].pending;
    changing_.at(PairOf(*change.user, *change.other))
        .push_back({context.session, context.frame});
    return;
  }
  FillPrivate(*context.user,
              *Reply(context.session, context.id, context.effects)
                   .mutable_list_private());
}

void ChatCore::SendPrivate(const std::shared_ptr<User>& other,
                           Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    return Refuse(context.session, context.id, pb::NOT_LINKED,
                  absl::StrCat("You have no private chat with ", other->alias,
                               "; ask for one first."),
                  context.effects, other->alias);
  }
  std::string text = CleanText(context.frame.send_private().text());
  if (const TextVerdict verdict = JudgeText(text); !verdict.ok()) {
    return Refuse(context.session, context.id, verdict.code, verdict.sentence,
                  context.effects);
  }
  pb::ServerFrame event;
  pb::PrivateSaid& said = *event.mutable_private_said();
  said.set_alias(context.user->alias);
  said.set_text(std::move(text));
  said.set_time_ms(absl::ToUnixMillis(context.now.wall));
  said.set_message_id(context.message_id);
  NotifyUser(*other, std::move(event), context.effects);
  pb::ServerFrame& answer = Reply(context.session, context.id, context.effects);
  answer.mutable_send_private()->set_alias(other->alias);
  answer.mutable_send_private()->set_time_ms(
      absl::ToUnixMillis(context.now.wall));
  Remember(*context.user, context.message_id, answer);
}

}  // namespace chat77::server

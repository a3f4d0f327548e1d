// Private chat by consent. The table is in private_links.h; who is told what,
// and in which order, is here.
//
// A change between two users is judged, written, and only then made and told.
// What else is asked about these two meanwhile waits for it, so nothing is ever
// judged by a state that may not come to be.

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

constexpr uint32_t kMailboxRetryMs = 2000;

const std::string& AliasIn(const pb::ClientFrame& frame) {
  switch (frame.request_case()) {
    case pb::ClientFrame::kRequestPrivate:
      return frame.request_private().alias();
    case pb::ClientFrame::kAcceptPrivate:
      return frame.accept_private().alias();
    case pb::ClientFrame::kRejectPrivate:
      return frame.reject_private().alias();
    case pb::ClientFrame::kEndPrivate:
      return frame.end_private().alias();
    default:
      return frame.send_private().alias();
  }
}

pb::ServerFrame Withdrawn(const User& user, bool was_asking) {
  pb::ServerFrame frame;
  frame.mutable_request_withdrawn()->set_alias(user.alias);
  frame.mutable_request_withdrawn()->set_was_asking(was_asking);
  return frame;
}

pb::ServerFrame Ended(const User& user, pb::EndReason reason) {
  pb::ServerFrame frame;
  frame.mutable_private_ended()->set_alias(user.alias);
  frame.mutable_private_ended()->set_reason(reason);
  return frame;
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

void ChatCore::DispatchPair(const pb::ClientFrame& frame, Request& context) {
  if (frame.has_send_private() &&
      Repeat(pb::ServerFrame::kSendPrivate, context)) {
    return;
  }
  const std::shared_ptr<User> other =
      presence_.FindJoined(wire::AliasKey(AliasIn(frame)));
  if (other == nullptr) {
    return RefuseUnlessDone(context, frame, pb::NOT_ONLINE,
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
  const bool ends = frame.has_end_private() || frame.has_reject_private();
  if (full && !ends) {
    return Refuse(context.session, context.id, pb::BUSY,
                  absl::StrCat(other->alias,
                               " cannot be reached just now; please try "
                               "again in a moment."),
                  context.effects, other->alias, kMailboxRetryMs);
  }
  switch (frame.request_case()) {
    case pb::ClientFrame::kRequestPrivate:
      return RequestPrivate(frame, other, context);
    case pb::ClientFrame::kAcceptPrivate:
      return AnswerPrivate(frame, other, PrivateChange::Kind::kAccept, context);
    case pb::ClientFrame::kRejectPrivate:
      return AnswerPrivate(frame, other, PrivateChange::Kind::kReject, context);
    case pb::ClientFrame::kEndPrivate:
      return EndPrivate(frame, other, context);
    default:
      return SendPrivate(frame.send_private(), other, context);
  }
}

// ---- judging ----------------------------------------------------------------

void ChatCore::RequestPrivate(const pb::ClientFrame& frame,
                              const std::shared_ptr<User>& other,
                              Request& context) {
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    RefuseUnlessDone(context, frame, code, sentence, other->alias);
  };
  const User& user = *context.user;
  if (other == context.user) {
    return refuse(pb::IS_YOURSELF, "You cannot connect to yourself.");
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

void ChatCore::AnswerPrivate(const pb::ClientFrame& frame,
                             const std::shared_ptr<User>& other,
                             PrivateChange::Kind kind, Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kAsked) {
    return RefuseUnlessDone(context, frame, pb::NO_PENDING_REQUEST,
                            absl::StrCat(other->alias, " has not asked you."),
                            other->alias);
  }
  pb::ServerFrame answer;
  if (kind == PrivateChange::Kind::kAccept) {
    answer.mutable_accept_private()->set_alias(other->alias);
  } else {
    answer.mutable_reject_private()->set_alias(other->alias);
  }
  Change(kind, other, answer, context);
}

void ChatCore::EndPrivate(const pb::ClientFrame& frame,
                          const std::shared_ptr<User>& other,
                          Request& context) {
  if (links_.Between(context.user->id, other->id) != PrivateState::kLinked) {
    return RefuseUnlessDone(
        context, frame, pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other->alias, "."),
        other->alias);
  }
  pb::ServerFrame answer;
  answer.mutable_end_private()->set_alias(other->alias);
  Change(PrivateChange::Kind::kEnd, other, answer, context);
}

// A refusal did nothing, unless it is only what became of the request since it
// was carried out: then the answer of then is on disk.
void ChatCore::RefuseUnlessDone(Request& context, const pb::ClientFrame& frame,
                                pb::Code code, std::string_view sentence,
                                std::string_view alias) {
  if (context.message_id == 0 || frame.has_send_private()) {
    return Refuse(context.session, context.id, code, sentence, context.effects,
                  alias);
  }
  const Token token = Look(context);
  Refusal& refusal = refusals_[token];
  // A reply has the number of its request.
  refusal.kind = static_cast<pb::ServerFrame::BodyCase>(frame.request_case());
  refusal.error.set_code(code);
  refusal.error.set_sentence(std::string(sentence));
  refusal.error.set_alias(std::string(alias));
  context.effects.push_back(
      FindRequest{token, context.user->account, context.message_id});
}

void ChatCore::On(const RequestFound& event, absl::Time now, Effects& effects) {
  const auto refusal = refusals_.extract(event.token);
  const std::optional<Lookup> lookup = TakeLookup(event.token);
  if (refusal.empty() || !lookup) return;
  pb::ServerFrame& reply = Reply(lookup->session, lookup->request_id, effects);
  if (event.answer.ok()) {
    Recall(*event.answer, refusal.mapped().kind, reply);
  } else if (event.answer.status().code() == absl::StatusCode::kNotFound) {
    *reply.mutable_error() = refusal.mapped().error;
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  LookedUp(lookup->session, now, effects);
}

// ---- writing ----------------------------------------------------------------

void ChatCore::Change(PrivateChange::Kind kind,
                      const std::shared_ptr<User>& other,
                      const pb::ServerFrame& answer, Request& context) {
  using Kind = PrivateChange::Kind;
  SetPrivate write;
  write.token = NextToken();
  write.first = context.user->connection;
  write.second = other->connection;
  if (kind == Kind::kAsk) write.state = SetPrivate::State::kAsked;
  if (kind == Kind::kAccept || kind == Kind::kCross) {
    write.state = SetPrivate::State::kLinked;
  }
  write.account = context.user->account;
  write.message_id = context.message_id;
  write.answer = answer.SerializeAsString();
  write.time = context.now;
  if (kind == Kind::kAsk) {
    ++context.user->asks;
    ++other->asks;
  }
  ++sessions_[context.session].pending;
  changing_[PairOf(*context.user, *other)];
  changes_[write.token] = PrivateChange{
      kind, context.user, other, {context.session, context.id}, answer};
  context.effects.push_back(std::move(write));
}

void ChatCore::Finish(const PrivateChange& change,
                      const absl::StatusOr<Outcome>& outcome, absl::Time now,
                      Effects& effects) {
  if (change.kind == PrivateChange::Kind::kAsk) {
    --change.user->asks;
    --change.other->asks;
  }
  const auto [session, request_id] = change.asked;
  if (outcome.ok() && !outcome->repeated) {
    Make(change, effects);
  } else if (sessions_.contains(session)) {
    pb::ServerFrame& reply = Reply(session, request_id, effects);
    if (outcome.ok()) {
      Recall(outcome->answer, change.answer.body_case(), reply);
    } else if (outcome.status().code() == absl::StatusCode::kNotFound) {
      reply.mutable_error()->set_code(pb::NOT_ONLINE);
      reply.mutable_error()->set_sentence("Nobody of that name is online.");
    } else {
      FillUnavailable(*reply.mutable_error());
    }
  }
  const auto waiting =
      changing_.extract(PairOf(*change.user, *change.other)).mapped();
  for (const Deferred& deferred : waiting) Redo(deferred, now, effects);
  LookedUp(session, now, effects);
}

// What waited is asked now, as if it had just come.
void ChatCore::Redo(const Deferred& deferred, absl::Time now,
                    Effects& effects) {
  const auto session = sessions_.find(deferred.session);
  if (session == sessions_.end()) return;
  Request context = ContextOf(deferred.session, deferred.frame, now, effects);
  if (context.user != nullptr) DispatchOnline(deferred.frame, context);
  LookedUp(deferred.session, now, effects);
}

// ---- making and telling -----------------------------------------------------

void ChatCore::Make(const PrivateChange& change, Effects& effects) {
  using Kind = PrivateChange::Kind;
  User& user = *change.user;
  User& other = *change.other;
  const auto reply = [&] {
    const auto [session, request_id] = change.asked;
    if (!sessions_.contains(session)) return;
    pb::ServerFrame frame = change.answer;
    frame.set_reply_to(request_id);
    effects.push_back(Send{session, std::move(frame)});
  };
  if (!user.left_why.empty() || !other.left_why.empty()) {
    reply();
    return TellOfGone(change, effects);
  }
  pb::ServerFrame event;
  switch (change.kind) {
    case Kind::kAsk:
      links_.Ask(user.id, other.id);
      event.mutable_private_requested()->set_alias(user.alias);
      break;
    case Kind::kCross:
      links_.Ask(user.id, other.id);
      event.mutable_private_connected()->set_alias(user.alias);
      break;
    case Kind::kAccept:
      links_.Accept(user.id, other.id);
      event.mutable_private_connected()->set_alias(user.alias);
      break;
    case Kind::kReject:
      links_.Reject(user.id, other.id);
      event.mutable_private_rejected()->set_alias(user.alias);
      break;
    case Kind::kEnd:
      links_.End(user.id, other.id);
      // The one who ends it hears first, as in the original.
      reply();
      return NotifyUser(other, Ended(user, pb::ENDED_BY_COMMAND), effects);
  }
  NotifyUser(other, std::move(event), effects);
  reply();
}

// The other left while it was written: what the answer says began has ended.
void ChatCore::TellOfGone(const PrivateChange& change, Effects& effects) {
  using Kind = PrivateChange::Kind;
  User& user = *change.user;
  if (!user.left_why.empty()) return;
  if (change.kind == Kind::kAsk) {
    NotifyUser(user, Withdrawn(*change.other, true), effects);
  } else if (change.kind == Kind::kAccept || change.kind == Kind::kCross) {
    NotifyUser(user, Ended(*change.other, pb::ENDED_BY_DISCONNECT), effects);
  }
}

void ChatCore::TellPeersOfLeave(const User& user, Effects& effects) {
  const std::vector<PrivateLinks::Peer> peers = links_.Leave(user.id);
  const auto withdraw = [&](PrivateState state, bool was_asking) {
    for (const PrivateLinks::Peer& peer : peers) {
      if (peer.state != state) continue;
      NotifyUser(*presence_.Get(peer.user), Withdrawn(user, was_asking),
                 effects);
    }
  };
  withdraw(PrivateState::kAsked, true);
  withdraw(PrivateState::kAsking, false);
  for (const PrivateLinks::Peer& peer : peers) {
    if (peer.state != PrivateState::kLinked) continue;
    NotifyUser(*presence_.Get(peer.user), Ended(user, pb::ENDED_BY_DISCONNECT),
               effects);
  }
}

// ---- lists and texts --------------------------------------------------------

void ChatCore::FillPrivate(const User& user, pb::ListPrivateReply& list) const {
  for (const PrivateLinks::Peer& peer : links_.Peers(user.id)) {
    const std::string& alias = presence_.Get(peer.user)->alias;
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
void ChatCore::ListPrivate(const pb::ClientFrame& frame, Request& context) {
  Token last;
  for (const auto& [token, change] : changes_) {
    if (change.user == context.user) last = std::max(last, token);
  }
  if (last) {
    const PrivateChange& change = changes_.at(last);
    ++sessions_[context.session].pending;
    changing_.at(PairOf(*change.user, *change.other))
        .push_back({context.session, frame});
    return;
  }
  FillPrivate(*context.user,
              *Reply(context.session, context.id, context.effects)
                   .mutable_list_private());
}

void ChatCore::SendPrivate(const pb::SendPrivate& request,
                           const std::shared_ptr<User>& other,
                           Request& context) {
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
  pb::ServerFrame event;
  pb::PrivateSaid& said = *event.mutable_private_said();
  said.set_alias(context.user->alias);
  said.set_text(request.text());
  said.set_time_ms(absl::ToUnixMillis(context.now));
  said.set_message_id(context.message_id);
  NotifyUser(*other, std::move(event), context.effects);
  pb::ServerFrame& answer = Reply(context.session, context.id, context.effects);
  answer.mutable_send_private()->set_alias(other->alias);
  answer.mutable_send_private()->set_time_ms(absl::ToUnixMillis(context.now));
  Remember(*context.user, context.message_id, answer);
}

}  // namespace chat77::server

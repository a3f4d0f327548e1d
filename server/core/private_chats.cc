#include "server/core/private_chats.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "proto/alias.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

using Kind = PrivateChange::Kind;

constexpr uint32_t kMailboxRetryMs = 2000;

std::string NotLinked(const User& other) {
  return absl::StrCat("You have no private chat with ", other.alias,
                      "; ask for one first.");
}

std::string Unreachable(const User& other) {
  return absl::StrCat(other.alias,
                      " cannot be reached just now; please try again in a "
                      "moment.");
}

}  // namespace

PrivateChats::UserPtr PrivateChats::FindOther(const std::string& alias,
                                              const Request& request) {
  UserPtr other = presence_.FindJoined(wire::AliasKey(alias));
  if (other != nullptr) return other;
  ledger_.Refuse(pb::NOT_ONLINE, kNotOnline, {}, request);
  return nullptr;
}

PrivateChats::UserPtr PrivateChats::FindReachable(const std::string& alias,
                                                  bool both,
                                                  const Request& request) {
  if (workload_.RefuseMessage(request)) return nullptr;
  UserPtr other = FindOther(alias, request);
  if (other == nullptr) return nullptr;
  if (mailboxes_.CanBeTold(*other) &&
      (!both || mailboxes_.CanBeTold(*request.user))) {
    return other;
  }
  ledger_.Refuse(pb::BUSY, Unreachable(*other), other->alias, request,
                 kMailboxRetryMs);
  return nullptr;
}

// ---- changes ----------------------------------------------------------------

// Who asks will be told as well, at the latest when the other leaves.
void PrivateChats::Ask(const pb::RequestPrivate& ask, const Request& request) {
  const UserPtr other = FindReachable(ask.alias(), true, request);
  if (other == nullptr) return;
  const auto refuse = [&](pb::Code code, std::string_view sentence) {
    ledger_.Refuse(code, sentence, other->alias, request);
  };
  const User& user = *request.user;
  if (other == request.user) {
    return refuse(pb::IS_YOURSELF, "You cannot connect to yourself.");
  }
  if (user.HasBlocked(*other)) {
    return refuse(pb::IS_BLOCKED,
                  absl::StrCat("You have blocked ", other->alias,
                               "; unblock them first."));
  }
  const AskOutcome outcome = changes_.links().JudgeAsk(user.id, other->id);
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
  changes_.Make(connects ? Kind::kCross : Kind::kAsk, other, answer, request);
}

// What ends something open adds no more than the other's leaving would, and
// nobody can keep others in a private chat by not listening. So only this one
// needs the other to be reachable.
void PrivateChats::Accept(const pb::AcceptPrivate& accept,
                          const Request& request) {
  const UserPtr other = FindReachable(accept.alias(), false, request);
  if (other == nullptr || RefuseUnlessAsked(*other, request)) return;
  pb::ServerFrame answer;
  answer.mutable_accept_private()->set_alias(other->alias);
  changes_.Make(Kind::kAccept, other, answer, request);
}

void PrivateChats::Reject(const pb::RejectPrivate& reject,
                          const Request& request) {
  const UserPtr other = FindOther(reject.alias(), request);
  if (other == nullptr || RefuseUnlessAsked(*other, request)) return;
  pb::ServerFrame answer;
  answer.mutable_reject_private()->set_alias(other->alias);
  changes_.Make(Kind::kReject, other, answer, request);
}

bool PrivateChats::RefuseUnlessAsked(const User& other,
                                     const Request& request) {
  if (Between(*request.user, other) == PrivateState::kAsked) return false;
  ledger_.Refuse(pb::NO_PENDING_REQUEST,
                 absl::StrCat(other.alias, " has not asked you."), other.alias,
                 request);
  return true;
}

void PrivateChats::Withdraw(const pb::WithdrawRequest& withdraw,
                            const Request& request) {
  const UserPtr other = FindOther(withdraw.alias(), request);
  if (other == nullptr) return;
  if (Between(*request.user, *other) != PrivateState::kAsking) {
    return ledger_.Refuse(
        pb::NO_PENDING_REQUEST,
        absl::StrCat("You have no open request to ", other->alias, "."),
        other->alias, request);
  }
  pb::ServerFrame answer;
  answer.mutable_withdraw_request()->set_alias(other->alias);
  changes_.Make(Kind::kWithdraw, other, answer, request);
}

void PrivateChats::End(const pb::EndPrivate& end, const Request& request) {
  const UserPtr other = FindOther(end.alias(), request);
  if (other == nullptr) return;
  if (Between(*request.user, *other) != PrivateState::kLinked) {
    return ledger_.Refuse(
        pb::NOT_LINKED,
        absl::StrCat("You have no private chat with ", other->alias, "."),
        other->alias, request);
  }
  pb::ServerFrame answer;
  answer.mutable_end_private()->set_alias(other->alias);
  changes_.Make(Kind::kEnd, other, answer, request);
}

// ---- lists ------------------------------------------------------------------

void PrivateChats::List(const Request& request) {
  pb::ServerFrame reply;
  FillList(*request.user, *reply.mutable_list_private());
  ledger_.Answer(std::move(reply), request);
}

void PrivateChats::FillList(const User& user,
                            pb::ListPrivateReply& list) const {
  for (const auto& [id, link] : changes_.links().Peers(user.id)) {
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

// Also of one who left, if that was undone for the moment: see Ledger::Fail.
const std::string& PrivateChats::AliasOf(UserId id) const {
  if (const UserPtr user = presence_.Get(id)) return user->alias;
  return ledger_
      .FindLast<Departure>(
          [&](const Departure& departure) { return departure.user->id == id; })
      ->user->alias;
}

void PrivateChats::DropBlocked(const User& user, pb::ListPrivateReply& list) {
  for (auto* names :
       {list.mutable_linked(), list.mutable_asking(), list.mutable_asked()}) {
    names->erase(std::remove_if(names->begin(), names->end(),
                                [&](const std::string& alias) {
                                  return user.HasBlocked(alias);
                                }),
                 names->end());
  }
}

void PrivateChats::Finish(Answered& answered,
                          const absl::StatusOr<Outcome>& outcome, Turn& turn) {
  if (!sessions_.Has(answered.asked.session)) return;
  if (!outcome.ok()) {
    answered.reply.clear_body();
    FillUnavailable(*answered.reply.mutable_error());
  } else if (answered.reply.has_list_private()) {
    DropBlocked(*answered.user, *answered.reply.mutable_list_private());
  }
  turn.effects.push_back(
      server::Send{answered.asked.session, std::move(answered.reply)});
}

// ---- texts ------------------------------------------------------------------

void PrivateChats::Send(const pb::SendPrivate& send, const Request& request) {
  if (const auto* before = request.user->AnswerTo(request.message_id())) {
    return AnswerAgain(*before, pb::ServerFrame::kSendPrivate, request.Reply());
  }
  const auto is_first = [&](const PrivateText& held) {
    return held.user == request.user && held.message_id == request.message_id();
  };
  if (request.message_id() != 0) {
    if (const auto* first = ledger_.FindLast<PrivateText>(is_first)) {
      // Judged as the first is: a refusal says that nothing was delivered.
      PrivateText again = *first;
      again.asked = request.asked;
      return ledger_.Hold(std::move(again), request.turn);
    }
  }
  const UserPtr other = FindReachable(send.alias(), false, request);
  if (other == nullptr) return;
  if (Between(*request.user, *other) != PrivateState::kLinked) {
    return ledger_.Refuse(pb::NOT_LINKED, NotLinked(*other), other->alias,
                          request);
  }
  std::string text = CleanText(send.text());
  if (const TextVerdict verdict = JudgeText(text); !verdict.ok()) {
    return ledger_.Refuse(verdict.code, verdict.sentence, {}, request);
  }
  ledger_.Hold(
      PrivateText{request.asked, request.user, other, request.message_id(),
                  std::move(text), request.turn.now.wall},
      request.turn);
}

void PrivateChats::Finish(PrivateText& text,
                          const absl::StatusOr<Outcome>& outcome, Turn& turn) {
  User& user = *text.user;
  User& other = *text.other;
  pb::ServerFrame answer;
  answer.set_reply_to(text.asked.request_id);
  if (!outcome.ok()) {
    FillUnavailable(*answer.mutable_error());
  } else if (const auto* before = user.AnswerTo(text.message_id)) {
    AnswerAgain(*before, pb::ServerFrame::kSendPrivate, answer);
  } else if (other.gone()) {
    FillNotOnline(*answer.mutable_error());
  } else if (other.HasBlocked(user) || user.HasBlocked(other)) {
    FillError(*answer.mutable_error(), pb::NOT_LINKED, NotLinked(other),
              other.alias);
  } else if (!mailboxes_.CanBeTold(other)) {
    FillError(*answer.mutable_error(), pb::BUSY, Unreachable(other),
              other.alias);
    answer.mutable_error()->set_retry_after_ms(kMailboxRetryMs);
  } else {
    const int64_t time_ms = absl::ToUnixMillis(text.time);
    pb::ServerFrame event;
    pb::PrivateSaid& said = *event.mutable_private_said();
    said.set_alias(user.alias);
    said.set_text(std::move(text.text));
    said.set_time_ms(time_ms);
    said.set_message_id(text.message_id);
    mailboxes_.Notify(other, std::move(event), turn);
    answer.mutable_send_private()->set_alias(other.alias);
    answer.mutable_send_private()->set_time_ms(time_ms);
    user.Remember(text.message_id, answer);
  }
  if (!sessions_.Has(text.asked.session)) return;
  turn.effects.push_back(server::Send{text.asked.session, std::move(answer)});
}

}  // namespace chat77::server

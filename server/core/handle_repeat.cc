// Requests that may have been carried out before: a client that got no answer
// asks again, with the same message_id.
//
// Ids of an account ascend, so one above the highest that was ever carried out
// is new. Any other is looked up in the store first, and the session's requests
// behind it wait, so that they stay in order. Thus whatever is judged, ordered
// and written is new. Private texts, and messages without a history, are in no
// store: the core remembers those (RecentAnswers).

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "proto/request_traits.h"
#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {

bool ChatCore::MayBeRepeat(const Request& context) const {
  const bool stored = wire::TraitsOf(context.frame.request_case()).repeat ==
                          pb::RequestOptions::REMEMBERED &&
                      (options_.history || !context.frame.has_say());
  return stored && context.message_id != 0 &&
         context.message_id <= context.user->highest_message_id;
}

void ChatCore::Note(const Request& context) {
  uint64_t& highest = context.user->highest_message_id;
  highest = std::max(highest, context.message_id);
}

// Its first may not be on disk yet.
bool ChatCore::IsHeld(const Request& context) const {
  const auto is_first = [&](const auto& held) {
    return held.message_id == context.message_id &&
           held.user->account == context.user->account;
  };
  return held_.FindLast<Spoken>(is_first) != nullptr ||
         held_.FindLast<PrivateChange>(is_first) != nullptr;
}

bool ChatCore::Park(Request& context) {
  // Requests that are carried out once stay in order, and so does the list of
  // what some of them change. All others may overtake them.
  if (!wire::TraitsOf(context.frame.request_case()).once() &&
      !context.frame.has_list_private()) {
    return false;
  }
  Session& session = sessions_[context.session];
  const bool first = session.parked == nullptr;
  if (first && !MayBeRepeat(context)) return false;
  if (first) {
    session.parked = std::make_unique<std::deque<pb::ClientFrame>>();
  }
  session.parked->push_back(context.frame);
  ++session.pending;
  if (first) Unpark(context.session, context.now, context.effects);
  return true;
}

// Carries out what waits, in order, up to the next that may be a repeat.
void ChatCore::Unpark(SessionId id, const Moment& now, Effects& effects) {
  for (;;) {
    const auto session = sessions_.find(id);
    if (session == sessions_.end() || session->second.parked == nullptr) return;
    std::deque<pb::ClientFrame>& parked = *session->second.parked;
    if (parked.empty()) return session->second.parked.reset();
    Request context = ContextOf(id, parked.front(), now, effects);
    if (MayBeRepeat(context)) {
      if (IsHeld(context)) return held_.Hold({}, Again{id});
      if (!RefuseLookup(context)) {
        const Token token = NextToken();
        lookups_[token] = Lookup{id, context.id};
        effects.push_back(
            FindRequest{token, context.user->account, context.message_id});
        return;
      }
      parked.pop_front();
    } else {
      const pb::ClientFrame frame = std::move(parked.front());
      parked.pop_front();
      Request next = ContextOf(id, frame, now, effects);
      CarryOut(next);
    }
    LookedUp(id, now, effects);
  }
}

void ChatCore::Finish(const Again& again, const absl::StatusOr<Outcome>&,
                      const Moment& now, Effects& effects) {
  Unpark(again.session, now, effects);
}

void ChatCore::On(const RequestFound& event, const Moment& now,
                  Effects& effects) {
  const std::optional<Lookup> lookup = TakeLookup(event.token);
  if (!lookup) return;
  std::deque<pb::ClientFrame>& parked = *sessions_[lookup->session].parked;
  const pb::ClientFrame frame = std::move(parked.front());
  parked.pop_front();
  Request context = ContextOf(lookup->session, frame, now, effects);
  if (absl::IsNotFound(event.answer.status())) {
    CarryOut(context);  // it is new after all
  } else {
    AnswerRepeat(event, frame, Reply(context.session, context.id, effects));
  }
  LookedUp(lookup->session, now, effects);
  Unpark(lookup->session, now, effects);
}

// As it was answered then.
void ChatCore::AnswerRepeat(const RequestFound& found,
                            const pb::ClientFrame& frame,
                            pb::ServerFrame& reply) {
  if (!found.answer.ok()) return FillUnavailable(*reply.mutable_error());
  // Only messages have a seq.
  if (found.seq == 0) {
    return Recall(*found.answer, wire::TraitsOf(frame.request_case()).reply,
                  reply);
  }
  if (!frame.has_say()) return FillReused(*reply.mutable_error());
  reply.mutable_say()->set_seq(found.seq);
  reply.mutable_say()->set_time_ms(absl::ToUnixMillis(found.time));
}

}  // namespace chat77::server

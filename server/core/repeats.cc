#include "server/core/repeats.h"

#include <deque>
#include <memory>
#include <optional>

#include "proto/request_traits.h"

namespace chat77::server {
// As it was answered then.
void Repeats::Answer(const RequestFound& found, const pb::ClientFrame& frame,
                     pb::ServerFrame& reply) const {
  if (!found.answer.ok()) return FillUnavailable(*reply.mutable_error());
  pb::ServerFrame before;
  if (found.answer->empty()) {
    *before.mutable_say() = room_.AnswerTo(found.seq, found.time);
  } else if (!before.ParseFromString(*found.answer)) {
    // What was written by this program is read by it.
    return FillUnavailable(*reply.mutable_error());
  }
  before.clear_reply_to();
  AnswerAgain(before, wire::TraitsOf(frame.request_case()).reply, reply);
}

bool Repeats::MayBeRepeat(const Request& request) const {
  const bool stored = wire::TraitsOf(request.frame.request_case()).repeat ==
                          pb::RequestOptions::REMEMBERED &&
                      (options_.history || !request.frame.has_say());
  return stored && request.message_id() != 0 &&
         request.message_id() <= request.user->highest_message_id;
}

bool Repeats::IsHeld(const Request& request) const {
  const auto has_id = [&](const auto& held, AccountId account) {
    return held.message_id == request.message_id() &&
           account == request.user->account;
  };
  const auto is_text = [&](const auto& held) {
    return has_id(held, held.user->account);
  };
  return ledger_.FindLast<Spoken>(is_text) != nullptr ||
         ledger_.FindLast<PrivateText>(is_text) != nullptr ||
         ledger_.FindLast<PrivateChange>([&](const PrivateChange& held) {
           return has_id(held, held.account);
         }) != nullptr;
}

bool Repeats::Park(const Request& request) {
  // Requests that are carried out once stay in order, and so does the list of
  // what some of them change. All others may overtake them.
  if (!wire::TraitsOf(request.frame.request_case()).once() &&
      !request.frame.has_list_private()) {
    return false;
  }
  const SessionId id = request.asked.session;
  SessionState& session = sessions_.At(id);
  const bool first = session.parked == nullptr;
  if (first && !MayBeRepeat(request)) return false;
  if (first) {
    session.parked = std::make_unique<std::deque<pb::ClientFrame>>();
  }
  session.parked->push_back(request.frame);
  sessions_.Wait(id);
  if (first) Unpark(id, request.turn);
  return true;
}

void Repeats::Unpark(SessionId id, Turn& turn) {
  for (;;) {
    SessionState* const session = sessions_.Find(id);
    if (session == nullptr || session->parked == nullptr) return;
    std::deque<pb::ClientFrame>& parked = *session->parked;
    if (parked.empty()) return session->parked.reset();
    const Request request = sessions_.RequestOf(id, parked.front(), turn);
    if (!MayBeRepeat(request)) {
      // Of its own: the session may end by it.
      const pb::ClientFrame frame = std::move(parked.front());
      parked.pop_front();
      carry_out_(sessions_.RequestOf(id, frame, turn));
    } else if (limits_.RefuseLookup(request)) {
      parked.pop_front();
    } else if (IsHeld(request)) {
      return ledger_.Hold(Again{id}, turn);
    } else {
      const Token token = ledger_.NextToken();
      sessions_.Look(token, request.asked);
      turn.effects.push_back(
          FindRequest{token, request.user->account, request.message_id()});
      return;
    }
    sessions_.Settle(id, turn);
  }
}

void Repeats::On(const RequestFound& event, Turn& turn) {
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (!asked) return;
  std::deque<pb::ClientFrame>& parked = *sessions_.At(asked->session).parked;
  const pb::ClientFrame frame = std::move(parked.front());
  parked.pop_front();
  if (absl::IsNotFound(event.answer.status())) {
    carry_out_(sessions_.RequestOf(asked->session, frame, turn));
  } else {
    Answer(event, frame, Reply(*asked, turn));
  }
  sessions_.Settle(asked->session, turn);
  Unpark(asked->session, turn);
}

}  // namespace chat77::server

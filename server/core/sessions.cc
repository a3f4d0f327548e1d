#include "server/core/sessions.h"

#include <algorithm>
#include <string>

namespace chat77::server {

SessionState* Sessions::Find(SessionId id) {
  const auto session = sessions_.find(id);
  return session == sessions_.end() ? nullptr : &session->second;
}

Request Sessions::RequestOf(SessionId id, const pb::ClientFrame& frame,
                            Turn& turn) {
  return {{id, frame.request_id()}, frame, sessions_.at(id).user, turn};
}

std::vector<SessionId> Sessions::All() const {
  std::vector<SessionId> all;
  all.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) all.push_back(id);
  std::sort(all.begin(), all.end());
  return all;
}

std::optional<Asked> Sessions::Forget(SessionId id) {
  sessions_.erase(id);
  const auto logout = logouts_.extract(id);
  if (logout.empty()) return std::nullopt;
  return Asked{id, logout.mapped()};
}

void Sessions::Dismiss(SessionId id, pb::Code code, std::string_view sentence,
                       Turn& turn) {
  Forget(id);
  turn.effects.push_back(CloseSession{id, code, std::string(sentence)});
}

void Sessions::Clear() {
  sessions_.clear();
  logouts_.clear();
}

void Sessions::Settle(SessionId id, Turn& turn) {
  SessionState* const session = Find(id);
  if (session == nullptr || --session->pending > 0) return;
  const auto logout = logouts_.extract(id);
  if (!logout.empty()) log_out_({id, logout.mapped()}, turn);
}

Token Sessions::Look(const Request& request) {
  const Token token = ledger_.NextToken();
  Wait(request.asked.session);
  Look(token, request.asked);
  return token;
}

std::optional<Asked> Sessions::TakeLookup(Token token) {
  const auto entry = lookups_.extract(token);
  if (entry.empty() || !Has(entry.mapped().session)) return std::nullopt;
  return entry.mapped();
}

void Sessions::Finish(Answered& answered,
                      const absl::StatusOr<Outcome>& outcome,
                      Turn& turn) const {
  if (!Has(answered.asked.session)) return;
  if (!outcome.ok()) FillUnavailable(*answered.reply.mutable_error());
  turn.effects.push_back(
      Send{answered.asked.session, std::move(answered.reply)});
}

void Sessions::LogOutOnceSettled(const Request& request) {
  SessionState& session = sessions_.at(request.asked.session);
  session.leaving = true;
  if (session.pending == 0) return log_out_(request.asked, request.turn);
  logouts_[request.asked.session] = request.asked.request_id;
}

}  // namespace chat77::server

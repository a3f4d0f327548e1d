// The sessions there are, who is logged in with them, and which of their
// requests wait.
//
// A logout waits until all earlier requests of its session are answered.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "server/core/ledger.h"
#include "server/core/pending.h"
#include "server/core/request.h"

namespace chat77::server {

struct SessionState {
  std::unique_ptr<Origin> origin;  // until a login with it is on record
  std::shared_ptr<User> user;      // nullptr: not logged in
  uint16_t pending = 0;            // requests that wait
  bool resumes = false;            // its client knows how to
  bool waiting = false;            // for a password or a login's record
  bool leaving = false;            // has asked to log out
  // Its requests that wait because the first of them may have been carried out
  // before; nullptr: none do.
  std::unique_ptr<std::deque<pb::ClientFrame>> parked;
};

class Sessions {
 public:
  // Called when all requests before the logout have been answered.
  using LogOut = std::function<void(const Asked& logout, Turn&)>;

  Sessions(Ledger& ledger, LogOut log_out)
      : ledger_(ledger), log_out_(std::move(log_out)) {}

  SessionState& Open(SessionId id) { return sessions_[id]; }
  bool Has(SessionId id) const { return sessions_.contains(id); }
  // nullptr if it is gone.
  SessionState* Find(SessionId id);
  // It must be there.
  SessionState& At(SessionId id) { return sessions_.at(id); }
  Request RequestOf(SessionId id, const pb::ClientFrame& frame, Turn& turn);
  // In order of id.
  std::vector<SessionId> All() const;

  // It is gone. Returns its logout if it had asked for one.
  std::optional<Asked> Forget(SessionId id);
  // Forgotten at once: what the client sent behind finds nobody, and cannot log
  // in on a connection that is being closed.
  void Dismiss(SessionId id, pb::Code code, std::string_view sentence,
               Turn& turn);
  void Clear();

  // One of its requests waits, and is settled when it has been answered.
  void Wait(SessionId id) { ++sessions_.at(id).pending; }
  void Settle(SessionId id, Turn& turn);
  // The request waits for an event with the returned token. Whoever takes the
  // lookup answers the request and settles it.
  Token Look(const Request& request);
  // The same for one that waits already.
  void Look(Token token, const Asked& asked) { lookups_[token] = asked; }
  // Nothing if the session is gone.
  std::optional<Asked> TakeLookup(Token token);
  void LogOutOnceSettled(const Request& request);
  // A reply that was held.
  void Finish(Answered& answered, const absl::StatusOr<Outcome>& outcome,
              Turn& turn) const;

  // Nothing waits.
  bool idle() const { return lookups_.empty() && logouts_.empty(); }

 private:
  Ledger& ledger_;
  const LogOut log_out_;
  absl::flat_hash_map<SessionId, SessionState> sessions_;
  absl::flat_hash_map<Token, Asked> lookups_;
  absl::flat_hash_map<SessionId, uint64_t> logouts_;  // that wait; requests
};

}  // namespace chat77::server

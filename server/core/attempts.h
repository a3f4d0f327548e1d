// Logins, resumes and registrations that wait for the store or a password. The
// store may answer with data that is older than a change of the account: each
// attempt records the changes since it began.
//
// Pure; one thread, the core's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "server/core/pending.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Attempts {
 public:
  Attempts(Ledger& ledger, Sessions& sessions)
      : ledger_(ledger), sessions_(sessions) {}

  // Its session waits until the outcome with the token is taken.
  Token Begin(Attempt attempt);
  // Nothing if its session ended meanwhile.
  std::optional<Attempt> Take(Token token);

  // What somebody blocked or unblocked, from when that is ordered until its
  // write is on disk or has failed; then for good.
  void BeginBlocking(const Blocking& blocking) { held_.push_back(blocking); }
  void EndBlocking(const Blocking& blocking, bool written);
  // An account as it is now: it may have been read before what came to pass
  // since the attempt began.
  AccountName Updated(const Attempt& attempt, AccountName account) const;
  void NoteAdmin(AccountId account);
  void NoteEndedDevice(DeviceId device);
  // All other devices of the user's account have ended.
  void NotePasswordChange(const User& user);

  bool empty() const { return attempts_.empty(); }

 private:
  Ledger& ledger_;
  Sessions& sessions_;
  absl::flat_hash_map<Token, Attempt> attempts_;
  std::vector<Blocking> held_;
};

}  // namespace chat77::server

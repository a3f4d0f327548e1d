// Private chat by consent: what is asked is judged here, by the table in
// private_links.h. Refusals are held as well: they may speak of a change that
// is not on disk yet.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "server/core/ledger.h"
#include "server/core/mailboxes.h"
#include "server/core/overload.h"
#include "server/core/pending.h"
#include "server/core/presence.h"
#include "server/core/private_changes.h"
#include "server/core/sessions.h"

namespace chat77::server {

class PrivateChats {
 public:
  using UserPtr = std::shared_ptr<User>;

  PrivateChats(const Sessions& sessions, const Presence& presence,
               const Workload& workload, Ledger& ledger, Mailboxes& mailboxes,
               PrivateChanges& changes)
      : sessions_(sessions),
        presence_(presence),
        workload_(workload),
        ledger_(ledger),
        mailboxes_(mailboxes),
        changes_(changes) {}

  void Ask(const pb::RequestPrivate& ask, const Request& request);
  void Accept(const pb::AcceptPrivate& accept, const Request& request);
  void Reject(const pb::RejectPrivate& reject, const Request& request);
  void Withdraw(const pb::WithdrawRequest& withdraw, const Request& request);
  void End(const pb::EndPrivate& end, const Request& request);
  void Send(const pb::SendPrivate& send, const Request& request);
  void List(const Request& request);

  // How the user stands to others, for their own eyes.
  void FillList(const User& user, pb::ListPrivateReply& list) const;
  // A block may have been written since the list was made.
  static void DropBlocked(const User& user, pb::ListPrivateReply& list);

  // What was held before has happened.
  void Finish(PrivateText& text, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  void Finish(Answered& answered, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);

 private:
  PrivateState Between(const User& user, const User& other) const {
    return changes_.links().Between(user.id, other.id);
  }
  // nullptr, and answered, if nobody of that name is here.
  UserPtr FindOther(const std::string& alias, const Request& request);
  // The same, and if too much waits for one of the two to be told of more, or
  // for the disk.
  // `both`: the user will be told as well.
  UserPtr FindReachable(const std::string& alias, bool both,
                        const Request& request);
  // True, and answered, if the other has not asked the user.
  bool RefuseUnlessAsked(const User& other, const Request& request);
  const std::string& AliasOf(UserId id) const;

  const Sessions& sessions_;
  const Presence& presence_;
  const Workload& workload_;
  Ledger& ledger_;
  Mailboxes& mailboxes_;
  PrivateChanges& changes_;
};

}  // namespace chat77::server

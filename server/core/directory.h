// Durable commands on accounts: each is judged, ordered, and done and answered
// once it is on disk. Some are about an account that may not be online, which
// is looked up first.
//
// Pure; one thread, the core's.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "server/core/ledger.h"
#include "server/core/pending.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Directory {
 public:
  // Goes on with the account: orders a command, or answers and settles.
  using Found = std::function<void(const AccountName&, const Asked&, Turn&)>;

  Directory(Sessions& sessions, Ledger& ledger)
      : sessions_(sessions), ledger_(ledger) {}

  // Looks the account of that alias up; answered if there is none.
  void Seek(std::string_view alias, Found found, const Request& request);
  void On(const AccountFound& event, Turn& turn);

  // The request waits for it; `command.asked` is filled in here.
  template <class Write>
  void Order(Write write, Command command, const Request& request) {
    sessions_.Wait(request.asked.session);
    Order(std::move(write), std::move(command), request.asked, request.turn);
  }
  // The same for a Found: Seek counts the request already.
  template <class Write>
  void Order(Write write, Command command, const Asked& asked, Turn& turn) {
    command.asked = asked;
    for (const auto& user : command.ends) ++user->ending;
    ledger_.Order(std::move(write), std::move(command), turn);
  }
  void Finish(Command& command, const absl::StatusOr<Outcome>& outcome,
              Turn& turn);
  static void Undo(Command& command);

  // Nothing is being looked up.
  bool idle() const { return seeking_.empty(); }

 private:
  Sessions& sessions_;
  Ledger& ledger_;
  absl::flat_hash_map<Token, Found> seeking_;
};

}  // namespace chat77::server

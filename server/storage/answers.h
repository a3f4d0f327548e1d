// What the core asks of the store, answered. Blocking calls, one or two reads
// each; a failure of the store is in the event. The same for the server and
// its simulation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/storage/calendar.h"
#include "store/account_reader.h"
#include "store/history_reader.h"

namespace chat77::server {

// What is to be known of whoever comes in with an account. NotFound if there
// is none.
absl::StatusOr<AccountName> NameOf(store::AccountReader& reader,
                                   AccountId account, std::string alias);

// The rooms of an account.
absl::StatusOr<AccountRooms> RoomsOf(store::AccountReader& reader,
                                     AccountId account,
                                     const Calendar& calendar);

// An account, and what its password is checked by.
struct KnownAccount {
  AccountName name;
  std::string password_hash;
};
// NotFound if there is none; the same is asked of the store then, so that the
// time does not tell.
absl::StatusOr<KnownAccount> FindKnown(store::AccountReader& reader,
                                       std::string_view key);

AccountFound Answer(const FindAccount& effect, store::AccountReader& reader);
DeviceFound Answer(const FindDevice& effect, store::AccountReader& reader,
                   const Calendar& calendar);
RoomsRead Answer(const ReadRooms& effect, store::AccountReader& reader,
                 const Calendar& calendar);
DevicesRead Answer(const ReadDevices& effect, store::AccountReader& reader);
RequestFound Answer(const FindRequest& effect, store::HistoryReader& reader);
HistoryRead Answer(const ReadHistory& effect, store::HistoryReader& reader);

}  // namespace chat77::server

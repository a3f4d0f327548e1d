// The core's words and the store's, translated: what an effect asks the store
// to write, and what the store's results are as events. Pure, and the same for
// the server and its simulation.
//
// `calendar` gives the times that the store decides by (storage/calendar.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/core/sanctions.h"
#include "server/storage/calendar.h"
#include "store/ledger.h"
#include "store/model.h"

namespace chat77::server {

store::Write ToWrite(CreateAccount effect, std::string password_hash,
                     const Calendar& calendar);
store::Write ToWrite(const ChangePassword& effect, std::string password_hash);
// `device_token`: of the device that the login makes; else empty.
store::Write ToWrite(RecordLogin effect, std::string_view device_token,
                     const Calendar& calendar);
store::Write ToWrite(RecordLogout effect);
store::Write ToWrite(Append effect, const Calendar& calendar);
store::Write ToWrite(SetLink effect, const Calendar& calendar);
store::Write ToWrite(const MarkRead& effect);
store::Write ToWrite(const RevokeDevice& effect);
store::Write ToWrite(const SetBlocked& effect);
store::Write ToWrite(AddSanction effect, const Calendar& calendar);
store::Write ToWrite(LiftSanction effect, const Calendar& calendar);
store::Write ToWrite(RecordKick effect);
// Whether the code is the right one is the caller's matter.
store::Write ToWrite(const MakeAdmin& effect);
store::Write ToWrite(const AddInvitation& effect, std::string_view code,
                     const Calendar& calendar);

// What became of a write. `secret`: what was made with it and nobody else
// knows (see Outcome).
Committed ToEvent(Token token, const store::WriteResult& result,
                  std::string secret = {});

// A sequence number beyond the store's range means its end. Forwards the store
// may find more than was told; ToEvent leaves that out.
store::HistoryQuery ToQuery(const ReadHistory& effect);

AccountFound ToEvent(const FindAccount& effect,
                     const absl::StatusOr<store::Account>& account);
RequestFound ToEvent(const FindRequest& effect,
                     const absl::StatusOr<store::RememberedRequest>& request);
DevicesRead ToEvent(const ReadDevices& effect,
                    const absl::StatusOr<std::vector<store::Device>>& devices);
HistoryRead ToEvent(const ReadHistory& effect,
                    const absl::StatusOr<store::HistoryPage>& page);

// An account as the core is to know whoever comes in with it.
AccountName ToCore(AccountId account, std::string alias,
                   const store::Standing& standing);
// A sanction that is in force. It ends when the calendar says so.
Sanction ToCore(const store::Sanction& sanction, const Calendar& calendar);
// A request is as old as the calendar says.
AccountRooms ToCore(store::AccountRooms rooms, const Calendar& calendar);

}  // namespace chat77::server

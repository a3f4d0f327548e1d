// The sentences for one refused write, a refused commit or a missing record,
// the same in every store.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

#include "proto/ids.h"

namespace chat77::store {

absl::Status AliasTaken(std::string_view alias);
absl::Status AliasLooksTaken(std::string_view alias);
absl::Status AliasLooksReserved(std::string_view alias);
absl::Status NoInvitation();
absl::Status InvitationKnown();
absl::Status NoSuchSanction(int64_t number);
absl::Status TooManyBlocked();
absl::Status NoSuchAccount(std::string_view key);
absl::Status NoSuchRoom(RoomId room);
absl::Status NoOpenConnection(ConnectionId id);
absl::Status NoAccountNumber(AccountId account);
absl::Status NoSuchDevice(AccountId account, DeviceId device);
absl::Status TokenKnown();
absl::Status TokenUnknown();
absl::Status NotRemembered(uint64_t message_id);
// Of a whole commit: DataLoss, and Internal. `store` is its name.
absl::Status WrittenByAnother(std::string_view store);
absl::Status WrongLink(AccountId first, AccountId second);

}  // namespace chat77::store

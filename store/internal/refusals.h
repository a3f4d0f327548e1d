// The sentences for one refused write or a missing record, the same in every
// store.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace chat77::store {

absl::Status AliasTaken(std::string_view alias);
absl::Status AliasLooksTaken(std::string_view alias);
absl::Status AliasLooksReserved(std::string_view alias);
absl::Status NoInvitation();
absl::Status InvitationKnown();
absl::Status NoSuchSanction(int64_t number);
absl::Status TooManyBlocked();
absl::Status NoSuchAccount(std::string_view key);
absl::Status NoSuchRoom(std::string_view room);
absl::Status NoOpenConnection(int64_t id);
absl::Status NoAccountNumber(int64_t account);
absl::Status NoSuchDevice(int64_t account, int64_t device);
absl::Status TokenKnown();
absl::Status TokenUnknown();
absl::Status NotRemembered(uint64_t message_id);

}  // namespace chat77::store

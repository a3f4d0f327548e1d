// Accounts, the rooms they have, and the devices that may resume as them.
// Errors as in store/store.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/model.h"

namespace chat77::store {

// Used by one thread at a time.
class AccountReader {
 public:
  virtual ~AccountReader() = default;

  virtual absl::StatusOr<Account> FindAccount(std::string_view key) = 0;
  // What a login needs to know of an account. NotFound if it is not there.
  virtual absl::StatusOr<Standing> FindStanding(AccountId account) = 0;
  // Whether anybody is an admin.
  virtual absl::StatusOr<bool> HasAdmin() = 0;

  // The rooms of an account, but for the lobby.
  virtual absl::StatusOr<AccountRooms> RoomsOf(AccountId account) = 0;

  // By the hash of its token. NotFound if there is none, or
  // wire::kDeviceLife has passed since its last use.
  virtual absl::StatusOr<Device> FindDevice(std::string_view token_hash,
                                            absl::Time now) = 0;
  // Those of an account, in order of number.
  virtual absl::StatusOr<std::vector<Device>> Devices(AccountId account) = 0;
};

}  // namespace chat77::store

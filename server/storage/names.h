// What is to be known of whoever comes in with an account, from the store.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "server/core/event.h"
#include "store/store.h"

namespace chat77::server {

// NotFound if there is no such account.
absl::StatusOr<AccountName> NameOf(store::Store& store, int64_t account,
                                   std::string alias);

}  // namespace chat77::server

// What the core is to know at a start, from the store.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "server/core/event.h"
#include "server/limits/moment.h"
#include "server/storage/calendar.h"
#include "store/store.h"

namespace chat77::server {

struct Restoration {
  // Who was online when the server ended and may come back, with their rooms,
  // and the sanctions in force.
  Restored restored;
  int64_t closed = 0;  // the logins of all others, which ended here
};
absl::StatusOr<Restoration> Restore(store::Store& store,
                                    const Calendar& calendar,
                                    const Moment& now);

}  // namespace chat77::server

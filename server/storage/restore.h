// What the core is to know at a start, from the store.
#pragma once

#include "absl/status/statusor.h"

#include "server/core/event.h"
#include "server/limits/moment.h"
#include "server/storage/calendar.h"
#include "store/store.h"

namespace chat77::server {

// Who was online when the server ended and may come back, how they stood to
// each other, and the sanctions in force. The logins of all others end here.
absl::StatusOr<Restored> Restore(store::Store& store, const Calendar& calendar,
                                 const Moment& now);

}  // namespace chat77::server

// A sanction as the core knows it, from one of the store's.
#pragma once

#include "server/core/sanctions.h"
#include "server/storage/calendar.h"
#include "store/moderation.h"

namespace chat77::server {

// It ends when the calendar says so.
Sanction FromStore(const store::Sanction& sanction, const Calendar& calendar);

}  // namespace chat77::server

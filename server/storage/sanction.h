// A sanction as the core knows it, from one of the store's.
#pragma once

#include "server/core/sanctions.h"
#include "store/moderation.h"

namespace chat77::server {

Sanction FromStore(const store::Sanction& sanction);

}  // namespace chat77::server

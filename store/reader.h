// All that can be read of a store beside whoever writes to it.
#pragma once

#include "store/account_reader.h"
#include "store/export_reader.h"
#include "store/history_reader.h"
#include "store/moderation_reader.h"

namespace chat77::store {

// Used by one thread at a time. Each call sees all that was committed before it
// began.
class Reader : public AccountReader,
               public HistoryReader,
               public ModerationReader,
               public ExportReader {};

}  // namespace chat77::store

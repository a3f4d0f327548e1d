// What each write of an admin's looks like in the audit log, the same in every
// store. Without number and hash.
#pragma once

#include <cstdint>
#include <string>

#include "store/model.h"

namespace chat77::store {

// `alias`: of the account, as registered.
AuditRecord EntryOf(const SetAdmin& write, const std::string& alias);
AuditRecord EntryOf(const AddSanction& write, int64_t number);
// `target`: of the sanction.
AuditRecord EntryOf(const LiftSanction& write, const std::string& target);
AuditRecord EntryOf(const RecordKick& write);
AuditRecord EntryOf(const AddInvitation& write);
// An account that had to be given another name (store/sqlite/names.h).
AuditRecord EntryOfRename(const std::string& from, const std::string& to,
                          absl::Time time);

}  // namespace chat77::store

// The tables (see store/SCHEMA.md) as numbered steps, each from one version to
// the next. PRAGMA user_version holds the number of steps a file has taken.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "store/sqlite/database.h"

namespace chat77::store::sqlite {

// PRAGMA application_id of every chat77 store: "ch77".
inline constexpr int32_t kApplicationId = 0x63683737;

// The steps, oldest first. Released ones are never changed.
absl::Span<const char* const> Migrations();

// Takes the steps that the file lacks, all in one transaction, and sets the
// application id. FailedPrecondition, untouched, if it has taken more.
absl::Status Migrate(Database& database,
                     absl::Span<const char* const> steps = Migrations());

// FailedPrecondition for a file that a newer chat77 has written.
absl::Status CheckVersion(int64_t version, size_t known,
                          const std::string& path);

}  // namespace chat77::store::sqlite

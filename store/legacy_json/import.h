// Brings users and connections of the original's file into a store. Example:
//   absl::StatusOr<LegacyFile> file = ParseLegacyJson(json);
//   absl::StatusOr<ImportPlan> done = ImportLegacy(*file, options, *store);
//   std::cout << DescribeImport(*done);
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/legacy_json/import_plan.h"
#include "store/legacy_json/legacy_file.h"
#include "store/store.h"

namespace chat77::store {

struct ImportOptions {
  absl::TimeZone zone = absl::LocalTimeZone();  // of the file's times
  absl::Time now = absl::Now();
  // HashPassword at some cost; a seam for tests and fuzzers.
  std::function<absl::StatusOr<std::string>(std::string_view)> hash;
};

// Carries out PlanImport's plan in one Commit: on an error nothing was
// written, and the import can be repeated. Takes the time of one hash for each
// account. Returns the plan as it was carried out, without the passwords.
absl::StatusOr<ImportPlan> ImportLegacy(const LegacyFile& file,
                                        const ImportOptions& options,
                                        Store& store);

// The report for the person who ran it: counts, new names, and every record
// that was not taken with its reason. Never a password.
std::string DescribeImport(const ImportPlan& plan, const LegacyFile& file);

}  // namespace chat77::store

#include "store/tool/exit_code.h"

#include <iostream>

namespace chat77::store {
namespace {

int CodeFor(const absl::Status& status) {
  if (IsStoreInUse(status)) return kInUse;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kDone;
    case absl::StatusCode::kNotFound:
      return kNoInput;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kFailedPrecondition:
      return kBadData;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kUnavailable:
      return kCannotCreate;
    default:
      return kSoftware;
  }
}

}  // namespace

int Fail(const absl::Status& status, int code) {
  std::cerr << "chat77-store: " << status.message() << "\n";
  return code;
}

int Fail(const absl::Status& status) { return Fail(status, CodeFor(status)); }

void TellOfMigration(const Migration& migration) {
  std::cerr << "chat77-store: " << migration.path << " becomes schema "
            << migration.to << "; as it was, of schema " << migration.from
            << ", it is kept as " << migration.backup << ".\n";
}

}  // namespace chat77::store

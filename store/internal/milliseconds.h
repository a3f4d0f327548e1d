// The precision of every store's times.
#pragma once

#include "absl/time/time.h"

namespace chat77::store {

inline absl::Time Milliseconds(absl::Time time) {
  return absl::FromUnixMillis(absl::ToUnixMillis(time));
}

}  // namespace chat77::store

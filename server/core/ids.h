// The core's names for things. Each is a type of its own, so that a session
// cannot be passed where a user is meant. Values are never reused within one
// run of the server; 0 means none.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

#include "proto/ids.h"

namespace chat77::server {

template <class Tag>
struct Id {
  uint64_t value = 0;

  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
  template <class H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.value);
  }
};

// A connection, from accept to close.
using SessionId = Id<struct SessionTag>;
// Somebody who is online, from login to leave. Ascending in order of login.
using UserId = Id<struct UserTag>;
// A piece of work outside the core that an event will report on.
using Token = Id<struct TokenTag>;

}  // namespace chat77::server

// The number that tells one life of a room's history from another.
#pragma once

#include <cstdint>

namespace chat77::store {

// Random, never 0: a room made anew after its store was lost gets another, so
// nobody takes an old place in the old history for one in the new.
uint64_t NewRoomEpoch();

}  // namespace chat77::store

#include "store/internal/room_epoch.h"

#include <sodium.h>

#include "store/internal/sodium.h"

namespace chat77::store {

uint64_t NewRoomEpoch() {
  SodiumIsReady();
  uint64_t epoch = 0;
  while (epoch == 0) randombytes_buf(&epoch, sizeof(epoch));
  return epoch;
}

}  // namespace chat77::store

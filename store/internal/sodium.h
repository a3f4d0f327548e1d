// libsodium made ready, and its hash.
#pragma once

#include <string>
#include <string_view>

namespace chat77::store {

// False if the system gives no random numbers. Also picks the fastest code for
// this CPU. Any thread, any number of times.
bool SodiumIsReady();

// BLAKE2b-256 of some bytes: 32 bytes.
std::string Blake2b(std::string_view bytes);

}  // namespace chat77::store

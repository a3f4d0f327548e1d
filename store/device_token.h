// What stands for a password on one device, and what the store keeps of it.
#pragma once

#include <string>
#include <string_view>

namespace chat77::store {

// wire::kDeviceTokenBytes random bytes. Not before a password was checked or
// hashed, which sees to it that the system gives random numbers.
std::string NewDeviceToken();

// 32 bytes: BLAKE2b of the token. Without salt or work, which a password needs
// and a random token does not: nobody can guess it from its hash.
std::string HashOfToken(std::string_view token);

}  // namespace chat77::store

#include "store/device_token.h"

#include <sodium.h>

#include "proto/limits.h"
#include "store/internal/sodium.h"

namespace chat77::store {

std::string NewDeviceToken() {
  std::string token(wire::kDeviceTokenBytes, '\0');
  randombytes_buf(token.data(), token.size());
  return token;
}

std::string HashOfToken(std::string_view token) { return Blake2b(token); }

}  // namespace chat77::store

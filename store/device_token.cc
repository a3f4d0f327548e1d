#include "store/device_token.h"

#include <sodium.h>

#include "proto/limits.h"

namespace chat77::store {

std::string NewDeviceToken() {
  std::string token(wire::kDeviceTokenBytes, '\0');
  randombytes_buf(token.data(), token.size());
  return token;
}

std::string HashOfToken(std::string_view token) {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), nullptr, 0);
  return hash;
}

}  // namespace chat77::store

#include "store/internal/sodium.h"

#include <sodium.h>

namespace chat77::store {

bool SodiumIsReady() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

std::string Blake2b(std::string_view bytes) {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size(), nullptr, 0);
  return hash;
}

}  // namespace chat77::store

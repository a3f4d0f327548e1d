#include "server/net/tls/openssl.h"

#include <openssl/err.h>

namespace chat77::server::tls {

const char* TakeError() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  const char* words = first == 0 ? nullptr : ERR_reason_error_string(first);
  return words == nullptr ? "no reason given" : words;
}

}  // namespace chat77::server::tls

#include "tests/bench/load/secure.h"

#include <cerrno>
#include <openssl/err.h>

namespace chat77::bench {
namespace {

SSL_CTX* Context() {
  static SSL_CTX* const kContext = [] {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    return context;
  }();
  return kContext;
}

}  // namespace

Secure::Secure(int socket) : ssl_(SSL_new(Context())) {
  SSL_set_fd(ssl_.get(), socket);
  SSL_set_connect_state(ssl_.get());
}

ssize_t Secure::Receive(char* buffer, size_t size) {
  size_t all = 0, got = 0;
  while (all < size &&
         SSL_read_ex(ssl_.get(), buffer + all, size - all, &got) == 1) {
    all += got;
  }
  const int why = SSL_get_error(ssl_.get(), 0);
  ERR_clear_error();
  if (all > 0) return static_cast<ssize_t>(all);
  errno = EAGAIN;
  const bool later = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  return later ? -1 : 0;
}

ssize_t Secure::Send(std::string_view bytes) {
  size_t sent = 0;
  if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1) {
    return static_cast<ssize_t>(sent);
  }
  const int why = SSL_get_error(ssl_.get(), 0);
  ERR_clear_error();
  const bool later = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  errno = later ? EAGAIN : EPIPE;
  return -1;
}

}  // namespace chat77::bench

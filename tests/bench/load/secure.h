// TLS for a connection of the load client, over a socket that does not block.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string_view>
#include <sys/types.h>

namespace chat77::bench {

class Secure {
 public:
  explicit Secure(int socket);

  // Like recv(2) and send(2), but for as many records as there are. The first
  // calls shake hands, and say EAGAIN meanwhile. The server is not checked.
  ssize_t Receive(char* buffer, size_t size);
  ssize_t Send(std::string_view bytes);

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace chat77::bench

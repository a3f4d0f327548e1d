// Opening connections to one server.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <string>

#include "absl/status/statusor.h"

namespace chat77::bench {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  std::string text;  // for sentences

  bool is_loopback_v4() const;
};

absl::StatusOr<Address> Resolve(const std::string& host,
                                const std::string& port);

struct ConnectOptions {
  // Not 0: from 127.0.0.<source>, so that more connections than one address
  // has ports fit; the server's address must be loopback.
  uint32_t source = 0;
  // Not 0: bytes of the receive buffer, for a client that will not read.
  int receive_bytes = 0;
};

// A connected, non-blocking socket; the caller closes it. Waits 10 s at most.
absl::StatusOr<int> Connect(const Address& address, ConnectOptions options);

}  // namespace chat77::bench

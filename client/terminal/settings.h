// What flags say, read and judged: addresses, passwords.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "chat77/v1/session.pb.h"

namespace chat77::client {

struct ServerAddress {
  std::string host;
  uint16_t port = 7700;
};

// "HOST", "HOST:PORT", "[IPV6]:PORT" or a bare IPv6 address; InvalidArgument
// with a sentence.
absl::StatusOr<ServerAddress> ParseServer(const std::string& text);

// "notices", "batched" or "off"; InvalidArgument with a sentence.
absl::StatusOr<v1::Presence> ParsePresence(const std::string& text);

// The first line of a file, or of an open descriptor. A sentence if it cannot
// be read, is empty or above the limit of passwords.
absl::StatusOr<std::string> ReadPasswordFile(const std::string& path);
absl::StatusOr<std::string> ReadPasswordFd(int fd);

}  // namespace chat77::client

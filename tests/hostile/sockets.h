// Sockets that do not block, from any address of the loopback network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat77::hostile {

inline constexpr double kSecond = 1e9;  // nanoseconds

struct Ports {
  uint16_t native = 0;
  uint16_t text = 0;
};

// The n-th address of 127.NETWORK.0.0/16, around again after 62500.
uint32_t HostOf(int network, size_t n);

// Connects, waiting a second at most; -1 where that failed. What the kernel
// takes for it while it does not read: `receive_bytes`, 0 for as much as it
// likes.
int Connect(uint32_t host, uint16_t port, int receive_bytes = 0);

// What the socket takes of `bytes` is cut off from them; false: it is broken.
bool SendSome(int fd, std::string& bytes);

void CloseInOrder(int fd);
// The other side sees a reset.
void CloseHard(int fd);

}  // namespace chat77::hostile

// IP addresses and networks, as limits, bans and allow lists name them.
// Numeric only; nothing is resolved. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chat77::wire {

// An IPv4 address is kept as the IPv6 one it maps to (RFC 4291, 2.5.5.2), so
// that an IPv4 client of an IPv6 listener is an IPv4 client.
class IpAddress {
 public:
  static std::optional<IpAddress> Parse(std::string_view text);

  bool is_v4() const;
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  // Whom a limit for one address counts together: an IPv4 address, or the /64
  // of an IPv6 one, since whoever has one has all of it.
  std::string Group() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  friend class Network;
  std::array<uint8_t, 16> bytes_{};
};

// "192.0.2.0/24", "2001:db8::/32"; an address alone is a network of one.
class Network {
 public:
  // Nothing for what is no network, also where bits behind the prefix are set.
  static std::optional<Network> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  // The canonical spelling; without a prefix length where it is one address.
  std::string ToString() const;

 private:
  IpAddress first_;
  int prefix_ = 128;  // of the 128 bits, also for IPv4
};

// Several, with commas between them, and these words: "loopback" (127.0.0.0/8,
// ::1), "private" (RFC 1918, 3927, 4193, 4291: 10/8, 172.16/12, 192.168/16,
// 169.254/16, fc00::/7, fe80::/10), "all", "none".
class NetworkList {
 public:
  static std::optional<NetworkList> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  // False for what is no address.
  bool Contains(std::string_view address) const;

 private:
  std::vector<Network> networks_;
};

}  // namespace chat77::wire

#include "proto/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace chat77::wire {
namespace {

constexpr int kMappedBits = 96;  // before an IPv4 address
constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0,    0,
                                             0, 0, 0, 0, 0xff, 0xff};

constexpr std::string_view kLoopback[] = {"127.0.0.0/8", "::1"};
constexpr std::string_view kPrivate[] = {"10.0.0.0/8",     "172.16.0.0/12",
                                         "192.168.0.0/16", "169.254.0.0/16",
                                         "fc00::/7",       "fe80::/10"};
constexpr std::string_view kAll[] = {"0.0.0.0/0", "::/0"};

std::string Show(const std::array<uint8_t, 16>& bytes, bool v4) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? kMapped.size() : 0),
            text, sizeof text);
  return text;
}

bool IsSet(const std::array<uint8_t, 16>& bytes, int bit) {
  return (bytes[static_cast<size_t>(bit / 8)] & (0x80 >> bit % 8)) != 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  char name[INET6_ADDRSTRLEN];
  // A NUL would end the name early: half of the text is no address.
  if (text.size() >= sizeof name || text.find('\0') != text.npos) {
    return std::nullopt;
  }
  std::memcpy(name, text.data(), text.size());
  name[text.size()] = '\0';
  IpAddress address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, name, address.bytes_.data() + kMapped.size()) == 1 ||
      inet_pton(AF_INET6, name, address.bytes_.data()) == 1) {
    return address;
  }
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

std::string IpAddress::Group() const {
  if (is_v4()) return Show(bytes_, true);
  std::array<uint8_t, 16> group = bytes_;
  std::fill(group.begin() + 8, group.end(), 0);
  return absl::StrCat(Show(group, false), "/64");
}

std::optional<Network> Network::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto first = IpAddress::Parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  Network network;
  network.first_ = *first;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  // An IPv4 address in IPv6 clothes has a prefix of IPv6's.
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  if (v4) prefix += kMappedBits;
  if (error != std::errc() || end != digits.data() + digits.size() ||
      digits.front() == '-' || prefix < 0 || prefix > 128) {
    return std::nullopt;
  }
  for (int bit = prefix; bit < 128; ++bit) {
    if (IsSet(first->bytes(), bit)) return std::nullopt;
  }
  network.prefix_ = prefix;
  return network;
}

bool Network::Contains(const IpAddress& address) const {
  for (int bit = 0; bit < prefix_; ++bit) {
    if (IsSet(first_.bytes(), bit) != IsSet(address.bytes(), bit)) return false;
  }
  // "::/0" is the IPv6 half of the world: IPv4 is told apart by its prefix.
  return prefix_ >= kMappedBits || first_.is_v4() == address.is_v4();
}

std::string Network::ToString() const {
  const bool v4 = first_.is_v4() && prefix_ >= kMappedBits;
  std::string text = Show(first_.bytes(), v4);
  if (prefix_ == 128) return text;
  return absl::StrCat(text, "/", v4 ? prefix_ - kMappedBits : prefix_);
}

std::optional<NetworkList> NetworkList::Parse(std::string_view text) {
  NetworkList list;
  const auto add = [&](const auto& names) {
    for (const std::string_view name : names) {
      list.networks_.push_back(*Network::Parse(name));
    }
  };
  const std::string whole(text);
  for (const auto piece : absl::StrSplit(whole, ',', absl::SkipWhitespace())) {
    const std::string word(absl::StripAsciiWhitespace(piece));
    if (word == "loopback") {
      add(kLoopback);
    } else if (word == "private") {
      add(kPrivate);
    } else if (word == "all") {
      add(kAll);
    } else if (const auto network = Network::Parse(word)) {
      list.networks_.push_back(*network);
    } else if (word != "none") {
      return std::nullopt;
    }
  }
  return list;
}

bool NetworkList::Contains(const IpAddress& address) const {
  return std::any_of(
      networks_.begin(), networks_.end(),
      [&](const Network& network) { return network.Contains(address); });
}

bool NetworkList::Contains(std::string_view address) const {
  const auto parsed = IpAddress::Parse(address);
  return parsed && Contains(*parsed);
}

}  // namespace chat77::wire

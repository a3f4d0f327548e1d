// Any text as an address, a network and a list of them: what is understood is
// the same again when it is written, and knows its own.
#include <string>

#include "proto/network.h"
#include "tests/fuzz/check.h"

namespace chat77::fuzz {
namespace {

using wire::IpAddress;
using wire::Network;
using wire::NetworkList;

void CheckAddress(const IpAddress& address) {
  FUZZ_CHECK(!address.Group().empty());
  FUZZ_CHECK(NetworkList::Parse("all")->Contains(address));
  FUZZ_CHECK(!NetworkList::Parse("none")->Contains(address));
}

void CheckNetwork(const Network& network) {
  const std::string written = network.ToString();
  const auto again = Network::Parse(written);
  FUZZ_CHECK(again && again->ToString() == written);
  // The first address of it is in it.
  const auto first = IpAddress::Parse(written.substr(0, written.find('/')));
  FUZZ_CHECK(first && network.Contains(*first) && again->Contains(*first));
}

}  // namespace
}  // namespace chat77::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace chat77::fuzz;  // NOLINT(google-build-using-namespace): main
  const std::string_view text = View(data, size);
  const auto address = IpAddress::Parse(text);
  const auto network = Network::Parse(text);
  const auto list = NetworkList::Parse(text);
  if (network) CheckNetwork(*network);
  if (!address) return 0;
  // An address alone is a network of one, and a list of it.
  CheckAddress(*address);
  FUZZ_CHECK(network && network->Contains(*address));
  FUZZ_CHECK(list && list->Contains(*address) && list->Contains(text));
  return 0;
}

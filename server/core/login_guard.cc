#include "server/core/login_guard.h"

#include <algorithm>

namespace chat77::server {
namespace {

// No key holds a line break.
std::string Both(std::string_view key, std::string_view address) {
  return std::string(key) + "\n" + std::string(address);
}

}  // namespace

LoginGuard::LoginGuard(const LoginRates& rates)
    : rates_(rates),
      of_account_and_address_(rates.of_account_and_address, rates.entries,
                              rates.hash_key),
      of_address_(rates.of_address, rates.entries, rates.hash_key),
      registrations_of_address_(rates.registrations_of_address, rates.entries,
                                rates.hash_key) {}

absl::Duration LoginGuard::Try(std::string_view key, std::string_view address,
                               SteadyTime now) {
  const std::string both = Both(key, address);
  absl::Duration wait = of_account_and_address_.Take(both, now);
  if (wait > absl::ZeroDuration()) return wait;
  wait = of_address_.Take(address, now);
  if (wait > absl::ZeroDuration()) {
    of_account_and_address_.Give(both, now);
    return wait;
  }
  wait = of_all_.Take(rates_.of_all, now);
  if (wait > absl::ZeroDuration()) {
    of_account_and_address_.Give(both, now);
    of_address_.Give(address, now);
  }
  return wait;
}

void LoginGuard::GiveBack(std::string_view key, std::string_view address,
                          SteadyTime now) {
  of_account_and_address_.Give(Both(key, address), now);
  of_address_.Give(address, now);
  of_all_.Give(rates_.of_all, 1);
}

absl::Duration LoginGuard::Register(std::string_view address, SteadyTime now) {
  absl::Duration wait = registrations_of_address_.Take(address, now);
  if (wait > absl::ZeroDuration()) return wait;
  wait = registrations_of_all_.Take(rates_.registrations_of_all, now);
  if (wait > absl::ZeroDuration()) {
    registrations_of_address_.Give(address, now);
  }
  return wait;
}

}  // namespace chat77::server

// How often somebody may try to log in, or register, from where.
//
// A try is paid for when it is made and given back when the password was right,
// so that only guessing is slowed down. What is counted is what was typed: an
// alias that does not exist is limited like one that does. Nobody can lock
// others out of their account: those come from elsewhere.
//
// Pure, and bounded: LoginRates::entries of each kind.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/time/time.h"

#include "server/limits/moment.h"
#include "server/limits/rate_table.h"
#include "server/limits/token_bucket.h"

namespace chat77::server {

struct LoginRates {
  Rate of_account_and_address = {1.0 / 60, 5};
  Rate of_address = {1.0 / 3, 20};
  Rate of_all = {20, 200};
  Rate registrations_of_address = {1.0 / 60, 10};
  Rate registrations_of_all = {1, 100};
  size_t entries = 10000;
  // Chooses each key's slot. A server sets one nobody knows, or strangers could
  // aim at somebody's slot.
  HashKey hash_key = {};
};

class LoginGuard {
 public:
  explicit LoginGuard(const LoginRates& rates);

  // Zero: it may be tried. Else how long to wait, and nothing is paid. `key` is
  // the alias's, `address` a wire::IpAddress::Group.
  absl::Duration Try(std::string_view key, std::string_view address,
                     SteadyTime now);
  // It was right.
  void GiveBack(std::string_view key, std::string_view address, SteadyTime now);
  absl::Duration Register(std::string_view address, SteadyTime now);

 private:
  const LoginRates rates_;
  RateTable of_account_and_address_;
  RateTable of_address_;
  TokenBucket of_all_;
  RateTable registrations_of_address_;
  TokenBucket registrations_of_all_;
};

}  // namespace chat77::server

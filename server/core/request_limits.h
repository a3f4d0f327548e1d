// How often what may be asked: limits of accounts and of addresses.
//
// They hold for every session that the shell did not open as unlimited
// (SessionOpened).
//
// Pure; one thread, the core's.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "server/core/core_options.h"
#include "server/core/login_guard.h"
#include "server/core/pending.h"
#include "server/core/request.h"
#include "server/core/request_rates.h"

namespace chat77::server {

class RequestLimits {
 public:
  explicit RequestLimits(const CoreOptions& options);

  // ---- of an address, before a login ----
  //
  // True, and answered, if that was tried too often. `group`: Origin::group.
  bool RefuseTry(std::string_view key, std::string_view group,
                 const Request& request);
  bool RefuseRegistration(std::string_view group, const Request& request);
  // It was right, or nobody could say: only guessing is slowed down.
  void GiveBackTry(std::string_view key, std::string_view group,
                   const Turn& turn);

  // ---- of an account ----
  //
  // Somebody comes in, from there. Coming again is no way to ask for more.
  void Enter(User& user, const Origin& origin, const Turn& turn);
  // They go, or come in from elsewhere.
  void Keep(const User& user, const Turn& turn);
  // True, and answered, if the user asks too much.
  bool RefuseRequest(const Request& request) const;
  // The same for a look in the store whether it is a repeat.
  bool RefuseLookup(const Request& request) const;
  void ChargeRead(const User* user, size_t bytes, const Turn& turn) const;
  // What they asked of somebody was rejected.
  void ChargeRejection(const User& user, const Turn& turn) const;

 private:
  const std::optional<RequestRates> rates_;
  std::optional<LoginGuard> login_guard_;
  SpentBudgets spent_;
};

}  // namespace chat77::server

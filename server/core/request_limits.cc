#include "server/core/request_limits.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "proto/request_traits.h"

namespace chat77::server {
namespace {

// In a reply; who waits longer asks again.
constexpr absl::Duration kLongestHint = absl::Hours(1);

// True, and answered, if the request has to wait.
bool RefuseRate(absl::Duration wait, std::string_view what,
                const Request& request) {
  if (wait == absl::ZeroDuration()) return false;
  wait = std::min(wait, kLongestHint);
  const int64_t ms = absl::ToInt64Milliseconds(wait) + 1;
  request.Refuse(pb::RATE_LIMITED,
                 absl::StrCat(std::string(what), "; please try again in ",
                              (ms + 999) / 1000, " s."),
                 {}, static_cast<uint32_t>(ms));
  return true;
}

// nullptr: no limits hold for them.
RequestBudget* BudgetOf(const User* user) {
  if (user == nullptr || user->guest == nullptr || !user->guest->budget) {
    return nullptr;
  }
  return &*user->guest->budget;
}

}  // namespace

RequestLimits::RequestLimits(const CoreOptions& options)
    : rates_(options.request_rates) {
  if (options.login_rates) login_guard_.emplace(*options.login_rates);
}

bool RequestLimits::RefuseTry(std::string_view key, std::string_view group,
                              const Request& request) {
  if (group.empty() || !login_guard_) return false;
  const SteadyTime now = request.turn.now.steady;
  return RefuseRate(login_guard_->Try(key, group, now),
                    "That was tried too often", request);
}

bool RequestLimits::RefuseRegistration(std::string_view group,
                                       const Request& request) {
  if (group.empty() || !login_guard_) return false;
  const SteadyTime now = request.turn.now.steady;
  return RefuseRate(login_guard_->Register(group, now),
                    "Too many accounts are being made", request);
}

void RequestLimits::GiveBackTry(std::string_view key, std::string_view group,
                                const Turn& turn) {
  if (group.empty() || !login_guard_) return;
  login_guard_->GiveBack(key, group, turn.now.steady);
}

void RequestLimits::Enter(User& user, const Origin& origin, const Turn& turn) {
  Keep(user, turn);
  user.guest.reset();
  if (!origin.remote && origin.group.empty()) return;
  user.guest = std::make_unique<Guest>(Guest{origin.remote, origin.group, {}});
  if (!origin.group.empty() && rates_) {
    user.guest->budget = spent_.Take(user.account);
  }
}

void RequestLimits::Keep(const User& user, const Turn& turn) {
  if (const RequestBudget* budget = BudgetOf(&user)) {
    spent_.Keep(user.account, *budget, turn.now.steady);
  }
}

bool RequestLimits::RefuseRequest(const Request& request) const {
  RequestBudget* const budget = BudgetOf(request.user.get());
  if (budget == nullptr) return false;
  return RefuseRate(
      budget->Take(request.frame, *rates_, request.turn.now.steady),
      "That was too much at once", request);
}

bool RequestLimits::RefuseLookup(const Request& request) const {
  RequestBudget* const budget = BudgetOf(request.user.get());
  if (budget == nullptr) return false;
  return RefuseRate(budget->TakeLookup(*rates_, request.turn.now.steady),
                    "That was asked again too often", request);
}

void RequestLimits::ChargeRead(const User* user, size_t bytes,
                               const Turn& turn) const {
  if (RequestBudget* const budget = BudgetOf(user)) {
    budget->ChargeRead(bytes, *rates_, turn.now.steady);
  }
}

void RequestLimits::ChargeRejection(const User& user, const Turn& turn) const {
  if (RequestBudget* const budget = BudgetOf(&user)) {
    budget->ChargeRejection(*rates_, turn.now.steady);
  }
}

}  // namespace chat77::server

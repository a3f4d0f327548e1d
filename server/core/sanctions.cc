#include "server/core/sanctions.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::server {

std::string Terms(const Sanction& sanction) {
  std::string terms;
  if (sanction.expires != kNever) {
    absl::StrAppend(
        &terms, " until ",
        absl::FormatTime("%Y-%m-%d %H:%M UTC", sanction.expires.wall,
                         absl::UTCTimeZone()));
  }
  if (!sanction.reason.empty()) absl::StrAppend(&terms, ": ", sanction.reason);
  return terms;
}

void Sanctions::Add(Sanction sanction) {
  const int64_t number = sanction.number;
  if (sanction.kind != Sanction::Kind::kBanNetwork) {
    of_accounts_[sanction.account].push_back(number);
  } else if (const auto network = wire::Network::Parse(sanction.target)) {
    networks_.emplace_back(*network, number);
  }
  sanctions_.insert_or_assign(number, std::move(sanction));
}

void Sanctions::Forget(const Sanction& sanction) {
  const int64_t number = sanction.number;
  std::erase_if(networks_,
                [&](const auto& entry) { return entry.second == number; });
  const auto entry = of_accounts_.find(sanction.account);
  if (entry == of_accounts_.end()) return;
  std::erase(entry->second, number);
  if (entry->second.empty()) of_accounts_.erase(entry);
}

void Sanctions::Lift(int64_t number) {
  const auto found = sanctions_.find(number);
  if (found == sanctions_.end()) return;
  Forget(found->second);
  sanctions_.erase(found);
}

const Sanction* Sanctions::Longer(const Sanction* one, int64_t number,
                                  SteadyTime now) const {
  const Sanction& other = sanctions_.at(number);
  const SteadyTime expires = other.expires.steady;
  if (expires <= now) return one;
  return one == nullptr || expires > one->expires.steady ? &other : one;
}

const Sanction* Sanctions::Of(Sanction::Kind kind, AccountId account,
                              SteadyTime now) const {
  const auto entry = of_accounts_.find(account);
  if (entry == of_accounts_.end()) return nullptr;
  const Sanction* longest = nullptr;
  for (const int64_t number : entry->second) {
    if (sanctions_.at(number).kind != kind) continue;
    longest = Longer(longest, number, now);
  }
  return longest;
}

const Sanction* Sanctions::MuteOf(AccountId account, SteadyTime now) const {
  return Of(Sanction::Kind::kMute, account, now);
}

const Sanction* Sanctions::BanOf(AccountId account,
                                 const std::optional<wire::IpAddress>& address,
                                 SteadyTime now) const {
  const Sanction* longest = Of(Sanction::Kind::kBanAccount, account, now);
  if (longest != nullptr || !address) return longest;
  for (const auto& [network, number] : networks_) {
    if (network.Contains(*address)) longest = Longer(longest, number, now);
  }
  return longest;
}

void Sanctions::ForgetExpired(SteadyTime now) {
  std::erase_if(sanctions_, [&](const auto& entry) {
    if (now < entry.second.expires.steady) return false;
    Forget(entry.second);
    return true;
  });
}

}  // namespace chat77::server

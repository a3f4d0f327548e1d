#include "server/core/request_rates.h"

#include "proto/request_traits.h"

namespace chat77::server {
namespace {

using Frame = chat77::v1::ClientFrame;
using Options = chat77::v1::RequestOptions;

size_t TextBytes(const Frame& request) {
  return request.has_say() ? request.say().text().size()
                           : request.send_private().text().size();
}

}  // namespace

absl::Duration RequestBudget::Take(const Frame& request,
                                   const RequestRates& rates, SteadyTime now) {
  // The bytes first: what waits for them has not cost a message or a read.
  switch (wire::TraitsOf(request.request_case()).rate) {
    case Options::UNLIMITED:
      return absl::ZeroDuration();
    case Options::TEXT: {
      const absl::Duration wait = text_bytes_.Take(
          rates.text_bytes, now, static_cast<double>(TextBytes(request)));
      if (wait > absl::ZeroDuration()) return wait;
      return texts_.Take(rates.texts, now);
    }
    case Options::READ: {
      // May be below zero: what was read is known only afterwards.
      const absl::Duration wait = read_bytes_.Take(rates.read_bytes, now, 1);
      if (wait > absl::ZeroDuration()) return wait;
      return reads_.Take(rates.reads, now);
    }
    case Options::ASK:
      return asks_.Take(rates.asks, now);
    case Options::ATTEMPT:
    case Options::OTHER:
      break;
  }
  return others_.Take(rates.others, now);
}

absl::Duration RequestBudget::TakeLookup(const RequestRates& rates,
                                         SteadyTime now) {
  return lookups_.Take(rates.lookups, now);
}

void RequestBudget::ChargeRead(size_t bytes, const RequestRates& rates,
                               SteadyTime now) {
  read_bytes_.Charge(rates.read_bytes, now, static_cast<double>(bytes));
}

void RequestBudget::ChargeRejection(const RequestRates& rates, SteadyTime now) {
  asks_.Charge(rates.asks, now, 1);
}

bool RequestBudget::IsFull(SteadyTime now) const {
  for (const TokenBucket* bucket : {&texts_, &text_bytes_, &asks_, &reads_,
                                    &read_bytes_, &others_, &lookups_}) {
    if (!bucket->IsFull(now)) return false;
  }
  return true;
}

void SpentBudgets::Keep(AccountId account, const RequestBudget& budget,
                        SteadyTime now) {
  if (budget.IsFull(now)) return;
  if (budgets_.size() >= kMost) {
    absl::erase_if(budgets_, [now](const auto& entry) {
      return entry.second.IsFull(now);
    });
  }
  // Nobody waits for more than some minutes to be full again: as many as this
  // cannot come in in that time.
  if (budgets_.size() >= kMost) budgets_.clear();
  budgets_.insert_or_assign(account, budget);
}

RequestBudget SpentBudgets::Take(AccountId account) {
  const auto kept = budgets_.extract(account);
  return kept.empty() ? RequestBudget() : kept.mapped();
}

}  // namespace chat77::server

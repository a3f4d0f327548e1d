#include "server/core/request_rates.h"

namespace chat77::server {
namespace {

using Frame = chat77::v1::ClientFrame;

// 0: it is no text.
size_t TextBytes(const Frame& request) {
  if (request.has_say()) return request.say().text().size();
  if (request.has_send_private()) return request.send_private().text().size();
  return 0;
}

// Whether its reply may be much larger than itself.
bool IsRead(const Frame& request) {
  switch (request.request_case()) {
    case Frame::kListOnline:
    case Frame::kFetchHistory:
    case Frame::kListPrivate:
    case Frame::kListDevices:
    case Frame::kListBlocked:
    case Frame::kListSanctions:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Duration RequestBudget::Take(const Frame& request,
                                   const RequestRates& rates, absl::Time now) {
  if (request.has_say() || request.has_send_private()) {
    // The bytes first: a message that waits for them has not cost a message.
    const absl::Duration wait = text_bytes_.Take(
        rates.text_bytes, now, static_cast<double>(TextBytes(request)));
    if (wait > absl::ZeroDuration()) return wait;
    return texts_.Take(rates.texts, now);
  }
  if (request.has_request_private()) return asks_.Take(rates.asks, now);
  if (!IsRead(request)) return others_.Take(rates.others, now);
  // May be below zero: what was read is known only afterwards.
  const absl::Duration wait = read_bytes_.Take(rates.read_bytes, now, 1);
  if (wait > absl::ZeroDuration()) return wait;
  return reads_.Take(rates.reads, now);
}

void RequestBudget::ChargeRead(size_t bytes, const RequestRates& rates,
                               absl::Time now) {
  read_bytes_.Charge(rates.read_bytes, now, static_cast<double>(bytes));
}

void RequestBudget::ChargeRejection(const RequestRates& rates, absl::Time now) {
  asks_.Charge(rates.asks, now, 1);
}

bool RequestBudget::IsFull(absl::Time now) const {
  for (const TokenBucket* bucket :
       {&texts_, &text_bytes_, &asks_, &reads_, &read_bytes_, &others_}) {
    if (!bucket->IsFull(now)) return false;
  }
  return true;
}

void SpentBudgets::Keep(int64_t account, const RequestBudget& budget,
                        absl::Time now) {
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

RequestBudget SpentBudgets::Take(int64_t account) {
  const auto kept = budgets_.extract(account);
  return kept.empty() ? RequestBudget() : kept.mapped();
}

}  // namespace chat77::server

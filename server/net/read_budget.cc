#include "server/net/read_budget.h"

namespace chat77::server {
namespace {

// What is granted once: a login's deadline comes long before any of it is back.
Rate Once(double most) { return {most / (24 * 60 * 60), most}; }

// A shard's time is the steady clock's, as what deadlines are counted in.
SteadyTime Steady(absl::Time now) {
  return SteadyTime::AfterZero(now - absl::UnixEpoch());
}

bool IsOverdrawn(const TokenBucket& bucket, const Rate& rate, SteadyTime now) {
  return bucket.Wait(rate, now, 0) > absl::ZeroDuration();
}

}  // namespace

Rate ReadBudget::bytes_rate() const {
  return logged_in_ ? rates_->bytes : Once(rates_->bytes_before_login);
}

Rate ReadBudget::frames_rate() const {
  return logged_in_ ? rates_->frames : Once(rates_->frames_before_login);
}

void ReadBudget::Charge(size_t bytes, size_t frames, absl::Time now) {
  bytes_.Charge(bytes_rate(), Steady(now), static_cast<double>(bytes));
  frames_.Charge(frames_rate(), Steady(now), static_cast<double>(frames));
}

void ReadBudget::LoggedIn() { *this = ReadBudget(*rates_, true); }

bool ReadBudget::Overdrawn(absl::Time now) const {
  return IsOverdrawn(bytes_, bytes_rate(), Steady(now)) ||
         IsOverdrawn(frames_, frames_rate(), Steady(now));
}

bool ReadBudget::IsFull(absl::Time now) const {
  return logged_in_ && bytes_.IsFull(Steady(now)) &&
         frames_.IsFull(Steady(now));
}

}  // namespace chat77::server

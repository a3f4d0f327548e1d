// The model's requests that may have been carried out before: they are looked
// up first, and what the session asks behind them waits.
#include <algorithm>

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

void CoreModel::Private(uint64_t session, Wish wish) {
  wish.session = session;
  wish.request = BeginInside(session);
  if (wish.request == 0) return;
  Seat& seat = seats_[session];
  if (seat.parked.empty() && !MayBeRepeat(wish)) return Do(wish);
  ++seat.pending;
  seat.parked.push_back(wish);
  if (seat.parked.size() == 1) Unpark(session);
}

bool CoreModel::MayBeRepeat(const Wish& wish) {
  if (wish.verb == Verb::kList) return false;
  if (wish.verb == Verb::kSay && !history_) return false;
  return wish.id != 0 && wish.id <= seats_[wish.session].stay->highest;
}

bool CoreModel::IsHeld(const Wish& wish) {
  const std::string& name = seats_[wish.session].stay->name;
  return std::any_of(
      moments_.begin(), moments_.end(), [&](const Moment& moment) {
        if (moment.failed) return false;
        if (moment.kind == Moment::kWords || moment.kind == Moment::kText) {
          return moment.stay->name == name && moment.id == wish.id;
        }
        return moment.write != nullptr &&
               moment.write->kind == Write::kChange &&
               moment.write->who == name && moment.write->wish.id == wish.id;
      });
}

void CoreModel::Unpark(uint64_t session) {
  while (seats_.contains(session) && !seats_[session].parked.empty()) {
    const Wish wish = seats_[session].parked.front();
    if (!MayBeRepeat(wish)) {
      seats_[session].parked.pop_front();
      CarryOut(wish);
      Settle(session);
    } else if (IsHeld(wish)) {
      return Happen({Moment::kAgain, Moment::kGood, session, 0, nullptr, ""});
    } else {
      Lookup lookup;
      lookup.kind = Lookup::kRequest;
      lookup.session = session;
      return lookups_.push_back(lookup);
    }
  }
}

void CoreModel::CarryOut(const Wish& wish) {
  if (!stopping_) return Do(wish);
  Answer(wish.session, wish.request, "error SERVER_STOPPING");
}

void CoreModel::FindRequest(const Lookup& lookup, bool good) {
  const uint64_t session = lookup.session;
  if (!seats_.contains(session)) return;
  const Wish wish = seats_[session].parked.front();
  seats_[session].parked.pop_front();
  const auto known = remembered_.find({seats_[session].stay->name, wish.id});
  if (!good) {
    Answer(session, wish.request, "error UNAVAILABLE 1000");
  } else if (known != remembered_.end()) {
    Answer(session, wish.request, known->second);
  } else {
    CarryOut(wish);
  }
  Settle(session);
  Unpark(session);
}

}  // namespace chat77::server

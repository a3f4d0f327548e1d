#include "server/net/door.h"

#include <numeric>
#include <spdlog/spdlog.h>

namespace chat77::server {
namespace {

std::string_view SentenceOf(Door::Verdict verdict) {
  switch (verdict) {
    case Door::Verdict::kOpen:
      return {};
    case Door::Verdict::kTooFast:
      return "Your address connects too often; please wait a little.";
    case Door::Verdict::kTooManyThere:
      return "Your address has as many connections as one may have.";
    case Door::Verdict::kStrangersThere:
      return "Too many from your address have not logged in; log in on one of "
             "those connections, or close it.";
    case Door::Verdict::kAllBusy:
      return "Too many are logging in just now; please try again.";
  }
  return {};
}

}  // namespace

bool Door::Limits(std::string_view host) const {
  const auto address = wire::IpAddress::Parse(host);
  return address && !options_.unlimited.Contains(*address);
}

Door::Answer Door::Knock(SessionId id, std::string_view host, SteadyTime now) {
  Answer answer;
  const auto address = wire::IpAddress::Parse(host);
  if (!address) return answer;
  answer.retry_after = kRetry;
  answer.verdict = Judge(id, address->Group(), now, answer);
  answer.sentence = SentenceOf(answer.verdict);
  ++verdicts_[static_cast<size_t>(answer.verdict)];
  if (answer.gives_way) ++gave_way_;
  return answer;
}

Door::Verdict Door::Judge(SessionId id, const std::string& group,
                          SteadyTime now, Answer& answer) {
  const absl::Duration wait = rates_.Take(group, now);
  if (wait > absl::ZeroDuration()) {
    answer.retry_after = wait;
    return Verdict::kTooFast;
  }
  const auto known = addresses_.find(group);
  if (known != addresses_.end() && known->second >= options_.per_address) {
    return Verdict::kTooManyThere;
  }
  const auto admission = pool_.Admit(id.value, group);
  using Pool = wire::StrangerPool::Verdict;
  if (admission.verdict == Pool::kTooManyThere) return Verdict::kStrangersThere;
  if (admission.verdict == Pool::kAllBusy) return Verdict::kAllBusy;
  if (admission.gives_way) {
    answer.gives_way = SessionId{*admission.gives_way};
    Leave(*answer.gives_way);
  }
  Address& mine = *addresses_.try_emplace(group, 0).first;
  ++mine.second;
  sessions_[id] = &mine;
  return Verdict::kOpen;
}

void Door::Passed(SessionId id, Passage passage) {
  switch (passage) {
    case Passage::kBusy:
    case Passage::kIdle:
      return pool_.Busy(id.value, passage == Passage::kBusy);
    case Passage::kLoggedIn:
      return pool_.Leave(id.value);
    case Passage::kGone:
      pool_.Leave(id.value);
      return Leave(id);
  }
}

void Door::Leave(SessionId id) {
  const auto session = sessions_.find(id);
  if (session == sessions_.end()) return;
  Address& address = *session->second;
  sessions_.erase(session);
  if (--address.second == 0) addresses_.erase(addresses_.find(address.first));
}

void Door::Report() {
  const auto count = [this](Verdict verdict) {
    return verdicts_[static_cast<size_t>(verdict)];
  };
  const size_t refused =
      std::accumulate(verdicts_.begin() + 1, verdicts_.end(), size_t{0});
  if (refused + gave_way_ > 0) {
    spdlog::warn(
        "door refused={} too_fast={} too_many_there={} strangers_there={} "
        "all_busy={} gave_way={} strangers={}",
        refused, count(Verdict::kTooFast), count(Verdict::kTooManyThere),
        count(Verdict::kStrangersThere), count(Verdict::kAllBusy), gave_way_,
        pool_.size());
  }
  verdicts_ = {};
  gave_way_ = 0;
}

}  // namespace chat77::server

#include "server/net/wait_list.h"

namespace chat77::server {

void WaitList::Add(Token token, absl::Duration duration) {
  const auto due = Clock::now() + absl::ToChronoNanoseconds(duration);
  const auto entry = waits_.emplace(due, token);
  if (entry == waits_.begin()) Arm();
}

void WaitList::Arm() {
  timer_.expires_at(waits_.begin()->first);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) Elapse();
  });
}

void WaitList::Elapse() {
  const auto now = Clock::now();
  while (!waits_.empty() && waits_.begin()->first <= now) {
    const Token token = waits_.begin()->second;
    waits_.erase(waits_.begin());
    call_(token);
  }
  if (!waits_.empty()) Arm();
}

}  // namespace chat77::server

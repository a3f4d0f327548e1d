#include "tests/hostile/crowd.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <thread>
#include <utility>

#include "tests/hostile/honest_user.h"
#include "tests/hostile/requests.h"

namespace chat77::hostile {
namespace {

constexpr int kTickMs = 2;
// At most as many at a time: the crowd's pace stays what it is.
constexpr int kAtATick = 16;
constexpr int kAbortNetwork = 4;

}  // namespace

Crowd::Crowd(std::vector<Script> scripts, const Ports& ports) : ports_(ports) {
  for (Script& script : scripts) {
    groups_.push_back(std::make_unique<Group>());
    groups_.back()->script = std::move(script);
  }
}

void Crowd::ConnectWhatIsDue(uint64_t now) {
  for (const auto& group : groups_) {
    const Script& script = group->script;
    const auto pause = static_cast<uint64_t>(kSecond / script.per_second);
    group->next = std::max(group->next, now - std::min(now, kAtATick * pause));
    while (group->held < script.at_once && group->next <= now) {
      group->next += pause;
      auto peer =
          std::make_unique<Peer>(script, ports_, group->made++, now, tally_);
      if (peer->fd() < 0) continue;
      ++group->held;
      members_.push_back({std::move(peer), group.get()});
    }
  }
}

void Crowd::Drop(size_t index) {
  --members_[index].group->held;
  members_[index] = std::move(members_.back());
  members_.pop_back();
}

void Crowd::ActAll(uint64_t now) {
  for (size_t i = members_.size(); i-- > 0;) {
    if (!members_[i].peer->Act(now)) Drop(i);
  }
}

void Crowd::ReadAll() {
  std::vector<pollfd> waiting;
  for (const Member& member : members_) {
    const short what = member.peer->wants_to_read() ? POLLIN : 0;
    waiting.push_back({member.peer->fd(), what, 0});
  }
  if (::poll(waiting.data(), waiting.size(), kTickMs) <= 0) return;
  for (size_t i = waiting.size(); i-- > 0;) {
    if (waiting[i].revents != 0 && !members_[i].peer->Read()) Drop(i);
  }
}

void Crowd::Run(double seconds, const std::function<bool()>& hold) {
  const uint64_t until =
      HonestUser::Now() + static_cast<uint64_t>(seconds * kSecond);
  while (HonestUser::Now() < until) {
    const uint64_t now = HonestUser::Now();
    if (!hold || !hold()) {
      ConnectWhatIsDue(now);
      ActAll(now);
    }
    ReadAll();
  }
  for (const Member& member : members_) member.peer->Leave();
  members_.clear();
  for (const auto& group : groups_) group->held = 0;
}

Aborted ConnectAndAbort(const Ports& ports, uint64_t count, double per_second,
                        double most_seconds, Tally& tally) {
  const std::string hello = Hello();
  const std::string tls = test::TlsPeer().TakeOut();
  const std::string openings[] = {"",    hello.substr(0, hello.size() / 2),
                                  hello, tls.substr(0, 100),
                                  tls,   hello + Login("nobody")};
  const uint64_t start = HonestUser::Now();
  const uint64_t until = start + static_cast<uint64_t>(most_seconds * kSecond);
  Aborted aborted;
  for (uint64_t n = 0; n < count && HonestUser::Now() < until; ++n) {
    const auto due = start + static_cast<uint64_t>(static_cast<double>(n) /
                                                   per_second * kSecond);
    if (const uint64_t now = HonestUser::Now(); now < due) {
      std::this_thread::sleep_for(std::chrono::nanoseconds(due - now));
    }
    const bool text = n % 7 == 6;
    ++aborted.tried;
    const int fd =
        Connect(HostOf(kAbortNetwork, n), text ? ports.text : ports.native);
    if (fd < 0) {
      tally.Count("no connection");
      continue;
    }
    ++aborted.connected;
    std::string bytes = openings[n % std::size(openings)];
    SendSome(fd, bytes);
    n % 3 == 0 ? CloseInOrder(fd) : CloseHard(fd);
  }
  tally.Count("connected", aborted.connected);
  return aborted;
}

}  // namespace chat77::hostile

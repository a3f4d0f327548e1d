#include "tests/hostile/honest_room.h"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <utility>

namespace chat77::hostile {
namespace {

constexpr uint64_t kMostBehind = static_cast<uint64_t>(kSecond);
constexpr auto kDrainLook = std::chrono::milliseconds(50);
constexpr auto kDrainPatience = std::chrono::seconds(60);

// Most speak plainly, some in TLS, a few as text.
HonestUser::Kind KindOf(uint32_t number) {
  if (number % 10 == 3) return HonestUser::Kind::kText;
  return number % 5 == 1 ? HonestUser::Kind::kTls : HonestUser::Kind::kNative;
}

}  // namespace

HonestRoom::HonestRoom(const Ports& ports, uint32_t users, double per_second)
    : pause_(static_cast<uint64_t>(kSecond / per_second / users)) {
  for (uint32_t i = 0; i < users; ++i) {
    users_.push_back(std::make_unique<HonestUser>(KindOf(i), i, ports));
  }
}

HonestRoom::~HonestRoom() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string HonestRoom::Enter() {
  for (const auto& user : users_) {
    std::string wrong = user->Register();
    if (wrong.empty()) wrong = user->Login();
    if (!wrong.empty()) return wrong;
  }
  return "";
}

void HonestRoom::Start() {
  next_ = HonestUser::Now();
  thread_ = std::thread([this] { Run(); });
}

Latency HonestRoom::Take() {
  const std::scoped_lock lock(mutex_);
  const auto milliseconds = [&](double quantile) {
    return static_cast<double>(microseconds_.At(quantile)) / 1000;
  };
  const Latency latency{milliseconds(0.5), milliseconds(0.99),
                        microseconds_.total(), complaints_};
  microseconds_.Clear();
  complaints_ = 0;
  return latency;
}

void HonestRoom::Finish() {
  talk_ = false;
  const auto until = std::chrono::steady_clock::now() + kDrainPatience;
  while (!silent_ ||
         (heard() < expected() && std::chrono::steady_clock::now() < until)) {
    std::this_thread::sleep_for(kDrainLook);
  }
  // Whoever hears something twice hears it now.
  std::this_thread::sleep_for(kDrainLook);
  stop_ = true;
  thread_.join();
}

std::string HonestRoom::complaint() const {
  const std::scoped_lock lock(mutex_);
  return complaint_;
}

void HonestRoom::SayWhatIsDue() {
  while (talk_ && HonestUser::Now() >= next_) {
    users_[speaker_]->Say();
    speaker_ = (speaker_ + 1) % users_.size();
    ++said_;
    // Were it late, they would not say all that at once: there are limits.
    next_ = std::max(next_ + pause_, HonestUser::Now() - kMostBehind);
  }
}

void HonestRoom::ReadAll() {
  std::vector<pollfd> waiting;
  for (const auto& user : users_) waiting.push_back({user->fd(), POLLIN, 0});
  if (::poll(waiting.data(), waiting.size(), 1) <= 0) return;
  const std::scoped_lock lock(mutex_);
  for (size_t i = 0; i < users_.size(); ++i) {
    if (waiting[i].revents == 0) continue;
    HonestUser& user = *users_[i];
    const size_t before = user.complaints();
    const bool there = user.Read([&](uint32_t, uint64_t time) {
      ++heard_;
      microseconds_.Add((HonestUser::Now() - time) / 1000);
    });
    complaints_ += user.complaints() - before;
    if (user.complaints() != before) complaint_ = user.complaint();
    if (there) continue;
    ++complaints_;
    complaint_ = "disconnected";
    // Once is enough; it would be ready for ever.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void HonestRoom::Run() {
  while (!stop_) {
    if (talk_) {
      SayWhatIsDue();
    } else {
      silent_ = true;
    }
    ReadAll();
  }
}

}  // namespace chat77::hostile

#include "tests/crash/chaos.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

namespace chat77::crash {
namespace {

// Long: a disk may take nothing for a minute. Nothing waits when all is well.
constexpr std::chrono::seconds kStartPatience{300};
constexpr std::chrono::seconds kSettlePatience{300};
// A request leads to an answer, and that to an event.
constexpr int kRoundsToSettle = 3;

}  // namespace

Chaos::Chaos(const ChaosOptions& options)
    : options_(options),
      random_(options.seed),
      victim_(options.server,
              {"--store=" + options.store,
               "--compat_listen=", "--password_cost=min", "--log_level=error",
               // Nobody is too late, however busy the machine is.
               "--grace_seconds=3600", "--login_seconds=3600"}),
      work_(io_.get_executor()) {}

Chaos::~Chaos() {
  work_.reset();
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Chaos::OnIo(const std::function<void()>& call) {
  std::promise<void> done;
  boost::asio::post(io_, [&] {
    call();
    done.set_value();
  });
  done.get_future().wait();
}

bool Chaos::Chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

void Chaos::Pause(int least_ms, int most_ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(
      std::uniform_int_distribution<int>(least_ms, most_ms)(random_)));
}

bool Chaos::Await(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kSettlePatience;
  for (bool met = false; std::chrono::steady_clock::now() < until;) {
    OnIo([&] { met = condition(); });
    if (met) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  OnIo([&] {
    for (const auto& talker : talkers_) {
      if (!talker->settled()) scene_.ledger.Fault(talker->Describe());
    }
  });
  return false;
}

// ---- the run ----------------------------------------------------------------

bool Chaos::Begin() {
  began_ = std::chrono::steady_clock::now();
  if (!Restart()) return false;
  proxy_ = std::make_unique<Proxy>(io_, victim_.port());
  for (int i = 0; i < options_.clients; ++i) {
    Talker::Who who;
    who.alias = absl::StrCat("user", i);
    who.partner = absl::StrCat("user", i ^ 1);
    who.asks = i % 2 == 0;
    // One of each pair behind the bad link, or both, or none.
    who.port = (i % 3 == 0) ? victim_.port() : proxy_->port();
    who.seed = random_();
    talkers_.push_back(std::make_unique<Talker>(io_, scene_, std::move(who)));
  }
  for (const auto& talker : talkers_) talker->Start();
  thread_ = std::thread([this] { io_.run(); });
  return Await([this] { return AllSettled(); });
}

bool Chaos::AllSettled() const {
  return std::all_of(talkers_.begin(), talkers_.end(),
                     [](const auto& talker) { return talker->settled(); });
}

bool Chaos::Run() {
  bool going = Begin();
  if (!going) scene_.ledger.Fault("the clients did not come online");
  Registrar registrar(victim_.port());
  int next_check = kKillsBetweenChecks;
  OnIo([this] { scene_.talking = true; });
  // Before what was said when all were there everybody has heard who came.
  going = going && Await([this] {
            return std::all_of(
                talkers_.begin(), talkers_.end(),
                [](const auto& talker) { return talker->heard_up_to() > 0; });
          });
  OnIo([this] { scene_.complete = true; });
  while (going && kills_ < options_.kills && scene_.ledger.faults() == 0) {
    Disturb();
    if (kills_ >= next_check && kills_ < options_.kills) {
      going = Check(false);
      next_check += kKillsBetweenChecks;
    }
  }
  if (going) {
    going = Check(true);
    const auto accounts = registrar.Finish();
    CheckAccounts(victim_.port(), accounts, scene_.ledger);
    std::printf("accounts        %zu acknowledged, all there\n",
                accounts.size());
  }
  Report();
  return going && scene_.ledger.faults() == 0;
}

void Chaos::Disturb() {
  Pause(20, 700);
  const double dice = std::uniform_real_distribution<double>(0, 1)(random_);
  if (dice < 0.07) {
    Stop();
  } else if (dice < 0.3) {
    BreakLinks();
    return;
  } else {
    Kill();
  }
  Restart();
}

void Chaos::Note(const char* what) {
  if (!options_.verbose) return;
  const std::chrono::duration<double> at =
      std::chrono::steady_clock::now() - began_;
  std::printf("%8.3f %s\n", at.count(), what);
}

void Chaos::Kill() {
  Note("kill");
  ++kills_;
  victim_.End(SIGKILL);
}

void Chaos::Stop() {
  ++stops_;
  Note("stop");
  const int code = victim_.End(SIGTERM);
  if (code == 0) return;
  OnIo([this, code] {
    scene_.ledger.Fault(absl::StrCat("SIGTERM ended it with ", code));
  });
}

// Until it is up; now and then it is killed on the way.
bool Chaos::Restart() {
  victim_.Start();
  while (kills_ > 0 && kills_ < options_.kills && Chance(0.25)) {
    ++early_kills_;
    Pause(0, 40);
    Kill();
    victim_.Start();
  }
  if (!victim_.AwaitReady(kStartPatience)) {
    scene_.ledger.Fault("the server does not start again");
    return false;
  }
  Note("ready");
  longest_start_ = std::max(longest_start_, victim_.start_time());
  return true;
}

void Chaos::BreakLinks() {
  ++cuts_;
  const double dice = std::uniform_real_distribution<double>(0, 1)(random_);
  if (dice < 0.4) {
    Note("cut");
    OnIo([this] { proxy_->CutAll(); });
  } else if (dice < 0.7) {
    Note("strand");
    OnIo([this] { proxy_->Strand(); });
  } else {
    Note("stall");
    OnIo([this] { proxy_->Stall(true); });
    Pause(50, 300);
    OnIo([this] { proxy_->Stall(false); });
  }
}

// ---- what is looked at ------------------------------------------------------

bool Chaos::Check(bool last) {
  OnIo([this] { scene_.talking = false; });
  if (!Settle()) return false;
  CheckLinks();
  const auto history = ReadHistory(victim_.port(), scene_.ledger);
  OnIo([&] {
    scene_.ledger.CheckPrivate();
    scene_.ledger.CheckHistory(history, true);
    scene_.talking = !last;
    std::printf("after %3d kills  %zu messages in history, %llu faults\n",
                kills_, history.size(),
                static_cast<unsigned long long>(scene_.ledger.faults()));
    std::fflush(stdout);
  });
  return scene_.ledger.faults() == 0;
}

// Private events come to others than the replies: they are there once those
// have been answered something as well. What they made somebody ask is settled
// in the next round.
bool Chaos::Settle() {
  for (int round = 0; round < kRoundsToSettle; ++round) {
    if (!Await([this] { return AllSettled(); })) return false;
    PrivateStates();
  }
  return Await([this] { return AllSettled(); });
}

std::vector<pb::ListPrivateReply> Chaos::PrivateStates() {
  std::vector<std::promise<pb::ListPrivateReply>> states(talkers_.size());
  OnIo([&] {
    for (size_t i = 0; i < talkers_.size(); ++i) {
      talkers_[i]->AskPrivateState(
          [&states, i](const pb::ListPrivateReply& state) {
            states[i].set_value(state);
          });
    }
  });
  std::vector<pb::ListPrivateReply> replies;
  for (auto& state : states) replies.push_back(state.get_future().get());
  return replies;
}

// Both sides say the same of their link, and the clients know it.
void Chaos::CheckLinks() {
  const std::vector<pb::ListPrivateReply> replies = PrivateStates();
  OnIo([&] {
    for (size_t i = 0; i < replies.size(); ++i) {
      const pb::ListPrivateReply &mine = replies[i], &others = replies[i ^ 1];
      if (mine.linked_size() != others.linked_size() ||
          mine.asked_size() != others.asking_size()) {
        scene_.ledger.Fault(talkers_[i]->alias() + "'s links are one-sided");
      }
      if (talkers_[i]->linked() != (mine.linked_size() > 0)) {
        scene_.ledger.Fault(talkers_[i]->alias() + " is wrong about its link");
      }
    }
  });
}

void Chaos::Report() {
  const auto number = [](uint64_t n) {
    return static_cast<unsigned long long>(n);
  };
  const auto seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began_);
  OnIo([&] {
    const Ledger& ledger = scene_.ledger;
    std::printf(
        "kills survived  %d (%d of them while it started), %d orderly stops, "
        "%d broken links\n"
        "says            %llu acknowledged, %llu refused\n"
        "private texts   %llu acknowledged, %llu links\n"
        "resumes         %llu\n"
        "told of gaps    %llu in the room\n"
        "longest start   %lld ms\n"
        "time            %.1f s, seed %llu\n"
        "faults          %llu\n",
        kills_, early_kills_, stops_, cuts_, number(ledger.acknowledged()),
        number(ledger.refused()), number(ledger.private_acknowledged()),
        number(scene_.links), number(scene_.resumes), number(scene_.gaps),
        static_cast<long long>(longest_start_.count()), seconds.count(),
        number(options_.seed), number(ledger.faults()));
  });
  if (options_.start_limit.count() > 0 &&
      longest_start_ > options_.start_limit) {
    scene_.ledger.Fault("a start took longer than it may");
  }
}

}  // namespace chat77::crash

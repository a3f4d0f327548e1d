#include "tests/hostile/siege.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <sched.h>
#include <thread>

#include "tests/hostile/crowd.h"
#include "tests/hostile/requests.h"
#include "tests/hostile/samples.h"
#include "tests/support/native_client.h"

namespace chat77::hostile {
namespace {

constexpr double kMega = 1024 * 1024;
constexpr auto kLook = std::chrono::milliseconds(50);
// Until what an attack left behind is closed.
constexpr auto kPause = std::chrono::milliseconds(500);
constexpr auto kUntilGivenBack = std::chrono::seconds(11);
// What ends at once if all is well, on a machine that is busy.
constexpr auto kPatience = std::chrono::seconds(60);
// Looks that found the same, for a number that stands still: a second.
constexpr int kUnchanged = 20;
constexpr int kRounds = 20;
constexpr int kRoundsOfGrowth = 2;
// Of all honest users together: two seconds' worth.
constexpr uint64_t kMostUnheard = 50;
constexpr double kWarmUpShare = 0.25;
// How much longer than planned the cut-off connections may take: on a busy
// machine there are fewer.
constexpr double kMostTimes = 3;
constexpr double kReturn = 1.05;
// A page of SQLite's or a chunk of the allocator's more or less: of a server of
// 15 MiB these are 5 % soon.
constexpr size_t kReturnBytes = 2 * 1024 * 1024;

std::vector<std::string> Flags(const SiegeOptions& options) {
  // Its own defaults of --password_cost and --login_seconds, not those of
  // tests. What the room said lately has a sixth of this for each kind of
  // reader: little enough that a warm-up fills it, as it does the store's
  // pages.
  return {"--store=" + options.store, "--unlimited_networks=none",
          "--password_cost=default",  "--login_seconds=10",
          "--send_megabytes=16",      "--store_cache_megabytes=2"};
}

Ports PortsOf(const test::ServerProcess& server) {
  return {static_cast<uint16_t>(server.port()),
          static_cast<uint16_t>(server.compat_port())};
}

std::chrono::duration<double> Seconds(double seconds) {
  return std::chrono::duration<double>(seconds);
}

// An attacker has processors of its own; here it has what the server and the
// honest leave: a thread of this kind gives way to any other at once, sched(7).
void BeElsewhere() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
}

double Change(double now, double before) {
  return before > 0 ? 100 * (now / before - 1) : 0;
}

Samples P99Of(const std::vector<Latency>& times) {
  Samples all;
  for (const Latency& time : times) all.push_back(time.p99_ms);
  return all;
}

}  // namespace

Siege::Siege(const SiegeOptions& options)
    : options_(options),
      server_(Flags(options)),
      ports_(PortsOf(server_)),
      room_(ports_, options.honest, options.says_per_second) {}

void Siege::Judge(bool good, const std::string& what) {
  good_ = good_ && good;
  std::printf("%-4s  %s\n", good ? "pass" : "FAIL", what.c_str());
  std::fflush(stdout);
}

bool Siege::Prepare() {
  if (!server_.ready()) {
    Judge(false, "the server did not start: " + server_.Log());
    return false;
  }
  const std::string wrong = room_.Enter();
  if (!wrong.empty()) {
    Judge(false, "the honest users did not get in: " + wrong);
    return false;
  }
  HonestUser newcomer(HonestUser::Kind::kNative, options_.honest, ports_);
  const std::string refused = newcomer.Register();
  if (!refused.empty()) {
    Judge(false, "the newcomer's account could not be made: " + refused);
    return false;
  }
  return MakeAccounts();
}

// Those that members among the attackers use: one after the other, each from an
// address of its own.
bool Siege::MakeAccounts() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (size_t n = 0; n < kMallories; ++n) {
    test::NativeClient client(server_.port(), pb::PRESENCE_NONE, 0,
                              "127.3.0." + std::to_string(1 + n));
    pb::ServerFrame told = client.Register(Mallory(n), std::string(kPassword));
    while (told.has_error() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kPause);  // so many in a second
      told = client.Register(Mallory(n), std::string(kPassword));
    }
    if (told.has_register_()) continue;
    Judge(false, "the account " + Mallory(n) +
                     " could not be made: " + told.error().sentence());
    return false;
  }
  return true;
}

// Somebody who wants to log in just then; how that went.
std::string Siege::Newcomer() {
  const uint64_t start = HonestUser::Now();
  HonestUser user(HonestUser::Kind::kNative, options_.honest, ports_);
  const std::string wrong = user.Login();
  if (!wrong.empty()) return wrong;
  return std::to_string((HonestUser::Now() - start) / 1'000'000) + " ms";
}

Siege::Outcome Siege::Observe(double seconds, const Assault& assault,
                              Tally& tally) {
  Outcome outcome;
  room_.Take();
  std::atomic<bool> over = false;
  std::thread attacker([&] {
    BeElsewhere();
    assault(seconds, tally);
    over = true;
  });
  std::thread newcomer([&] {
    std::this_thread::sleep_for(Seconds(seconds / 2));
    outcome.newcomer = Newcomer();
  });
  while (!over) {
    std::this_thread::sleep_for(kLook);
    outcome.most_bytes =
        std::max(outcome.most_bytes, HeldBy(server_.pid()).bytes);
  }
  outcome.latency = room_.Take();
  attacker.join();
  newcomer.join();
  outcome.after = HeldBy(server_.pid());
  return outcome;
}

void Siege::Report(const std::string& name, const Outcome& outcome,
                   const Tally& tally, bool allowed) {
  const Latency& now = outcome.latency;
  const bool alive = IsAlive(server_.pid());
  const bool in_time = options_.p99_ms <= 0 || now.p99_ms <= options_.p99_ms;
  const bool good = allowed && alive && now.complaints == 0 && in_time &&
                    outcome.most_bytes <= options_.budget;
  char row[512];
  std::snprintf(row, sizeof row,
                "%-28s p50 %6.2f ms  p99 %6.2f ms  memory %5.1f MiB, then "
                "%5.1f  complaints %llu  newcomer %s",
                name.c_str(), now.p50_ms, now.p99_ms,
                static_cast<double>(outcome.most_bytes) / kMega,
                static_cast<double>(outcome.after.bytes) / kMega,
                static_cast<unsigned long long>(now.complaints),
                outcome.newcomer.c_str());
  Judge(good, row);
  rows_.push_back({name, now});
  std::printf("        %s\n", tally.ToString().c_str());
  if (!alive) std::printf("%s\n", server_.Log().c_str());
  if (now.complaints > 0)
    std::printf("        %s\n", room_.complaint().c_str());
  Quiet();
}

// How the honest do alone, before the first attack and after each: what the
// machine and its disk do by themselves changes from minute to minute.
void Siege::Quiet() {
  std::this_thread::sleep_for(kPause);
  room_.Take();
  std::this_thread::sleep_for(Seconds(options_.attack_seconds));
  quiet_.push_back(room_.Take());
}

void Siege::ReportLatencies() {
  const Samples all = P99Of(quiet_);
  const double usual = Median(all);
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  std::printf(
      "%u honest users alone, %zu times %.0f s: p99 %.2f ms (%.2f to %.2f)\n",
      options_.honest, all.size(), options_.attack_seconds, usual, *least,
      *most);
  for (const Row& row : rows_) {
    const double now = row.latency.p99_ms;
    const double change = Change(now, usual);
    char line[256];
    std::snprintf(line, sizeof line, "%-28s p99 %6.2f ms, %+5.0f %%: %s",
                  row.name.c_str(), now, change,
                  change < 10    ? "within 10 %"
                  : now <= *most ? "as in quiet times"
                                 : "beyond");
    if (options_.p99_times > 0) {
      Judge(now <= options_.p99_times * *most, line);
    } else {
      std::printf("      %s\n", line);
    }
  }
}

void Siege::Attack(const hostile::Attack& attack) {
  Tally tally;
  const Outcome outcome = Observe(
      options_.attack_seconds,
      [&](double seconds, Tally& to) {
        Crowd crowd(attack.scripts, ports_);
        crowd.Run(seconds);
        to = crowd.tally();
      },
      tally);
  Report(attack.name, outcome, tally,
         attack.forbidden.empty() || tally.Of(attack.forbidden) == 0);
}

double Siege::CycleSeconds() const {
  return static_cast<double>(options_.cycles) / options_.cycles_per_second;
}

void Siege::AbortCycles() {
  Tally tally;
  const double seconds = CycleSeconds();
  Aborted aborted;
  const Outcome outcome = Observe(
      seconds,
      [&](double, Tally& to) {
        aborted =
            ConnectAndAbort(ports_, options_.cycles, options_.cycles_per_second,
                            kMostTimes * seconds, to);
      },
      tally);
  Report("connect and abort", outcome, tally,
         aborted.connected >= aborted.tried / 1000 * 999);
}

// Waits until the server has as few descriptors, and until it has given back
// what nobody uses (MemoryGuard::kQuietPause): the least it holds then.
Held Siege::Settled(size_t descriptors) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until &&
         HeldBy(server_.pid()).descriptors > descriptors) {
    std::this_thread::sleep_for(kLook);
  }
  Held least = HeldBy(server_.pid());
  const auto given_back = std::chrono::steady_clock::now() + kUntilGivenBack;
  while (std::chrono::steady_clock::now() < given_back) {
    std::this_thread::sleep_for(kLook);
    const Held now = HeldBy(server_.pid());
    least.bytes = std::min(least.bytes, now.bytes);
    least.descriptors = now.descriptors;
  }
  return least;
}

// How many descriptors the server holds for the honest users alone. It opens
// some only for the first message (its io_uring), and closes those of ended
// connections a little later, so the number counts once it has stood still.
size_t Siege::DescriptorsAtRest() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  size_t descriptors = 0;
  int unchanged = 0;
  while (std::chrono::steady_clock::now() < until && unchanged < kUnchanged) {
    std::this_thread::sleep_for(kLook);
    const size_t now = HeldBy(server_.pid()).descriptors;
    unchanged = now == descriptors && room_.heard() > 0 ? unchanged + 1 : 0;
    descriptors = now;
  }
  return descriptors;
}

// What the server takes once and keeps (tables, caches, what the allocator has
// learnt) is not what an attack costs: each happens once before the start.
void Siege::WarmUp() {
  const size_t descriptors = DescriptorsAtRest();
  Crowd filling(FillTheLog().scripts, ports_);
  // Not faster than the honest read: the server may leave out what is said
  // meanwhile.
  for (int round = 0; round < kRounds && filling.tally().Of("say") < kFillTexts;
       ++round) {
    filling.Run(kFillSeconds, [this] { return room_.IsBehind(kMostUnheard); });
  }
  for (const hostile::Attack& attack : attacks_) {
    Crowd crowd(attack.scripts, ports_);
    crowd.Run(options_.attack_seconds * kWarmUpShare);
  }
  start_ = Settled(descriptors);
  start_.descriptors = descriptors;
  std::printf(
      "start: after a warm-up of every attack for %.1f s: memory %.1f "
      "MiB, %zu descriptors\n",
      options_.attack_seconds * kWarmUpShare,
      static_cast<double>(start_.bytes) / kMega, descriptors);
}

bool Siege::GaveBack(const Held& now) const {
  return now.bytes <= start_.bytes + kReturnBytes ||
         static_cast<double>(now.bytes) <=
             kReturn * static_cast<double>(start_.bytes);
}

// Settled, and as small as before: that may take longer on a busy machine, so
// it is looked for until it is so.
Held Siege::AwaitReturn() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  Held held = Settled(start_.descriptors);
  while (std::chrono::steady_clock::now() < until && options_.memory_returns &&
         !(GaveBack(held) && held.descriptors <= start_.descriptors)) {
    std::this_thread::sleep_for(kLook);
    held = HeldBy(server_.pid());
  }
  return held;
}

// All attacks once more, unwatched.
void Siege::AttackAgain() {
  for (const hostile::Attack& attack : attacks_) {
    Crowd(attack.scripts, ports_).Run(options_.attack_seconds);
  }
  Tally ignored;
  ConnectAndAbort(ports_, options_.cycles, options_.cycles_per_second,
                  kMostTimes * CycleSeconds(), ignored);
}

// What a busy machine left out of the warm-up is taken later, once; what is
// never given back grows each time.
Held Siege::EndOfGrowth() {
  Held end = AwaitReturn();
  for (int round = 0;
       round < kRoundsOfGrowth && options_.memory_returns && !GaveBack(end);
       ++round) {
    std::printf("memory %.1f MiB, at the start %.1f: once more\n",
                static_cast<double>(end.bytes) / kMega,
                static_cast<double>(start_.bytes) / kMega);
    start_.bytes = end.bytes;
    AttackAgain();
    end = AwaitReturn();
  }
  return end;
}

void Siege::End() {
  const Held end = EndOfGrowth();
  char line[256];
  const double share =
      static_cast<double>(end.bytes) / static_cast<double>(start_.bytes);
  std::snprintf(line, sizeof line,
                "memory at the end %.1f MiB, at the start %.1f (%+.1f %%)",
                static_cast<double>(end.bytes) / kMega,
                static_cast<double>(start_.bytes) / kMega, 100 * (share - 1));
  Judge(!options_.memory_returns || GaveBack(end), line);
  Judge(end.descriptors <= start_.descriptors,
        "descriptors at the end " + std::to_string(end.descriptors) +
            ", at the start " + std::to_string(start_.descriptors));
  room_.Finish();
  Judge(room_.expected() > 0 && room_.heard() == room_.expected(),
        "heard " + std::to_string(room_.heard()) + " of " +
            std::to_string(room_.expected()));
  server_.Signal(SIGTERM);
  const int code = server_.Wait(kPatience);
  Judge(code == 0, "SIGTERM: exit code " + std::to_string(code));
  const std::string log = server_.Log();
  Judge(log.find(kPassword) == std::string::npos &&
            log.find("guess") == std::string::npos,
        "the log (" + std::to_string(log.size() / 1024) +
            " KiB) holds no password");
}

bool Siege::Run() {
  if (!Prepare()) return false;
  room_.Start();
  attacks_ = AllAttacks(options_.pace, options_.honest);
  std::erase_if(attacks_, [&](const hostile::Attack& attack) {
    return attack.name.find(options_.only) == std::string::npos;
  });
  WarmUp();
  Quiet();
  for (const hostile::Attack& attack : attacks_) Attack(attack);
  if (options_.cycles > 0) AbortCycles();
  ReportLatencies();
  End();
  return good_;
}

}  // namespace chat77::hostile

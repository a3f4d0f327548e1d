#include "tests/simulation/world.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::simulation {
namespace {

constexpr const char* kNames[] = {"ann", "bob", "cem", "dag", "eva", "fay"};
// All that may pile up while things go wrong must be over by then: the longest
// pause between two tries, a dead connection, a grace, a login.
constexpr absl::Duration kToHeal = absl::Minutes(5);
// And everything answered: requests for private chat that were too many are
// asked again one a minute.
constexpr absl::Duration kToAnswer = absl::Minutes(60);

}  // namespace

World::World(const Options& options)
    : options_(options),
      context_(options.seed, options.trace),
      profile_(context_.random),
      network_(context_),
      workload_(context_, profile_, clients_),
      narrator_(context_),
      room_(context_),
      once_(context_),
      stays_(context_, profile_.grace),
      private_(context_),
      views_(context_),
      blocks_(context_),
      wire_(context_),
      core_(context_) {
  if (options.trace || options.narrate) watches_.Add(narrator_);
  for (Watch* checker :
       std::initializer_list<Watch*>{&room_, &once_, &stays_, &private_,
                                     &views_, &blocks_, &wire_, &core_}) {
    watches_.Add(*checker);
  }
  watches_.Add(workload_);
  watches_.Add(trigger_);
  disk_.watch = &watches_;
  MakeClients();
}

void World::MakeClients() {
  for (int i = 0; i < profile_.accounts; ++i) {
    const std::string alias = kNames[i];
    const bool resumes = !context_.random.Chance(profile_.legacy);
    const int devices = context_.random.Chance(profile_.second_device) ? 2 : 1;
    for (int j = 1; j <= devices; ++j) {
      clients_.push_back(std::make_unique<SimClient>(
          context_, network_, watches_,
          Device{absl::StrCat(alias, "/", j), alias, resumes}));
    }
  }
}

// ---- the server's life ----------------------------------------------------

void World::StartServer() {
  if (server_ != nullptr) return;
  context_.Note("server: starts");
  // Its machine has asked for the time: what a server starts with is right.
  context_.wall_step = {};
  context_.Count("starts");
  SimServer::Options options;
  options.grace = profile_.grace;
  options.waiting_bytes = profile_.waiting_bytes;
  options.limited = profile_.limited;
  server_ = std::make_unique<SimServer>(context_, disk_, watches_, options);
  watches_.OnServerStarted(*server_);
  network_.Listen([this](std::unique_ptr<Socket> socket) {
    server_->Accept(std::move(socket));
  });
}

void World::CrashServer() {
  if (server_ == nullptr) return;
  context_.Count(stopping_ ? "crashes_while_stopping" : "crashes");
  context_.Note("server: CRASHES");
  network_.Listen({});
  server_.reset();
  stopping_ = false;
  watches_.OnServerGone(true);
  context_.queue.After(
      context_.random.Between(absl::Milliseconds(100), absl::Seconds(20)),
      life_.Bound([this] { StartServer(); }));
}

void World::StopServer() {
  if (server_ == nullptr || std::exchange(stopping_, true)) return;
  context_.Count("stops");
  context_.Note("server: is told to stop");
  network_.Listen({});
  server_->Stop([this, server = server_.get()] {
    if (server_.get() != server) return;
    context_.Note("server: has stopped");
    server_.reset();
    stopping_ = false;
    watches_.OnServerGone(false);
    context_.queue.After(
        context_.random.Between(absl::Milliseconds(100), absl::Seconds(20)),
        life_.Bound([this] { StartServer(); }));
  });
}

// ---- troubles -------------------------------------------------------------

void World::Trouble(absl::Duration mean, std::function<void()> happen) {
  if (mean == absl::InfiniteDuration()) return;
  context_.queue.After(context_.random.Between(absl::ZeroDuration(), 2 * mean),
                       life_.Bound([this, mean, happen = std::move(happen)] {
                         if (healed_) return;
                         happen();
                         Trouble(mean, happen);
                       }));
}

void World::BeginTroubles() {
  Trouble(profile_.cut, [this] { Cut(); });
  Trouble(profile_.crash, [this] { Crash(); });
  Trouble(profile_.stop, [this] { StopServer(); });
  Trouble(profile_.disk_trouble, [this] { DiskTrouble(); });
  Trouble(profile_.storm, [this] { Storm(); });
  Trouble(profile_.freeze, [this] { FreezeOne(); });
  Trouble(profile_.clock_step, [this] { StepClock(); });
}

// Anywhere, or right where a commit and its word are.
void World::Crash() {
  if (context_.random.Chance(0.5)) return CrashServer();
  trigger_.AtNextCommit([this] {
    context_.queue.After(
        context_.random.Between(absl::ZeroDuration(), absl::Milliseconds(3)),
        life_.Bound([this] {
          if (!healed_) CrashServer();
        }));
  });
}

// Anywhere, or while replies are on their way.
void World::Cut() {
  if (context_.random.Chance(0.5)) return network_.CutOne();
  trigger_.AtNextReply([this] {
    context_.queue.After(
        context_.random.Between(absl::ZeroDuration(), absl::Milliseconds(20)),
        life_.Bound([this] {
          if (!healed_) network_.CutOne();
        }));
  });
}

void World::DiskTrouble() {
  DiskHealth health;
  if (context_.random.Chance(0.5)) health.most = absl::Seconds(2);
  if (context_.random.Chance(0.5)) health.fails = 0.5;
  context_.Note("disk: trouble");
  disk_.health = health;
  context_.queue.After(
      context_.random.Between(absl::Milliseconds(50), absl::Seconds(10)),
      life_.Bound([this] { disk_.health = {}; }));
}

void World::Storm() {
  Weather& weather = network_.weather();
  weather.most_delay = absl::Seconds(1);
  weather.split = 0.9;
  weather.spike = 0.05;
  weather.connect_fails = 0.5;
  context_.Note("network: a storm");
  context_.queue.After(
      context_.random.Between(absl::Seconds(1), absl::Seconds(30)),
      life_.Bound([this] { network_.weather() = {}; }));
}

void World::FreezeOne() {
  SimClient& client = *clients_[context_.random.Below(clients_.size())];
  const absl::Duration time =
      context_.random.Between(absl::Seconds(1), absl::Seconds(90));
  context_.Count("freezes");
  context_.Note(client.device().name, ": frozen for ",
                absl::FormatDuration(time));
  client.Freeze(time);
}

// The wall clock of the server's machine, for a while: a day back, forty days
// ahead, or a little.
void World::StepClock() {
  constexpr absl::Duration kSteps[] = {-absl::Hours(24), absl::Hours(40 * 24),
                                       -absl::Minutes(2), absl::Minutes(2)};
  context_.wall_step = kSteps[context_.random.Below(std::size(kSteps))];
  context_.Count("clock_steps");
  context_.Note("server: its wall clock is set by ",
                absl::FormatDuration(context_.wall_step));
  context_.queue.After(
      context_.random.Between(absl::Seconds(1), absl::Minutes(2)),
      life_.Bound([this] { context_.wall_step = {}; }));
}

void World::Heal() {
  context_.Note("everything heals");
  healed_ = true;
  network_.weather() = {};
  disk_.health = {};
  context_.wall_step = {};
  workload_.Rest();
}

// ---- the run --------------------------------------------------------------

bool World::Step() {
  if (!context_.failure.empty() ||
      context_.queue.steps() >= options_.most_steps) {
    return false;
  }
  if (!context_.queue.RunNext()) return false;
  watches_.OnStep(server_.get());
  return true;
}

bool World::RunUntil(absl::Duration most, const std::function<bool()>& done) {
  const absl::Time end = context_.now() + most;
  while (context_.queue.next_time() <= end) {
    if (!Step()) return false;
    if (done()) return true;
  }
  return false;
}

bool World::HasAll(const SimClient& client) const {
  return client.unanswered() == 0 && room_.HasAll(client) &&
         private_.HasAll(client.alias());
}

bool World::AllWhereTheyWant() const {
  return std::all_of(
      clients_.begin(), clients_.end(), [this](const auto& client) {
        return workload_.wants_online(*client) ? client->online()
                                               : client->offline();
      });
}

bool World::AllAtRest() const {
  for (const auto& client : clients_) {
    const bool wanted = workload_.wants_online(*client);
    if (wanted ? !client->online() || !HasAll(*client) : !client->offline()) {
      return false;
    }
  }
  return true;
}

void World::SayWhatIsMissing(absl::Duration after) {
  if (!context_.failure.empty()) return;
  for (const auto& client : clients_) {
    const bool wants = workload_.wants_online(*client);
    if (wants ? client->online() && HasAll(*client) : client->offline()) {
      continue;
    }
    return context_.Fail(
        "liveness", client->device().name, wants ? " wants" : " does not want",
        " to be online, and ", absl::FormatDuration(after),
        " after everything healed it is in state ",
        static_cast<int>(client->state()), " with ", client->unanswered(),
        " requests unanswered",
        room_.HasAll(*client) ? "" : ", and has not heard all that was said",
        private_.HasAll(client->alias()) ? "" : ", and misses private texts",
        ".");
  }
}

void World::RunHealed() {
  const auto at_rest = [this] { return AllAtRest(); };
  Heal();
  if (!RunUntil(kToHeal, [this] { return AllWhereTheyWant(); })) {
    return SayWhatIsMissing(kToHeal);
  }
  if (!RunUntil(kToAnswer, at_rest)) return SayWhatIsMissing(kToAnswer);
  workload_.AskAll();
  if (!RunUntil(kToAnswer, at_rest)) return SayWhatIsMissing(kToAnswer);
  watches_.AtRest();
  workload_.LeaveAll();
  // Longer than a grace, so that those who are away are gone, too.
  RunUntil(absl::Minutes(3), [] { return false; });
  if (context_.failure.empty()) watches_.AtEnd();
}

Outcome World::Run() {
  const absl::Time start = context_.now();
  StartServer();
  workload_.Begin();
  BeginTroubles();
  RunUntil(profile_.chaos, [] { return false; });
  if (context_.failure.empty()) RunHealed();
  return {context_.failure,
          context_.queue.steps(),
          context_.now() - start,
          context_.trace.digest(),
          context_.counts,
          {context_.trace.kept().begin(), context_.trace.kept().end()}};
}

}  // namespace chat77::simulation

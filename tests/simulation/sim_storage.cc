#include "tests/simulation/sim_storage.h"

#include <iterator>
#include <utility>

#include "proto/limits.h"
#include "server/storage/answers.h"
#include "server/storage/translate.h"

namespace chat77::simulation {
namespace {

// A password takes this long to check: Argon2id, and a queue before it.
constexpr absl::Duration kLeastHash = absl::Milliseconds(20);
constexpr absl::Duration kMostHash = absl::Milliseconds(300);

absl::Status DiskFailure() {
  return absl::UnavailableError("The simulated disk failed; try again.");
}

}  // namespace

SimStorage::~SimStorage() {
  if (at_work_ && committed_) context_.Count("kept_unreported");
  // Between the write and its word: the disk has it, nobody was told.
  if (at_work_ && !committed_ && context_.random.Chance(0.4)) {
    context_.Count("kept_unreported");
    group_commit_.Run(std::move(working_.writes),
                      [this](absl::Span<const store::Write> writes) {
                        return Commit(writes);
                      });
  }
}

void SimStorage::HandOver() {
  Submit(std::exchange(asked_, {}));
  std::move(asked_reads_.begin(), asked_reads_.end(),
            std::back_inserter(waiting_reads_));
  asked_reads_.clear();
  if (!reading_) BeginReads();
}

void SimStorage::Tidy(server::SteadyTime now) {
  Round round;
  round.tasks.push_back([this, now] {
    const auto changed = disk_.store->Tidy(calendar_.At(now));
    if (changed.ok()) context_.Count("tidied", static_cast<uint64_t>(*changed));
  });
  Submit(std::move(round));
}

void SimStorage::Submit(Round round) {
  std::move(round.writes.begin(), round.writes.end(),
            std::back_inserter(waiting_.writes));
  std::move(round.tasks.begin(), round.tasks.end(),
            std::back_inserter(waiting_.tasks));
  if (!at_work_) BeginRound();
}

void SimStorage::BeginRound() {
  if (waiting_.empty()) return;
  working_ = std::exchange(waiting_, {});
  at_work_ = true;
  committed_ = false;
  const DiskHealth& health = disk_.health;
  context_.queue.After(context_.random.Between(health.least, health.most),
                       life_.Bound([this] { EndRound(); }));
}

server::GroupCommit::Results SimStorage::Commit(
    absl::Span<const store::Write> writes) {
  auto results = disk_.store->Commit(writes);
  for (size_t i = 0; results.ok() && i < writes.size(); ++i) {
    disk_.watch->OnDurable(writes[i], (*results)[i]);
  }
  return results;
}

void SimStorage::EndRound() {
  const uint64_t rejected = group_commit_.rejected();
  group_commit_.Run(std::exchange(working_.writes, {}),
                    [this](absl::Span<const store::Write> writes) {
                      context_.Count("commits");
                      if (!context_.random.Chance(disk_.health.fails))
                        return Commit(writes);
                      context_.Count("failed_commits");
                      context_.Note("disk: a commit of ", writes.size(),
                                    " failed");
                      return server::GroupCommit::Results(DiskFailure());
                    });
  context_.Count("rejected_writes", group_commit_.rejected() - rejected);
  for (Task& task : working_.tasks) task();
  committed_ = true;
  // On disk; the word of it is still under way to the core's thread.
  context_.queue.After(
      context_.random.Between(absl::ZeroDuration(), absl::Milliseconds(2)),
      life_.Bound([this] {
        at_work_ = false;
        auto outcomes = std::exchange(outcomes_, {});
        BeginRound();
        if (!outcomes.empty()) report_(std::move(outcomes));
      }));
}

void SimStorage::BeginReads() {
  if (waiting_reads_.empty()) return;
  working_reads_ = std::exchange(waiting_reads_, {});
  reading_ = true;
  const DiskHealth& health = disk_.health;
  context_.queue.After(context_.random.Between(health.least, health.most),
                       life_.Bound([this] { EndReads(); }));
}

void SimStorage::EndReads() {
  for (Read& read : working_reads_) read(*disk_.store);
  // Long enough for outcomes of later commits to come first at times.
  context_.queue.After(
      context_.random.Between(absl::ZeroDuration(), absl::Milliseconds(10)),
      life_.Bound([this] {
        reading_ = false;
        auto answers = std::exchange(answers_, {});
        BeginReads();
        if (!answers.empty()) report_(std::move(answers));
      }));
}

void SimStorage::Collect(server::Event event) {
  outcomes_.push_back(std::move(event));
}

void SimStorage::CollectRead(server::Event event) {
  answers_.push_back(std::move(event));
}

bool SimStorage::ReadFails() {
  return context_.random.Chance(disk_.health.fails);
}

// On a password thread of its own.
void SimStorage::Later(std::function<void()> work) {
  context_.queue.After(context_.random.Between(kLeastHash, kMostHash),
                       life_.Bound(std::move(work)));
}

void SimStorage::Do(const server::NewGeneration&) {
  asked_.writes.push_back({std::nullopt, nullptr});
}

std::string SimStorage::NewToken() {
  std::string token;
  while (token.size() < wire::kDeviceTokenBytes) {
    token.push_back(static_cast<char>(context_.random.Below(256)));
  }
  return token;
}

void SimStorage::Write(server::Token token, store::Write write,
                       std::string secret) {
  asked_.writes.push_back({std::move(write),
                           [this, token, secret = std::move(secret)](
                               const store::WriteResult& result) {
                             if (result.ok() && result->repeated) {
                               context_.Fail("Once", "a write was repeated");
                             }
                             Collect(server::ToEvent(token, result, secret));
                           },
                           true});
}

// ---- passwords and accounts ---------------------------------------------

void SimStorage::Do(const server::CheckPassword& effect) {
  asked_reads_.push_back([this, effect](store::Reader& reader) {
    const auto account =
        ReadFails() ? absl::StatusOr<server::KnownAccount>(DiskFailure())
                    : server::FindKnown(reader, effect.key);
    if (!account.ok() && !absl::IsNotFound(account.status())) {
      return CollectRead(
          server::PasswordChecked{effect.token, account.status()});
    }
    absl::StatusOr<server::AccountName> checked =
        absl::UnauthenticatedError("wrong password");
    if (account.ok() && account->password_hash == effect.password) {
      checked = account->name;
    }
    Later([this, token = effect.token, checked] {
      report_({server::PasswordChecked{token, checked}});
    });
  });
}

void SimStorage::Do(const server::CreateAccount& effect) {
  Later([this, effect] {
    Round round;
    round.writes.push_back(
        {server::ToWrite(effect, effect.password, calendar_),
         [this, token = effect.token](const store::WriteResult& result) {
           Collect(server::AccountCreated{token, result.status()});
         }});
    Submit(std::move(round));
  });
}

// Read, then hashed twice, then written.
void SimStorage::Do(const server::ChangePassword& effect) {
  asked_.tasks.push_back([this, effect] {
    const auto account = disk_.store->FindAccount(effect.key);
    const bool right =
        account.ok() && account->password_hash == effect.old_password;
    Later([this, effect, right] {
      if (!right) {
        return report_({server::PasswordChanged{
            effect.token, absl::UnauthenticatedError("wrong password")}});
      }
      Round round;
      round.writes.push_back(
          {server::ToWrite(effect, effect.new_password),
           [this, token = effect.token](const store::WriteResult& result) {
             if (result.ok()) context_.Count("passwords_changed");
             Collect(server::PasswordChanged{token, result.status()});
           }});
      Submit(std::move(round));
    });
  });
}

// ---- writes ---------------------------------------------------------------

void SimStorage::Do(const server::RecordLogin& effect) {
  std::string device_token;
  if (effect.make_device) device_token = NewToken();
  store::Write write = server::ToWrite(effect, device_token, calendar_);
  Write(effect.token, std::move(write), std::move(device_token));
}

void SimStorage::Do(const server::RecordLogout& effect) {
  asked_.writes.push_back(
      {server::ToWrite(effect),
       [this, token = effect.token](const store::WriteResult& result) {
         if (!result.ok()) context_.Count("logouts_not_recorded");
         if (token) Collect(server::ToEvent(token, result));
       },
       static_cast<bool>(effect.token)});
}

void SimStorage::Do(const server::Append& effect) {
  Write(effect.token, server::ToWrite(effect, calendar_));
}

void SimStorage::Do(const server::SetLink& effect) {
  Write(effect.token, server::ToWrite(effect, calendar_));
}

void SimStorage::Do(const server::MarkRead& effect) {
  Write(effect.token, server::ToWrite(effect));
}

void SimStorage::Do(const server::RevokeDevice& effect) {
  Write(effect.token, server::ToWrite(effect));
}

void SimStorage::Do(const server::SetBlocked& effect) {
  context_.Count(effect.on ? "blocks" : "unblocks");
  Write(effect.token, server::ToWrite(effect));
}

void SimStorage::Do(const server::AddSanction& effect) {
  const bool mutes = effect.sanction.kind == server::Sanction::Kind::kMute;
  context_.Count(mutes ? "mutes" : "bans");
  Write(effect.token, server::ToWrite(effect, calendar_));
}

void SimStorage::Do(const server::LiftSanction& effect) {
  context_.Count("lifts");
  Write(effect.token, server::ToWrite(effect, calendar_));
}

void SimStorage::Do(const server::RecordKick& effect) {
  context_.Count("kicks");
  Write(effect.token, server::ToWrite(effect));
}

// Everybody who claims knows the code, and it is not used up.
void SimStorage::Do(const server::MakeAdmin& effect) {
  asked_.writes.push_back(
      {server::ToWrite(effect),
       [this, token = effect.token](const store::WriteResult& result) {
         Collect(server::AdminMade{token, result.status()});
       }});
}

void SimStorage::Do(const server::AddInvitation& effect) {
  Write(effect.token, server::ToWrite(effect, NewToken(), calendar_));
}

// ---- reads ----------------------------------------------------------------

template <class Answer, class Reading>
void SimStorage::Look(server::Token token, Reading read) {
  asked_reads_.push_back([this, token, read](store::Reader& reader) {
    CollectRead(ReadFails() ? Answer{token, DiskFailure()} : read(reader));
  });
}

void SimStorage::Do(const server::FindDevice& effect) {
  Look<server::DeviceFound>(effect.token,
                            [this, effect](store::Reader& reader) {
                              return server::Answer(effect, reader, calendar_);
                            });
}

void SimStorage::Do(const server::FindAccount& effect) {
  Look<server::AccountFound>(effect.token, [effect](store::Reader& reader) {
    return server::Answer(effect, reader);
  });
}

void SimStorage::Do(const server::FindRequest& effect) {
  Look<server::RequestFound>(
      effect.token, [this, effect](store::Reader& reader) {
        server::RequestFound found = server::Answer(effect, reader);
        if (found.answer.ok()) context_.Count("answers_found");
        return found;
      });
}

void SimStorage::Do(const server::ReadRooms& effect) {
  Look<server::RoomsRead>(effect.token, [this, effect](store::Reader& reader) {
    return server::Answer(effect, reader, calendar_);
  });
}

void SimStorage::Do(const server::ReadDevices& effect) {
  Look<server::DevicesRead>(effect.token, [effect](store::Reader& reader) {
    return server::Answer(effect, reader);
  });
}

void SimStorage::Do(const server::ReadHistory& effect) {
  Look<server::HistoryRead>(effect.token, [effect](store::Reader& reader) {
    return server::Answer(effect, reader);
  });
}

}  // namespace chat77::simulation

#include "tests/simulation/sim_storage.h"

#include <iterator>
#include <utility>

#include "proto/limits.h"
#include "store/device_token.h"

namespace chat77::simulation {
namespace {

// A password takes this long to check: Argon2id, and a queue before it.
constexpr absl::Duration kLeastHash = absl::Milliseconds(20);
constexpr absl::Duration kMostHash = absl::Milliseconds(300);

absl::Status DiskFailure() {
  return absl::UnavailableError("The simulated disk failed; try again.");
}

server::pb::FetchHistoryReply ToReply(const store::HistoryPage& page) {
  server::pb::FetchHistoryReply reply;
  for (const store::Message& message : page.messages) {
    server::pb::Said& said = *reply.add_messages();
    said.set_room(message.room);
    said.set_seq(message.seq);
    said.set_time_ms(absl::ToUnixMillis(message.time));
    said.set_alias(message.alias);
    said.set_text(message.text);
  }
  reply.set_more(page.more);
  return reply;
}

store::PairState ToStore(server::SetPrivate::State state) {
  switch (state) {
    case server::SetPrivate::State::kNone:
      return store::PairState::kNone;
    case server::SetPrivate::State::kAsked:
      return store::PairState::kAsked;
    case server::SetPrivate::State::kLinked:
      return store::PairState::kLinked;
  }
  return store::PairState::kNone;
}

server::pb::ListDevicesReply ToReply(const std::vector<store::Device>& devices,
                                     int64_t current) {
  server::pb::ListDevicesReply reply;
  for (const store::Device& device : devices) {
    server::pb::Device& listed = *reply.add_devices();
    listed.set_number(static_cast<uint64_t>(device.number));
    listed.set_software(device.software);
    listed.set_created_ms(absl::ToUnixMillis(device.created_at));
    listed.set_used_ms(absl::ToUnixMillis(device.used_at));
    listed.set_current(device.number == current);
  }
  return reply;
}

}  // namespace

SimStorage::~SimStorage() {
  if (at_work_ && committed_) context_.Count("kept_unreported");
  // Between the write and its word: the disk has it, nobody was told.
  if (at_work_ && !committed_ && context_.random.Chance(0.4)) {
    context_.Count("kept_unreported");
    std::erase_if(working_.writes,
                  [this](PendingWrite& write) { return Reject(write); });
    (void)Commit();
  }
}

void SimStorage::HandOver() { Submit(std::exchange(asked_, {})); }

void SimStorage::Tidy(server::SteadyTime now) {
  Round round;
  round.reads.push_back([this, now](store::Store& store) {
    const auto changed = store.Tidy(calendar_.At(now));
    if (changed.ok()) context_.Count("tidied", static_cast<uint64_t>(*changed));
  });
  Submit(std::move(round));
}

void SimStorage::Submit(Round round) {
  std::move(round.writes.begin(), round.writes.end(),
            std::back_inserter(waiting_.writes));
  std::move(round.reads.begin(), round.reads.end(),
            std::back_inserter(waiting_.reads));
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

absl::StatusOr<std::vector<store::WriteResult>> SimStorage::Commit() {
  std::vector<store::Write> writes;
  for (const PendingWrite& pending : working_.writes) {
    writes.push_back(*pending.write);
  }
  const auto results = disk_.store->Commit(writes);
  for (size_t i = 0; results.ok() && i < writes.size(); ++i) {
    disk_.watch->OnDurable(writes[i], (*results)[i]);
  }
  return results;
}

bool SimStorage::Reject(PendingWrite& pending) {
  if (!pending.write) {
    failure_ = absl::OkStatus();
    return true;
  }
  if (!pending.ordered || failure_.ok()) return false;
  context_.Count("rejected_writes");
  pending.written(failure_);
  return true;
}

void SimStorage::EndRound() {
  std::erase_if(working_.writes,
                [this](PendingWrite& write) { return Reject(write); });
  if (!working_.writes.empty()) {
    context_.Count("commits");
    const bool fails = context_.random.Chance(disk_.health.fails);
    const auto results =
        fails ? absl::StatusOr<std::vector<store::WriteResult>>(DiskFailure())
              : Commit();
    if (!results.ok()) {
      context_.Count("failed_commits");
      context_.Note("disk: a commit of ", working_.writes.size(), " failed");
    }
    for (size_t i = 0; i < working_.writes.size(); ++i) {
      if (!results.ok() && working_.writes[i].ordered) {
        failure_ = results.status();
      }
      working_.writes[i].written(
          results.ok() ? (*results)[i] : store::WriteResult(results.status()));
    }
  }
  for (Read& read : working_.reads) read(*disk_.store);
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

void SimStorage::Collect(server::Event event) {
  outcomes_.push_back(std::move(event));
}

bool SimStorage::ReadFails() {
  return context_.random.Chance(disk_.health.fails);
}

// On a password thread of its own.
void SimStorage::Later(std::function<void()> work) {
  context_.queue.After(context_.random.Between(kLeastHash, kMostHash),
                       life_.Bound(std::move(work)));
}

// ---- what the core asks for -----------------------------------------------

void SimStorage::Do(const server::CheckPassword& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto account = ReadFails()
                             ? absl::StatusOr<store::Account>(DiskFailure())
                             : store.FindAccount(effect.key);
    if (!account.ok() && !absl::IsNotFound(account.status())) {
      return Collect(server::PasswordChecked{effect.token, account.status()});
    }
    absl::StatusOr<server::AccountName> checked =
        absl::UnauthenticatedError("wrong password");
    if (account.ok() && account->password_hash == effect.password) {
      checked = NameOf(store, account->id, account->alias);
    }
    Later([this, token = effect.token, checked] {
      report_({server::PasswordChecked{token, checked}});
    });
  });
}

void SimStorage::Do(const server::FindDevice& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto device =
        ReadFails() ? absl::StatusOr<store::Device>(DiskFailure())
                    : store.FindDevice(store::HashOfToken(effect.device_token),
                                       calendar_.At(effect.time));
    if (!device.ok()) {
      return Collect(server::DeviceFound{effect.token, device.status()});
    }
    Collect(server::DeviceFound{
        effect.token,
        server::FoundDevice{device->number,
                            NameOf(store, device->account, device->alias)}});
  });
}

void SimStorage::Do(const server::CreateAccount& effect) {
  Later([this, effect] {
    Round round;
    round.writes.push_back(
        {store::CreateAccount{store::Account{.alias = effect.alias,
                                             .key = effect.key,
                                             .password_hash = effect.password,
                                             .created_at = effect.time.wall}},
         [this, token = effect.token](const store::WriteResult& result) {
           Collect(server::AccountCreated{token, result.status()});
         }});
    Submit(std::move(round));
  });
}

void SimStorage::Write(server::Token token, store::Write write,
                       std::string secret) {
  asked_.writes.push_back(
      {std::move(write),
       [this, token,
        secret = std::move(secret)](const store::WriteResult& result) {
         if (!result.ok()) {
           return Collect(server::Committed{token, result.status()});
         }
         if (result->repeated) context_.Fail("Once", "a write was repeated");
         Collect(server::Committed{
             token, server::Outcome{result->id, result->device, secret,
                                    result->highest_message_id}});
       },
       true});
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

void SimStorage::Do(const server::RecordLogin& effect) {
  store::RecordLogin login{effect.alias, effect.address, effect.port,
                           effect.time.wall};
  login.at = At(effect.time);
  login.account = effect.account;
  login.device = effect.device;
  std::string device_token;
  if (effect.make_device) {
    device_token = NewToken();
    login.token_hash = store::HashOfToken(device_token);
    login.software = effect.software;
  }
  Write(effect.token, std::move(login), std::move(device_token));
}

void SimStorage::Do(const server::RecordLogout& effect) {
  asked_.writes.push_back(
      {store::RecordLogout{effect.connection, effect.time, effect.reason,
                           effect.end_device},
       [this, token = effect.token](const store::WriteResult& result) {
         if (!result.ok()) context_.Count("logouts_not_recorded");
         if (!token) return;
         Collect(server::Committed{
             token, result.ok()
                        ? absl::StatusOr<server::Outcome>(server::Outcome())
                        : result.status()});
       },
       static_cast<bool>(effect.token)});
}

void SimStorage::Do(const server::Append& effect) {
  Write(effect.token,
        store::AppendMessage{
            store::Message{effect.room, 0, effect.time.wall, effect.alias,
                           effect.text, effect.account},
            effect.message_id, At(effect.time)});
}

void SimStorage::Do(const server::SetPrivate& effect) {
  Write(effect.token,
        store::SetPrivate{effect.first, effect.second, ToStore(effect.state),
                          store::RequestKey{effect.account, effect.message_id},
                          effect.answer, effect.time.wall, At(effect.time)});
}

void SimStorage::Do(const server::RevokeDevice& effect) {
  Write(effect.token, store::RevokeDevice{effect.account, effect.device});
}

void SimStorage::Do(const server::FindRequest& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto request =
        ReadFails() ? absl::StatusOr<store::RememberedRequest>(DiskFailure())
                    : store.FindRequest(
                          store::RequestKey{effect.account, effect.message_id});
    if (!request.ok()) {
      return Collect(server::RequestFound{effect.token, request.status()});
    }
    context_.Count("answers_found");
    Collect(server::RequestFound{effect.token, request->answer, request->id,
                                 request->time});
  });
}

void SimStorage::Do(const server::ReadDevices& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto devices =
        ReadFails() ? absl::StatusOr<std::vector<store::Device>>(DiskFailure())
                    : store.Devices(effect.account);
    if (!devices.ok()) {
      return Collect(server::DevicesRead{effect.token, devices.status()});
    }
    Collect(
        server::DevicesRead{effect.token, ToReply(*devices, effect.current)});
  });
}

void SimStorage::Do(const server::ReadHistory& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    store::HistoryQuery query;
    query.room = effect.room;
    query.after_seq = effect.after_seq;
    query.before_seq = effect.before_seq;
    query.limit = effect.limit;
    query.bytes = wire::kHistoryPageBytes;
    const auto page = ReadFails()
                          ? absl::StatusOr<store::HistoryPage>(DiskFailure())
                          : store.ReadHistory(query);
    if (!page.ok()) {
      return Collect(server::HistoryRead{effect.token, page.status()});
    }
    Collect(server::HistoryRead{effect.token, ToReply(*page)});
  });
}

}  // namespace chat77::simulation

#include "server/storage/storage.h"

#include <algorithm>
#include <limits>
#include <spdlog/spdlog.h>
#include <utility>

#include "proto/limits.h"
#include "store/device_token.h"

namespace chat77::server {
namespace {

pb::FetchHistoryReply ToReply(const store::HistoryPage& page) {
  pb::FetchHistoryReply reply;
  for (const store::Message& message : page.messages) {
    pb::Said& said = *reply.add_messages();
    said.set_room(message.room);
    said.set_seq(message.seq);
    said.set_time_ms(absl::ToUnixMillis(message.time));
    said.set_alias(message.alias);
    said.set_text(message.text);
  }
  reply.set_more(page.more);
  return reply;
}

// A number beyond the store's own range means its end.
std::optional<uint64_t> Clamped(std::optional<uint64_t> seq) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  if (seq.has_value()) seq = std::min(*seq, kMost);
  return seq;
}

pb::ListDevicesReply ToReply(const std::vector<store::Device>& devices,
                             int64_t current) {
  pb::ListDevicesReply reply;
  for (const store::Device& device : devices) {
    pb::Device& listed = *reply.add_devices();
    listed.set_number(static_cast<uint64_t>(device.number));
    listed.set_software(device.software);
    listed.set_created_ms(absl::ToUnixMillis(device.created_at));
    listed.set_used_ms(absl::ToUnixMillis(device.used_at));
    listed.set_current(device.number == current);
  }
  return reply;
}

store::PairState ToStore(SetPrivate::State state) {
  switch (state) {
    case SetPrivate::State::kNone:
      return store::PairState::kNone;
    case SetPrivate::State::kAsked:
      return store::PairState::kAsked;
    case SetPrivate::State::kLinked:
      return store::PairState::kLinked;
  }
  return store::PairState::kNone;
}

std::string MakeDummyHash(store::PasswordCost cost) {
  return store::HashPassword("nobody's password", cost).value_or("");
}

}  // namespace

Storage::Storage(std::unique_ptr<store::Store> store, StorageOptions options,
                 Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      dummy_hash_(MakeDummyHash(options_.password_cost)),
      admin_code_(options_.admin_code),
      passwords_([this] { ReportOutcomes(); }) {
  if (!options_.legacy_json.empty()) {
    mirror_ = std::make_unique<LegacyMirror>(options_.legacy_json,
                                             [this] { Snapshot(); });
  }
  store_ = std::make_unique<StoreWorker>(std::move(store), [this] {
    if (!events_.empty()) report_(std::exchange(events_, {}));
  });
  Changed();
}

Storage::~Storage() {
  HandOver();
  passwords_.Stop();
  ReportOutcomes();
  // First: it asks on a thread of its own, and store_ goes now.
  if (mirror_ != nullptr) {
    mirror_->Stop();
    Snapshot();
  }
  store_.reset();
}

// The client gets a sentence of the core's. A store that fails does so for
// everybody who talks, and its disk may be the log's: one line a second.
void Storage::Warn(const char* what, const absl::Status& status) {
  if (status.ok() || status.code() == absl::StatusCode::kAlreadyExists) return;
  const std::lock_guard lock(warn_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now < next_warning_) {
    ++unlogged_;
    return;
  }
  next_warning_ = now + std::chrono::seconds(1);
  spdlog::error("store what={} error=\"{}\" unlogged={}", what,
                std::string(status.message()), std::exchange(unlogged_, 0));
}

void Storage::Collect(Event event) { events_.push_back(std::move(event)); }

void Storage::CollectOutcome(Event event) {
  const std::lock_guard lock(outcomes_mutex_);
  outcomes_.push_back(std::move(event));
}

void Storage::ReportOutcomes() {
  std::vector<Event> outcomes;
  {
    const std::lock_guard lock(outcomes_mutex_);
    outcomes.swap(outcomes_);
  }
  if (!outcomes.empty()) report_(std::move(outcomes));
}

void Storage::Changed() {
  if (mirror_ != nullptr) mirror_->Touch();
}

void Storage::Snapshot() {
  store_->Submit([this](store::Store& store) {
    const auto accounts = store.AllAccounts();
    const auto connections = store.AllConnections();
    Warn("legacy_json", accounts.status());
    Warn("legacy_json", connections.status());
    if (!accounts.ok() || !connections.ok()) return;
    mirror_->Take(*accounts, *connections);
  });
}

void Storage::HandOver() { store_->Submit(std::exchange(asked_, {})); }

void Storage::Write(Token token, store::Write write) {
  // So few captures that a std::function keeps them without an allocation.
  asked_.writes.push_back({std::move(write),
                           [this, token](const store::WriteResult& result) {
                             CollectCommitted(token, result, {});
                           },
                           true});
}

void Storage::Do(const NewGeneration&) {
  asked_.writes.push_back({std::nullopt, nullptr});
}

void Storage::CollectCommitted(Token token, const store::WriteResult& result,
                               const std::string& secret) {
  // That something is not there, or is too much, is its asker's trouble, not
  // the disk's.
  if (!absl::IsNotFound(result.status()) &&
      !absl::IsResourceExhausted(result.status())) {
    Warn("commit", result.status());
  }
  if (!result.ok()) return Collect(Committed{token, result.status()});
  if (result->repeated) {
    const absl::Status bug = absl::InternalError(
        "A request that was carried out before was written again.");
    Warn("commit", bug);
    return Collect(Committed{token, bug});
  }
  Collect(Committed{token, Outcome{result->id, result->device, secret,
                                   result->highest_message_id}});
}

void Storage::Do(RecordLogin effect) {
  store::RecordLogin login{std::move(effect.alias), std::move(effect.address),
                           effect.port, effect.time.wall};
  login.at = At(effect.time);
  login.account = effect.account;
  login.device = effect.device;
  std::string device_token;
  if (effect.make_device) {
    device_token = store::NewDeviceToken();
    login.token_hash = store::HashOfToken(device_token);
    login.software = std::move(effect.software);
  }
  asked_.writes.push_back(
      {std::move(login),
       [this, token = effect.token, device_token = std::move(device_token)](
           const store::WriteResult& result) {
         CollectCommitted(token, result, device_token);
       },
       true});
  Changed();
}

void Storage::Do(RecordLogout effect) {
  asked_.writes.push_back(
      {store::RecordLogout{effect.connection, effect.time,
                           std::move(effect.reason), effect.end_device},
       [this, token = effect.token](const store::WriteResult& result) {
         Warn("record_logout", result.status());
         Changed();
         if (!token) return;
         Collect(Committed{token, result.ok()
                                      ? absl::StatusOr<Outcome>(Outcome())
                                      : result.status()});
       },
       static_cast<bool>(effect.token)});
}

void Storage::Do(Append effect) {
  Write(effect.token,
        store::AppendMessage{
            store::Message{std::move(effect.room), 0, effect.time.wall,
                           std::move(effect.alias), std::move(effect.text),
                           effect.account},
            effect.message_id, At(effect.time)});
}

void Storage::Do(SetPrivate effect) {
  Write(effect.token,
        store::SetPrivate{effect.first, effect.second, ToStore(effect.state),
                          store::RequestKey{effect.account, effect.message_id},
                          std::move(effect.answer), effect.time.wall,
                          At(effect.time)});
}

void Storage::Do(RevokeDevice effect) {
  Write(effect.token, store::RevokeDevice{effect.account, effect.device});
}

void Storage::Do(FindRequest effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto request =
        store.FindRequest(store::RequestKey{effect.account, effect.message_id});
    if (request.ok()) {
      return Collect(RequestFound{effect.token, request->answer, request->id,
                                  request->time});
    }
    if (!absl::IsNotFound(request.status())) {
      Warn("find_request", request.status());
    }
    Collect(RequestFound{effect.token, request.status()});
  });
}

void Storage::Do(ReadDevices effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto devices = store.Devices(effect.account);
    Warn("devices", devices.status());
    if (!devices.ok()) {
      return Collect(DevicesRead{effect.token, devices.status()});
    }
    Collect(DevicesRead{effect.token, ToReply(*devices, effect.current)});
  });
}

void Storage::Tidy(SteadyTime now) {
  store_->Submit([this, now = options_.calendar.At(now)](store::Store& store) {
    Warn("tidy", store.Tidy(now).status());
  });
}

void Storage::Do(ReadHistory effect) {
  asked_.reads.push_back(
      [this, effect = std::move(effect)](store::Store& store) {
        store::HistoryQuery query;
        query.room = effect.room;
        query.after_seq = Clamped(effect.after_seq);
        query.before_seq = Clamped(effect.before_seq);
        query.limit = effect.limit;
        query.bytes = wire::kHistoryPageBytes;
        const auto page = store.ReadHistory(query);
        Warn("read_history", page.status());
        if (page.ok()) {
          Collect(HistoryRead{effect.token, ToReply(*page)});
        } else {
          Collect(HistoryRead{effect.token, page.status()});
        }
      });
}

}  // namespace chat77::server

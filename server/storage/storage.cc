#include "server/storage/storage.h"

#include <spdlog/spdlog.h>
#include <utility>

#include "server/storage/answers.h"
#include "server/storage/translate.h"
#include "store/device_token.h"

namespace chat77::server {
namespace {

std::string MakeDummyHash(store::PasswordCost cost) {
  return store::HashPassword("nobody's password", cost).value_or("");
}

}  // namespace

Storage::Storage(std::unique_ptr<store::Store> store, store::Reader& reader,
                 StorageOptions options, Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      dummy_hash_(MakeDummyHash(options_.password_cost)),
      admin_code_(options_.admin_code),
      store_(std::move(store)),
      passwords_([this] { ReportOutcomes(); }) {
  if (!options_.legacy_json.empty()) {
    mirror_ = std::make_unique<LegacyMirror>(options_.legacy_json,
                                             [this] { Snapshot(); });
  }
  commits_ = std::make_unique<CommitWorker>(*store_, [this] {
    if (!events_.empty()) report_(std::exchange(events_, {}));
  });
  reads_ = std::make_unique<ReadWorker>(reader, [this] {
    if (!read_events_.empty()) report_(std::exchange(read_events_, {}));
  });
  Changed();
}

Storage::~Storage() {
  HandOver();
  passwords_.Stop();
  ReportOutcomes();
  // First: it asks on a thread of its own, and the workers go now.
  if (mirror_ != nullptr) mirror_->Stop();
  commits_.reset();
  // Of all that was written.
  if (mirror_ != nullptr) Snapshot();
  reads_.reset();
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

void Storage::WarnUnlessMissing(const char* what, const absl::Status& status) {
  if (!absl::IsNotFound(status)) Warn(what, status);
}

void Storage::Collect(Event event) { events_.push_back(std::move(event)); }

void Storage::CollectRead(Event event) {
  read_events_.push_back(std::move(event));
}

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

// What is written between the two reads is in the second alone; it also asks
// for the next snapshot.
void Storage::Snapshot() {
  reads_->Submit([this](store::Reader& reader) {
    const auto accounts = reader.AllAccounts();
    const auto connections = reader.AllConnections();
    Warn("legacy_json", accounts.status());
    Warn("legacy_json", connections.status());
    if (!accounts.ok() || !connections.ok()) return;
    mirror_->Take(*accounts, *connections);
  });
}

void Storage::HandOver() {
  commits_->Submit(std::exchange(asked_, {}));
  reads_->Submit(std::exchange(asked_reads_, {}));
}

// ---- writes -----------------------------------------------------------------

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
  Committed committed = ToEvent(token, result, secret);
  // That something is not there, or is too much, is its asker's trouble, not
  // the disk's.
  const absl::Status& status = committed.outcome.status();
  if (!absl::IsNotFound(status) && !absl::IsResourceExhausted(status)) {
    Warn("commit", status);
  }
  Collect(std::move(committed));
}

void Storage::Do(RecordLogin effect) {
  const Token token = effect.token;
  std::string device_token;
  if (effect.make_device) device_token = store::NewDeviceToken();
  store::Write write =
      ToWrite(std::move(effect), device_token, options_.calendar);
  asked_.writes.push_back(
      {std::move(write),
       [this, token, device_token = std::move(device_token)](
           const store::WriteResult& result) {
         CollectCommitted(token, result, device_token);
         Changed();
       },
       true});
}

void Storage::Do(RecordLogout effect) {
  const Token token = effect.token;
  asked_.writes.push_back({ToWrite(std::move(effect)),
                           [this, token](const store::WriteResult& result) {
                             Warn("record_logout", result.status());
                             Changed();
                             if (token) Collect(ToEvent(token, result));
                           },
                           static_cast<bool>(token)});
}

void Storage::Do(Append effect) {
  const Token token = effect.token;
  Write(token, ToWrite(std::move(effect), options_.calendar));
}

void Storage::Do(SetLink effect) {
  const Token token = effect.token;
  Write(token, ToWrite(std::move(effect), options_.calendar));
}

void Storage::Do(const MarkRead& effect) {
  Write(effect.token, ToWrite(effect));
}

void Storage::Do(const RevokeDevice& effect) {
  Write(effect.token, ToWrite(effect));
}

void Storage::Do(const SetBlocked& effect) {
  Write(effect.token, ToWrite(effect));
}

void Storage::Do(AddSanction effect) {
  const Token token = effect.token;
  Write(token, ToWrite(std::move(effect), options_.calendar));
}

void Storage::Do(LiftSanction effect) {
  const Token token = effect.token;
  Write(token, ToWrite(std::move(effect), options_.calendar));
}

void Storage::Do(RecordKick effect) {
  const Token token = effect.token;
  Write(token, ToWrite(std::move(effect)));
}

void Storage::Tidy(SteadyTime now) {
  commits_->Submit([this, now = options_.calendar.At(now)] {
    Warn("tidy", store_->Tidy(now).status());
  });
}

// ---- reads ------------------------------------------------------------------
//
// An answer of the reader's thread may be older than a write that is under way,
// even than one whose outcome the core hears first. Where that could matter:
//   CheckPassword  the core adds to what was read of an account what it has
//                  heard since the attempt began, and refuses one during which
//                  the password changed (Attempt).
//   FindDevice     the same; the core refuses a device that ended meanwhile.
//   FindAccount    names and numbers of accounts never change; whether one is
//                  an admin counts as of then.
//   FindRequest    the core asks only for what is not held: its write is on
//                  disk, or never will be.
//   ReadRooms      the core keeps every room that changes while it is read, and
//                  what it knows goes before what was read.
//   ReadDevices    a device whose end is under way may still be listed.
//   ReadHistory    what was told by then is on disk by then; what is on disk
//                  and not told yet is left out (ReadHistory::told).
// In the order of the writes are, on the commit thread: ChangePassword, whose
// old password must be that of the last one who changed it; MakeAdmin, which
// looks at the code and uses it up.

void Storage::Do(const FindRequest& effect) {
  asked_reads_.push_back([this, effect](store::Reader& reader) {
    RequestFound found = Answer(effect, reader);
    WarnUnlessMissing("find_request", found.answer.status());
    CollectRead(std::move(found));
  });
}

void Storage::Do(const ReadRooms& effect) {
  asked_reads_.push_back([this, effect](store::Reader& reader) {
    RoomsRead read = Answer(effect, reader, options_.calendar);
    Warn("rooms", read.rooms.status());
    CollectRead(std::move(read));
  });
}

void Storage::Do(const ReadDevices& effect) {
  asked_reads_.push_back([this, effect](store::Reader& reader) {
    DevicesRead read = Answer(effect, reader);
    Warn("devices", read.devices.status());
    CollectRead(std::move(read));
  });
}

void Storage::Do(const ReadHistory& effect) {
  asked_reads_.push_back([this, effect](store::Reader& reader) {
    HistoryRead read = Answer(effect, reader);
    Warn("read_history", read.page.status());
    CollectRead(std::move(read));
  });
}

}  // namespace chat77::server

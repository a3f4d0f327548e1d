// Carries out the core's effects on the store and on passwords, and reports
// with the core's events. What they are in the store's words: translate.h and
// answers.h.
//
// What the core's thread asks for is collected until HandOver(), so that what
// belongs to one turn of its loop is one commit.
//
// Writes go to the commit thread, reads to a thread with a connection of its
// own to the store (see storage.cc for what may). A read sees every commit
// whose outcome was reported before HandOver(). Of commits that are under way
// it sees some, and its answer may be reported before or after their outcomes.
//
// Calls come from the core's thread; `report` is called on the commit thread,
// the reader's or a password thread, once per round with all its events, in
// order; on the core's own when the passwords' queue is full.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/limits/moment.h"
#include "server/storage/calendar.h"
#include "server/storage/commit_worker.h"
#include "server/storage/legacy_mirror.h"
#include "server/storage/password_worker.h"
#include "server/storage/read_worker.h"
#include "store/password.h"
#include "store/store.h"

namespace chat77::server {

struct StorageOptions {
  store::PasswordCost password_cost = store::PasswordCost::kDefault;
  // Not empty: a copy of accounts and connections in the original's format is
  // kept here (see LegacyMirror).
  std::string legacy_json = "";
  // Makes whoever knows it an admin, once; empty: nobody.
  std::string admin_code = "";
  // Begins at the start of the server.
  Calendar calendar = Calendar();
};

class Storage {
 public:
  using Report = std::function<void(std::vector<Event>)>;

  // `reader` is of `store` (Store::OpenReader).
  Storage(std::unique_ptr<store::Store> store, store::Reader& reader,
          StorageOptions options, Report report);
  // Finishes what was asked for; reports still come until it returns.
  ~Storage();

  // Nothing but CreateAccount's hashing begins before HandOver().
  void HandOver();

  void Do(CheckPassword effect);
  void Do(FindDevice effect);
  void Do(CreateAccount effect);
  void Do(FindAccount effect);
  void Do(ChangePassword effect);
  void Do(RecordLogin effect);
  void Do(RecordLogout effect);
  void Do(Append effect);
  void Do(SetLink effect);
  void Do(const MarkRead& effect);
  void Do(const ReadRooms& effect);
  void Do(const FindRequest& effect);
  void Do(const ReadDevices& effect);
  void Do(const RevokeDevice& effect);
  void Do(const SetBlocked& effect);
  void Do(AddSanction effect);
  void Do(LiftSanction effect);
  void Do(RecordKick effect);
  void Do(MakeAdmin effect);
  void Do(const AddInvitation& effect);
  void Do(const NewGeneration& effect);
  void Do(const ReadHistory& effect);

  // Forgets what is past its time, a little of it; now and then.
  void Tidy(SteadyTime now);

 private:
  // On the reader's thread.
  void Verify(const CheckPassword& effect, store::AccountReader& reader);
  // On the commit thread.
  void Replace(const ChangePassword& effect);
  void Promote(const MakeAdmin& effect);
  // On a password's thread.
  void Rehash(const std::string& key, const std::string& hash,
              const std::string& password);
  void Write(Token token, store::Write write);
  // `secret`: the token of the device, or the code of the invitation, that was
  // made with it.
  void CollectCommitted(Token token, const store::WriteResult& result,
                        const std::string& secret);
  // For the end of the round; the commit thread.
  void Collect(Event event);
  // The same; the reader's thread.
  void CollectRead(Event event);
  // For the next pause of the passwords' threads; any thread.
  void CollectOutcome(Event event);
  void ReportOutcomes();
  void Changed();
  void Snapshot();
  // Logs a failure. Any thread.
  void Warn(const char* what, const absl::Status& status);
  // The same, but that something is not there is no failure.
  void WarnUnlessMissing(const char* what, const absl::Status& status);

  const StorageOptions options_;
  const Report report_;
  // A hash nobody has the password of: an unknown alias costs the same time.
  const std::string dummy_hash_;
  std::string admin_code_;  // the commit thread; empty once it was used
  std::mutex warn_mutex_;
  std::chrono::steady_clock::time_point next_warning_;
  uint64_t unlogged_ = 0;
  // Since HandOver(); the core's thread.
  CommitWorker::Round asked_;
  std::vector<ReadWorker::Read> asked_reads_;
  std::mutex outcomes_mutex_;
  std::vector<Event> outcomes_;           // of passwords
  std::vector<Event> events_;             // of this round; the commit thread
  std::vector<Event> read_events_;        // the same; the reader's thread
  std::unique_ptr<LegacyMirror> mirror_;  // nullptr: not wanted
  const std::unique_ptr<store::Store> store_;  // the commit thread
  std::unique_ptr<CommitWorker> commits_;
  std::unique_ptr<ReadWorker> reads_;
  PasswordWorker passwords_;
};

}  // namespace chat77::server

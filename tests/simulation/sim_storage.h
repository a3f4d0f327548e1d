// The server's way to its store, simulated: what server/storage does with
// threads happens here in virtual time. Dies with the server; the disk, a
// store::Store, does not.
//
// As there: what one turn of the server asked to write is one round; while a
// round is at work everything else waits and becomes the next; the writes of a
// round are one commit, its tasks come behind that, and all its outcomes are
// reported together, in order. A commit takes time, may fail and keep nothing,
// and when the server crashes in the middle of one it is lost or kept,
// unreported. Reads are done beside that, one turn after the other: each sees
// what is on disk at that moment, and its answer comes some time later.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/core/effect.h"
#include "server/core/event.h"
#include "server/storage/calendar.h"
#include "server/storage/group_commit.h"
#include "store/store.h"
#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

// How the disk is now.
struct DiskHealth {
  absl::Duration least = absl::Microseconds(100);
  absl::Duration most = absl::Milliseconds(10);
  double fails = 0;  // of a commit, and of a read
};

// Of the one who becomes an admin.
inline constexpr char kAdminCode[] = "open sesame";

// What outlives the server.
struct Disk {
  std::unique_ptr<store::Store> store = store::OpenMemoryStore();
  DiskHealth health;
  // Hears of what became durable, whether or not it will be reported.
  Watch* watch = nullptr;
};

class SimStorage {
 public:
  using Report = std::function<void(std::vector<server::Event>)>;

  SimStorage(Context& context, Disk& disk, const server::Calendar& calendar,
             Report report)
      : context_(context),
        disk_(disk),
        calendar_(calendar),
        report_(std::move(report)) {}
  // The server is gone: what is being written may yet be kept.
  ~SimStorage();

  void HandOver();
  void Tidy(server::SteadyTime now);

  void Do(const server::CheckPassword& effect);
  void Do(const server::FindDevice& effect);
  void Do(const server::CreateAccount& effect);
  void Do(const server::RecordLogin& effect);
  void Do(const server::RecordLogout& effect);
  void Do(const server::Append& effect);
  void Do(const server::SetLink& effect);
  void Do(const server::MarkRead& effect);
  void Do(const server::ReadRooms& effect);
  void Do(const server::FindRequest& effect);
  void Do(const server::ReadDevices& effect);
  void Do(const server::RevokeDevice& effect);
  void Do(const server::ReadHistory& effect);
  void Do(const server::FindAccount& effect);
  void Do(const server::ChangePassword& effect);
  void Do(const server::SetBlocked& effect);
  void Do(const server::AddSanction& effect);
  void Do(const server::LiftSanction& effect);
  void Do(const server::RecordKick& effect);
  void Do(const server::MakeAdmin& effect);
  void Do(const server::AddInvitation& effect);
  void Do(const server::NewGeneration& effect);

 private:
  using Read = std::function<void(store::Reader&)>;
  using Task = std::function<void()>;
  struct Round {
    std::vector<server::QueuedWrite> writes;
    std::vector<Task> tasks;

    bool empty() const { return writes.empty() && tasks.empty(); }
  };

  // Ordered. `secret`: the token of the device that is made with it.
  void Write(server::Token token, store::Write write, std::string secret = {});
  std::string NewToken();
  void Submit(Round round);
  void BeginRound();
  void EndRound();
  server::GroupCommit::Results Commit(absl::Span<const store::Write> writes);
  void BeginReads();
  void EndReads();
  // Answered by what `read` finds, or by the disk's failure.
  template <class Answer, class Reading>
  void Look(server::Token token, Reading read);
  bool ReadFails();
  void Collect(server::Event event);
  void CollectRead(server::Event event);
  void Later(std::function<void()> work);

  Context& context_;
  Disk& disk_;
  const server::Calendar calendar_;
  const Report report_;
  Round asked_;    // since HandOver
  Round waiting_;  // for the round at work
  Round working_;
  server::GroupCommit group_commit_;
  bool at_work_ = false;
  bool committed_ = false;  // the round at work is on disk
  std::vector<server::Event> outcomes_;
  std::vector<Read> asked_reads_;    // since HandOver
  std::vector<Read> waiting_reads_;  // for those at work
  std::vector<Read> working_reads_;
  bool reading_ = false;
  std::vector<server::Event> answers_;
  Life life_;
};

}  // namespace chat77::simulation

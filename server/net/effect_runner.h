// Carries out the core's effects: the one place where they are visited. A new
// kind of effect does not compile until it is handled here.
//
// Lives on the core's thread, which is that of the first shard: what is for
// that shard is done at once; what is for another, and for the store, is
// collected and leaves in one piece at the end of the shard's turn. Every frame
// is encoded once, whoever hears it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "server/core/effect.h"
#include "server/net/clock.h"
#include "server/net/code_counts.h"
#include "server/net/shard.h"
#include "server/net/wait_list.h"
#include "server/storage/storage.h"

namespace chat77::server {

class EffectRunner {
 public:
  // All must outlive it. `stopped` is called for the Stopped effect.
  EffectRunner(const std::vector<std::unique_ptr<Shard>>& shards,
               Storage& storage, std::function<void()> stopped);

  // In order; `effects` is left empty.
  void Run(Effects& effects);
  // Hands over what was collected. Called by the first shard; false: it is not
  // to write yet, and will be called again.
  //
  // What the store is at now will be known in a moment, and a second write to
  // everybody costs much more than a longer one: a large room waits for it,
  // once and for kHold at most, so that a stream of messages does not fall
  // apart into a large and a small part for ever.
  bool EndTurn();
  // The store answered: an outcome of what was to be written.
  void Answered() { ++answered_; }
  // Who is told when the time of an Await is over.
  void OnElapsed(std::function<void(Token)> call) {
    waits_.OnElapsed(std::move(call));
  }

  // What the core refused since the last call, into the log: once a second.
  void ReportRefusals() { refused_.Report(); }

  static constexpr absl::Duration kHold = absl::Milliseconds(5);
  static constexpr size_t kLargeRoom = 64;

 private:
  // Where a piece of Mail::bytes ends is where the next command's begins.
  struct Command {
    enum class Kind : uint8_t {
      kDeliver,
      kJoin,
      kMessage,
      kJoined,
      kLeft,
      kClose
    } kind = Kind::kDeliver;
    DeliveryKind delivery = DeliveryKind::kEvent;
    SessionId session;
    pb::Code code = pb::CODE_UNSPECIFIED;
    uint32_t bytes = 0;  // of the frame, or of a goodbye's sentence
    uint32_t alias = 0;  // bytes of the alias behind it, kJoined and kLeft
    uint32_t retry_after_ms = 0;        // kClose
    std::optional<uint64_t> after_seq;  // kJoin
  };
  // What another shard is to do, by value.
  struct Mail {
    std::string bytes;
    std::vector<Command> commands;
  };

  void Do(Send& effect);
  void Do(JoinRoom& effect);
  void Do(TellRoom& effect);
  void Do(CloseSession& effect);
  void Do(CheckPassword& effect) { Store(effect); }
  void Do(FindDevice& effect) { Store(effect); }
  void Do(CreateAccount& effect) { Store(effect); }
  void Do(FindAccount& effect) { Store(effect); }
  void Do(ChangePassword& effect) { Store(effect); }
  void Do(RecordLogin& effect);
  void Do(RecordLogout& effect);
  void Do(Append& effect) { Commit(effect); }
  void Do(SetLink& effect) { Commit(effect); }
  void Do(MarkRead& effect) { Commit(effect); }
  void Do(RevokeDevice& effect) { Commit(effect); }
  void Do(SetBlocked& effect) { Commit(effect); }
  void Do(AddSanction& effect) { Commit(effect); }
  void Do(LiftSanction& effect) { Commit(effect); }
  void Do(RecordKick& effect) { Commit(effect); }
  void Do(MakeAdmin& effect) { Store(effect); }
  void Do(AddInvitation& effect) { Commit(effect); }
  void Do(NewGeneration& effect) { Store(effect); }
  void Do(FindRequest& effect) { Store(effect); }
  void Do(ReadRooms& effect) { Store(effect); }
  void Do(ReadDevices& effect) { Store(effect); }
  void Do(Await& effect) { waits_.Add(effect.token, effect.duration); }
  void Do(ReadHistory& effect) { Store(effect); }
  void Do(Stopped&) { stopped_(); }

  template <class Work>
  void Store(Work& work) {
    storage_.Do(std::move(work));
    shards_[0]->EndTurnSoon();
  }
  template <class Work>
  void Commit(Work& work) {
    ++asked_;
    Store(work);
  }
  std::string_view Encode(const pb::ServerFrame& frame);
  void ToAll(Command command, std::string_view bytes, std::string_view alias);
  void Route(Command command, std::string_view bytes);
  void Hand(size_t shard, Command command, std::string_view bytes,
            std::string_view alias);
  static void Carry(Shard& shard, const Command& command,
                    std::string_view bytes, std::string_view alias);
  static void CarryAll(Shard& shard, const Mail& mail);
  void PostMail();
  bool Hold();
  void EndHold();

  const std::vector<std::unique_ptr<Shard>>& shards_;
  Storage& storage_;
  const std::function<void()> stopped_;
  std::vector<Mail> mail_;  // by shard; the first's is unused
  std::string frame_;       // the one being handed on
  CodeCounts refused_;
  const std::unique_ptr<Timer> hold_timer_;
  WaitList waits_;
  uint64_t asked_ = 0;  // outcomes
  uint64_t answered_ = 0;
  uint64_t hold_for_ = 0;  // the outcome that is waited for
  bool holding_ = false;
  bool spoken_ = false;  // a message awaits its write
};

}  // namespace chat77::server

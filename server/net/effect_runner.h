// Carries out the core's effects: the one place where they are visited. A new
// kind of effect does not compile until it is handled here.
//
// Lives on the core's thread, which is that of the first shard: what is for
// that shard is done at once, what is for another is collected and posted there
// once per batch. Every frame is encoded once, whoever hears it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/core/effect.h"
#include "server/net/shard.h"
#include "server/storage/storage.h"

namespace chat77::server {

class EffectRunner {
 public:
  // All must outlive it. `stopped` is called for the Stopped effect.
  EffectRunner(const std::vector<std::unique_ptr<Shard>>& shards,
               Storage& storage, std::function<void()> stopped);

  // In order; `effects` is left empty.
  void Run(Effects& effects);

 private:
  // What another shard is to do, by value.
  struct Command {
    enum class Kind : uint8_t { kDeliver, kJoin, kTell, kClose } kind;
    SessionId session;
    std::string bytes;  // frames, or the sentence of a goodbye
    bool is_reply = false;
    bool is_login = false;
    bool is_message = false;
    pb::Code code = pb::CODE_UNSPECIFIED;
  };

  void Do(Send& effect);
  void Do(JoinRoom& effect);
  void Do(TellRoom& effect);
  void Do(CloseSession& effect);
  void Do(CheckPassword& effect) { storage_.Do(std::move(effect)); }
  void Do(CreateAccount& effect) { storage_.Do(std::move(effect)); }
  void Do(RecordLogin& effect);
  void Do(RecordLogout& effect);
  void Do(Append& effect) { storage_.Do(std::move(effect)); }
  void Do(ReadHistory& effect) { storage_.Do(std::move(effect)); }
  void Do(Stopped&) { stopped_(); }

  void Route(const Command& command);
  void Hand(size_t shard, const Command& command);
  static void Carry(Shard& shard, const Command& command);
  void PostMail();

  const std::vector<std::unique_ptr<Shard>>& shards_;
  Storage& storage_;
  const std::function<void()> stopped_;
  std::vector<std::vector<Command>> mail_;  // by shard; the first's is unused
};

}  // namespace chat77::server

// Makes trouble come when it hurts: at the next commit, or the next reply.
#pragma once

#include <functional>
#include <utility>

#include "tests/simulation/watch.h"

namespace chat77::simulation {

class Trigger final : public Watch {
 public:
  using Call = std::function<void()>;

  // Each is called once, from within what it waits for.
  void AtNextCommit(Call call) { at_commit_ = std::move(call); }
  void AtNextReply(Call call) { at_reply_ = std::move(call); }

  void OnDurable(const store::Write&, const store::WriteResult&) override {
    if (auto call = std::exchange(at_commit_, {})) call();
  }
  void OnServerSends(server::SessionId, const pb::ServerFrame& frame) override {
    if (frame.reply_to() == 0) return;
    if (auto call = std::exchange(at_reply_, {})) call();
  }

 private:
  Call at_commit_;
  Call at_reply_;
};

}  // namespace chat77::simulation

// Order, apply, hold, release: what the core decides takes effect at once, and
// is told once it is on disk.
//
// A part of the core judges a request, changes its state, and has the ledger
// order the write together with what follows from it: replies, events, the end
// of a stay. The ledger holds that (HeldEffects) until the commit with the
// write is on disk. If the commit fails, it undoes all that it holds, newest
// first, begins a new generation of writes and releases everything with that
// failure.
//
// Pure; one thread, the core's.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

#include "server/core/event.h"
#include "server/core/held_effects.h"
#include "server/core/overload.h"
#include "server/core/request.h"

namespace chat77::server {

class Ledger {
 public:
  // What was held happens. `outcome` is that of its write, OK if it has none.
  using Release =
      std::function<void(Held&, const absl::StatusOr<Outcome>&, Turn&)>;

  // `workload` counts what is held.
  Ledger(Workload& workload, Release release)
      : workload_(workload), release_(std::move(release)) {}

  // For work outside the core.
  Token NextToken() { return Token{++last_token_}; }

  // The write, and what is held until it is on disk.
  template <class Write>
  void Order(Write write, Held held, Turn& turn) {
    write.token = NextToken();
    Keep(write.token, std::move(held));
    turn.effects.push_back(std::move(write));
  }
  // What waits only for what was ordered before it: at once if nothing was.
  void Hold(Held held, Turn& turn);
  // A reply that may speak of what is not on disk yet.
  void Answer(pb::ServerFrame reply, const Request& request);
  void Refuse(pb::Code code, std::string_view sentence, std::string_view alias,
              const Request& request, uint32_t retry_after_ms = 0);

  // True if the commit of the oldest write that is held failed. The caller then
  // calls Fail before it calls Settle.
  bool IsFailure(const Committed& event) const;
  // See HeldEffects::Fail.
  template <class Undo, class Redo>
  void Fail(const Undo& undo, const Redo& redo, Turn& turn) {
    held_.Fail(undo, redo);
    turn.effects.push_back(NewGeneration{});
  }
  // The outcome of a write: releases what waited for it, and what is ready
  // then.
  void Settle(const Committed& event, Turn& turn);

  // See HeldEffects.
  template <class Kind, class Matches>
  const Kind* FindLast(const Matches& matches) const {
    return held_.FindLast<Kind>(matches);
  }
  bool empty() const { return held_.empty(); }

 private:
  void Keep(Token write, Held held);
  void ReleaseReady(Turn& turn);
  void DoRelease(HeldEffects::Taken& taken,
                 const absl::StatusOr<Outcome>& outcome, Turn& turn);

  Workload& workload_;
  const Release release_;
  HeldEffects held_;
  uint64_t last_token_ = 0;
};

}  // namespace chat77::server

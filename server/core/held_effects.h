// The one order of what follows from writes: replies, events, and what becomes
// of a stay.
//
// Whatever is written takes a place when the write is asked for. So does what
// has no write of its own but must not overtake one: nobody hears that Ann left
// before Ann's last words. A place is taken out when its write is on disk (or
// has failed) and all places before it are gone.
//
// Outcomes come in the order of the writes, so the first place that waits for a
// write waits for the next outcome. Between two events of the core the first
// place waits for a write, or there is none: the core takes out what is ready.
//
// A commit is kept whole or not at all, and what was asked for after it was
// judged by what it was to bring. So if one fails, all that is held fails with
// it: Fail().
//
// Pure; one thread, the core's.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "server/core/ids.h"
#include "server/core/pending.h"

namespace chat77::server {

class HeldEffects {
 public:
  struct Taken {
    Held held;
    size_t bytes = 0;
    bool failed = false;
  };

  // `write`: the token of the write that it waits for; none: it waits only for
  // what was held before it. `bytes`: as it is to be counted.
  void Hold(Token write, Held held, size_t bytes = 0) {
    places_.push_back({write, std::move(held), bytes});
  }

  // The first place waits for that write, and has not failed.
  bool IsFirst(Token write) const {
    return !places_.empty() && places_.front().write == write &&
           !places_.front().failed;
  }
  // All that is held fails. Calls `undo` with each, the last one first, then
  // `redo` with each, the first one first.
  template <class Undo, class Redo>
  void Fail(const Undo& undo, const Redo& redo) {
    for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
      if (!place->failed) std::visit(undo, place->held);
    }
    for (Place& place : places_) {
      if (!std::exchange(place.failed, true)) std::visit(redo, place.held);
    }
  }

  // The outcome of that write is known. Nothing if the first place does not
  // wait for it.
  std::optional<Taken> TakeWritten(Token write) {
    if (places_.empty() || places_.front().write != write) return std::nullopt;
    Taken taken{std::move(places_.front().held), places_.front().bytes,
                places_.front().failed};
    places_.pop_front();
    return taken;
  }
  // Nothing if the first place waits for a write, or there is none.
  std::optional<Taken> TakeReady() { return TakeWritten(Token{}); }

  bool empty() const { return places_.empty(); }

  // The last that was held of a kind, has not failed and matches; nullptr if
  // there is none. Valid until the next change.
  template <class Kind, class Matches>
  const Kind* FindLast(const Matches& matches) const {
    for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
      const Kind* held = std::get_if<Kind>(&place->held);
      if (held != nullptr && !place->failed && matches(*held)) return held;
    }
    return nullptr;
  }

 private:
  struct Place {
    Token write;
    Held held;
    size_t bytes = 0;
    bool failed = false;
  };

  std::deque<Place> places_;
};

}  // namespace chat77::server

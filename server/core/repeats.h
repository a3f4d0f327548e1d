// Requests that may have been carried out before: a client that got no answer
// asks again, with the same message_id.
//
// Ids of an account ascend, so one above the highest that was ever carried out
// is new. Any other is looked up in the store first, and the session's requests
// behind it wait, so that they stay in order. Thus whatever is judged, ordered
// and written is new. Without a history the lobby's messages are in no store:
// Room remembers those.
//
// Pure; one thread, the core's.
#pragma once

#include <functional>
#include <utility>

#include "server/core/core_options.h"
#include "server/core/ledger.h"
#include "server/core/request_limits.h"
#include "server/core/room.h"
#include "server/core/sessions.h"

namespace chat77::server {

class Repeats {
 public:
  // Carries out a request that is new.
  using CarryOut = std::function<void(const Request&)>;

  Repeats(const CoreOptions& options, Sessions& sessions, Ledger& ledger,
          const RequestLimits& limits, const Room& room, CarryOut carry_out)
      : options_(options),
        sessions_(sessions),
        ledger_(ledger),
        limits_(limits),
        room_(room),
        carry_out_(std::move(carry_out)) {}

  // True if the request waits until it is known whether it, or one before it,
  // is new.
  bool Park(const Request& request);
  void On(const RequestFound& event, Turn& turn);
  // The ledger has released the request that the session's first parked request
  // repeats.
  void Finish(const Again& again, Turn& turn) { Unpark(again.session, turn); }

 private:
  bool MayBeRepeat(const Request& request) const;
  // True if the ledger still holds a request with this id.
  bool IsHeld(const Request& request) const;
  void Answer(const RequestFound& found, const pb::ClientFrame& frame,
              pb::ServerFrame& reply) const;
  // Carries out what waits, in order, up to the next that may be a repeat.
  void Unpark(SessionId id, Turn& turn);

  const CoreOptions& options_;
  Sessions& sessions_;
  Ledger& ledger_;
  const RequestLimits& limits_;
  const Room& room_;
  const CarryOut carry_out_;
};

}  // namespace chat77::server

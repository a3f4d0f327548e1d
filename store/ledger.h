// What is written, in one order, and what became of it; and how a server finds
// things when it starts. Errors as in store/store.h.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "store/model.h"

namespace chat77::store {

// What came of one write, or why this one alone was refused (AlreadyExists,
// NotFound, PermissionDenied, ResourceExhausted). A refusal is not remembered:
// the same request may succeed later.
using WriteResult = absl::StatusOr<Written>;

// Used by one thread at a time.
class Ledger {
 public:
  virtual ~Ledger() = default;

  // Carries out `writes` in order as one transaction, on disk when it returns.
  // A write that is refused leaves no trace and does not disturb the others.
  // An error of the whole means that nothing was written, no seq was used and
  // no request is remembered. A request that is remembered, be it from earlier
  // in the same `writes`, is not carried out again: see Written::repeated.
  virtual absl::StatusOr<std::vector<WriteResult>> Commit(
      absl::Span<const Write> writes) = 0;

  // Of the requests of an account that are remembered; 0 if there is none.
  virtual absl::StatusOr<uint64_t> HighestMessageId(AccountId account) = 0;

  // The lobby, made on the first call.
  virtual absl::StatusOr<LobbyState> OpenLobby() = 0;
  // The newest room: the caller numbers those it makes from there on. At least
  // kLobby.
  virtual absl::StatusOr<RoomId> LastRoom() = 0;

  // For a start, also after a crash: OpenStays, then CloseOpenConnections.
  //
  // The open connections that have a device, in order of id.
  virtual absl::StatusOr<std::vector<Stay>> OpenStays() = 0;
  // Gives every open connection without a device a logout, and every link that
  // is bound the state kNone; returns how many connections.
  virtual absl::StatusOr<int64_t> CloseOpenConnections(
      absl::Time time, std::string_view reason) = 0;
};

}  // namespace chat77::store

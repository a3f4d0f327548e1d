// Rows as records, and the checksums that tell a record from a damaged one:
// SQLite notices a broken page, not a flipped bit in a text.
//
// The columns are those of the statements in store/sqlite/statements.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/model.h"
#include "store/sqlite/statement.h"

namespace chat77::store::sqlite {

// CRC-32 of all that a row says. Without an account it is the checksum that
// versions 2 to 4 gave a message; a text has the one of version 5.
int64_t MessageChecksum(const Message& message);
// Not of the id. An account that is no admin has the checksum that version 2
// gave it.
int64_t AccountChecksum(const Account& account);

// DataLoss if the record does not have its checksum; rows written by version 1
// have none and are taken as they are. A message may have the checksum without
// its account: the migration to version 5 adds the account alone.
absl::StatusOr<Account> ReadAccount(const Rows& rows);
// DataLoss also for a kind that does not exist.
absl::StatusOr<Message> ReadMessage(RoomId room, const Rows& rows);
absl::StatusOr<Connection> ReadConnection(const Rows& rows);
absl::StatusOr<Device> ReadDevice(const Rows& rows);
absl::StatusOr<Stay> ReadStay(const Rows& rows);
// DataLoss for a state that does not exist.
absl::StatusOr<KnownLink> ReadLink(const Rows& rows);
absl::StatusOr<ReadMarker> ReadReadMarker(const Rows& rows);
absl::StatusOr<RememberedRequest> ReadRequest(const Rows& rows);
// DataLoss for a kind that does not exist.
absl::StatusOr<Sanction> ReadSanction(const Rows& rows);
// Its hash is not compared.
absl::StatusOr<AuditRecord> ReadAuditRecord(const Rows& rows);
absl::StatusOr<BlockedAccount> ReadBlocked(const Rows& rows);

// links.state: 0 none, 1 the smaller account asked the greater, 2 the greater
// asked the smaller, 3 linked.
int64_t ToStateColumn(const Link& link);

// SQLite's integers are signed: what is too large becomes the largest.
int64_t ToInteger(uint64_t seq);
std::optional<int64_t> ToMillis(const std::optional<absl::Time>& time);

}  // namespace chat77::store::sqlite

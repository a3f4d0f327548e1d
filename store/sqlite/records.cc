#include "store/sqlite/records.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <zlib.h>

#include "absl/strings/str_cat.h"

namespace chat77::store::sqlite {
namespace {

// links.state, from the smaller account's side.
enum StateColumn : int64_t { kNoState, kAsked, kWasAsked, kLinked };

class Checksum {
 public:
  Checksum& Add(int64_t number) {
    auto rest = static_cast<uint64_t>(number);
    Bytef bytes[sizeof(rest)];
    for (Bytef& byte : bytes) {
      byte = static_cast<Bytef>(rest);
      rest >>= 8;
    }
    crc_ = crc32_z(crc_, bytes, sizeof(bytes));
    return *this;
  }
  // With its size, so that no byte can change over to the next text.
  Checksum& Add(std::string_view text) {
    Add(static_cast<int64_t>(text.size()));
    crc_ =
        crc32_z(crc_, reinterpret_cast<const Bytef*>(text.data()), text.size());
    return *this;
  }
  int64_t value() const { return static_cast<int64_t>(crc_); }

 private:
  uLong crc_ = crc32_z(0, nullptr, 0);
};

absl::Status Damaged(const Rows& rows, const std::string& record) {
  return absl::DataLossError(
      absl::StrCat("The store ", rows.path(), " is damaged (", record,
                   " is not what was written); put a backup in its place."));
}

bool Matches(const Rows& rows, int column, int64_t checksum) {
  return rows.IsNull(column) || rows.Int(column) == checksum;
}

}  // namespace

int64_t MessageChecksum(const Message& message) {
  Checksum checksum;
  checksum.Add(message.room.value())
      .Add(static_cast<int64_t>(message.seq))
      .Add(absl::ToUnixMillis(message.time))
      .Add(message.alias)
      .Add(message.text);
  if (message.account) checksum.Add(message.account.value());
  if (message.kind != EntryKind::kText) {
    checksum.Add("kind").Add(static_cast<int64_t>(message.kind));
  }
  return checksum.value();
}

int64_t AccountChecksum(const Account& account) {
  Checksum checksum;
  checksum.Add(account.key)
      .Add(account.alias)
      .Add(account.password_hash)
      .Add(absl::ToUnixMillis(account.created_at));
  if (account.admin) checksum.Add("admin");
  return checksum.value();
}

absl::StatusOr<Account> ReadAccount(const Rows& rows) {
  Account account{.id = rows.IdAt<AccountId>(0),
                  .alias = rows.Text(1),
                  .key = rows.Text(2),
                  .password_hash = rows.Text(3),
                  .created_at = absl::FromUnixMillis(rows.Int(4)),
                  .admin = rows.Int(6) != 0};
  if (!Matches(rows, 5, AccountChecksum(account))) {
    return Damaged(rows, absl::StrCat("account ", account.id));
  }
  return account;
}

absl::StatusOr<Message> ReadMessage(RoomId room, const Rows& rows) {
  Message message{.room = room,
                  .seq = static_cast<uint64_t>(rows.Int(0)),
                  .time = absl::FromUnixMillis(rows.Int(1)),
                  .alias = rows.Text(2),
                  .text = rows.Text(3),
                  .account = rows.IdAt<AccountId>(5)};
  constexpr auto kLast = static_cast<int64_t>(EntryKind::kEnded);
  const int64_t kind = rows.Int(6);
  if (kind >= 0 && kind <= kLast) {
    message.kind = static_cast<EntryKind>(kind);
    if (Matches(rows, 4, MessageChecksum(message))) return message;
    Message bare = message;
    bare.account = {};
    if (Matches(rows, 4, MessageChecksum(bare))) return message;
  }
  return Damaged(rows,
                 absl::StrCat("message ", message.seq, " of room ", room));
}

absl::StatusOr<Connection> ReadConnection(const Rows& rows) {
  Connection connection{.id = rows.IdAt<ConnectionId>(0),
                        .alias = rows.Text(1),
                        .address = rows.Text(2),
                        .port = static_cast<uint16_t>(rows.Int(3)),
                        .login_time = absl::FromUnixMillis(rows.Int(4)),
                        .logout_time = std::nullopt,
                        .reason = rows.Text(6)};
  if (!rows.IsNull(5)) {
    connection.logout_time = absl::FromUnixMillis(rows.Int(5));
  }
  return connection;
}

absl::StatusOr<Device> ReadDevice(const Rows& rows) {
  return Device{.number = rows.IdAt<DeviceId>(0),
                .account = rows.IdAt<AccountId>(1),
                .alias = rows.Text(2),
                .software = rows.Text(3),
                .created_at = absl::FromUnixMillis(rows.Int(4)),
                .used_at = absl::FromUnixMillis(rows.Int(5))};
}

absl::StatusOr<Stay> ReadStay(const Rows& rows) {
  return Stay{.connection = rows.IdAt<ConnectionId>(0),
              .account = rows.IdAt<AccountId>(1),
              .device = rows.IdAt<DeviceId>(2),
              .alias = rows.Text(3),
              .login_time = absl::FromUnixMillis(rows.Int(4))};
}

absl::StatusOr<KnownLink> ReadLink(const Rows& rows) {
  KnownLink known;
  Link& link = known.link;
  link.first = rows.IdAt<AccountId>(0);
  link.second = rows.IdAt<AccountId>(1);
  link.room = rows.IdAt<RoomId>(2);
  link.hidden = rows.Int(4) != 0;
  link.bound = rows.Int(5) != 0;
  if (!rows.IsNull(6)) link.asked_at = absl::FromUnixMillis(rows.Int(6));
  known.first_alias = rows.Text(7);
  known.second_alias = rows.Text(8);
  known.last_seq = static_cast<uint64_t>(rows.Int(9));
  const int64_t state = rows.Int(3);
  if (state < kNoState || state > kLinked) {
    return Damaged(rows, absl::StrCat("the link of the accounts ", link.first,
                                      " and ", link.second));
  }
  if (state == kLinked) link.state = LinkState::kLinked;
  if (state == kAsked || state == kWasAsked) link.state = LinkState::kAsked;
  if (state == kWasAsked) {
    std::swap(link.first, link.second);
    std::swap(known.first_alias, known.second_alias);
  }
  return known;
}

int64_t ToStateColumn(const Link& link) {
  switch (link.state) {
    case LinkState::kNone:
      return kNoState;
    case LinkState::kAsked:
      return link.first < link.second ? kAsked : kWasAsked;
    case LinkState::kLinked:
      return kLinked;
  }
  return kNoState;
}

absl::StatusOr<ReadMarker> ReadReadMarker(const Rows& rows) {
  return ReadMarker{.room = rows.IdAt<RoomId>(0),
                    .seq = static_cast<uint64_t>(rows.Int(1))};
}

absl::StatusOr<RememberedRequest> ReadRequest(const Rows& rows) {
  return RememberedRequest{.seq = static_cast<uint64_t>(rows.Int(0)),
                           .time = absl::FromUnixMillis(rows.Int(1)),
                           .answer = rows.Text(2)};
}

absl::StatusOr<Sanction> ReadSanction(const Rows& rows) {
  Sanction sanction{.number = rows.Int(0),
                    .kind = SanctionKind::kMute,
                    .account = rows.IdAt<AccountId>(2),
                    .target = rows.Text(3),
                    .reason = rows.Text(4),
                    .by = rows.Text(5),
                    .created_at = absl::FromUnixMillis(rows.Int(6)),
                    .expires_at = std::nullopt};
  if (!rows.IsNull(7)) sanction.expires_at = absl::FromUnixMillis(rows.Int(7));
  for (const SanctionKind kind :
       {SanctionKind::kMute, SanctionKind::kBanAccount,
        SanctionKind::kBanNetwork}) {
    if (rows.Int(1) != static_cast<int64_t>(kind)) continue;
    sanction.kind = kind;
    return sanction;
  }
  return Damaged(rows, absl::StrCat("the mute or ban ", sanction.number));
}

absl::StatusOr<AuditRecord> ReadAuditRecord(const Rows& rows) {
  return AuditRecord{.number = rows.Int(0),
                     .time = absl::FromUnixMillis(rows.Int(1)),
                     .actor = rows.Text(2),
                     .action = rows.Text(3),
                     .target = rows.Text(4),
                     .detail = rows.Text(5),
                     .hash = rows.Text(6)};
}

absl::StatusOr<BlockedAccount> ReadBlocked(const Rows& rows) {
  return BlockedAccount{.account = rows.IdAt<AccountId>(0),
                        .alias = rows.Text(1)};
}

int64_t ToInteger(uint64_t seq) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(seq, kMax));
}

std::optional<int64_t> ToMillis(const std::optional<absl::Time>& time) {
  if (!time.has_value()) return std::nullopt;
  return absl::ToUnixMillis(*time);
}

}  // namespace chat77::store::sqlite

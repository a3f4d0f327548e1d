#include "store/sqlite/records.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

#include "absl/strings/str_cat.h"

namespace chat77::store::sqlite {
namespace {

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

int64_t MessageChecksum(int64_t room, int64_t seq, int64_t time_ms,
                        std::string_view alias, std::string_view text,
                        AccountId account) {
  Checksum checksum;
  checksum.Add(room).Add(seq).Add(time_ms).Add(alias).Add(text);
  if (account) checksum.Add(account.value());
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

absl::StatusOr<Message> ReadMessage(const std::string& room_name, int64_t room,
                                    const Rows& rows) {
  Message message{.room = room_name,
                  .seq = static_cast<uint64_t>(rows.Int(0)),
                  .time = absl::FromUnixMillis(rows.Int(1)),
                  .alias = rows.Text(2),
                  .text = rows.Text(3),
                  .account = rows.IdAt<AccountId>(5)};
  const auto matches = [&](AccountId account) {
    return Matches(rows, 4,
                   MessageChecksum(room, rows.Int(0), rows.Int(1),
                                   message.alias, message.text, account));
  };
  if (!matches(message.account) && !matches(0)) {
    return Damaged(rows,
                   absl::StrCat("message ", message.seq, " of ", room_name));
  }
  return message;
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

absl::StatusOr<PrivatePair> ReadPair(const Rows& rows) {
  PrivatePair pair{.first = rows.IdAt<ConnectionId>(0),
                   .second = rows.IdAt<ConnectionId>(1),
                   .first_alias = rows.Text(3),
                   .second_alias = rows.Text(4)};
  switch (rows.Int(2)) {
    case static_cast<int64_t>(PairState::kAsked):
      pair.state = PairState::kAsked;
      return pair;
    case static_cast<int64_t>(PairState::kLinked):
      pair.state = PairState::kLinked;
      return pair;
    default:
      return Damaged(rows, absl::StrCat("the pair of connections ", pair.first,
                                        " and ", pair.second));
  }
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

#include "server/storage/answers.h"

#include <utility>

#include "server/storage/translate.h"
#include "store/device_token.h"

namespace chat77::server {

absl::StatusOr<AccountName> NameOf(store::AccountReader& reader,
                                   AccountId account, std::string alias) {
  const auto standing = reader.FindStanding(account);
  if (!standing.ok()) return standing.status();
  return ToCore(account, std::move(alias), *standing);
}

absl::StatusOr<AccountRooms> RoomsOf(store::AccountReader& reader,
                                     AccountId account,
                                     const Calendar& calendar) {
  auto rooms = reader.RoomsOf(account);
  if (!rooms.ok()) return rooms.status();
  return ToCore(*std::move(rooms), calendar);
}

absl::StatusOr<KnownAccount> FindKnown(store::AccountReader& reader,
                                       std::string_view key) {
  const auto account = reader.FindAccount(key);
  const bool known = account.ok();
  if (!known && !absl::IsNotFound(account.status())) return account.status();
  auto name = NameOf(reader, known ? account->id : 0,
                     known ? account->alias : std::string());
  if (!name.ok()) return name.status();
  if (!known) return account.status();
  return KnownAccount{*std::move(name), account->password_hash};
}

AccountFound Answer(const FindAccount& effect, store::AccountReader& reader) {
  return ToEvent(effect, reader.FindAccount(effect.key));
}

DeviceFound Answer(const FindDevice& effect, store::AccountReader& reader,
                   const Calendar& calendar) {
  const auto device = reader.FindDevice(store::HashOfToken(effect.device_token),
                                        calendar.At(effect.time));
  if (!device.ok()) return {effect.token, device.status()};
  auto name = NameOf(reader, device->account, device->alias);
  if (!name.ok()) return {effect.token, name.status()};
  return {effect.token, FoundDevice{device->number, *std::move(name)}};
}

RoomsRead Answer(const ReadRooms& effect, store::AccountReader& reader,
                 const Calendar& calendar) {
  return {effect.token, RoomsOf(reader, effect.account, calendar)};
}

DevicesRead Answer(const ReadDevices& effect, store::AccountReader& reader) {
  return ToEvent(effect, reader.Devices(effect.account));
}

RequestFound Answer(const FindRequest& effect, store::HistoryReader& reader) {
  return ToEvent(effect, reader.FindRequest(store::RequestKey{
                             effect.account, effect.message_id}));
}

HistoryRead Answer(const ReadHistory& effect, store::HistoryReader& reader) {
  return ToEvent(effect, reader.ReadHistory(ToQuery(effect)));
}

}  // namespace chat77::server

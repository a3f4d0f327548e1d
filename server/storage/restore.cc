#include "server/storage/restore.h"

#include <utility>

#include "server/storage/answers.h"
#include "server/storage/translate.h"

namespace chat77::server {

absl::StatusOr<Restoration> Restore(store::Store& store,
                                    const Calendar& calendar,
                                    const Moment& now) {
  const auto stays = store.OpenStays();
  if (!stays.ok()) return stays.status();
  const auto sanctions = store.Sanctions(calendar.At(now.steady));
  if (!sanctions.ok()) return sanctions.status();
  const absl::StatusOr<int64_t> closed =
      store.CloseOpenConnections(now.wall, "server stopped");
  if (!closed.ok()) return closed.status();
  // Behind it: links that are bound have ended now.
  Restoration restoration{{}, *closed};
  Restored& restored = restoration.restored;
  for (const store::Stay& stay : *stays) {
    auto name = NameOf(store, stay.account, stay.alias);
    if (!name.ok()) return name.status();
    const auto highest = store.HighestMessageId(stay.account);
    if (!highest.ok()) return highest.status();
    auto rooms = RoomsOf(store, stay.account, calendar);
    if (!rooms.ok()) return rooms.status();
    restored.stays.push_back({stay.connection, stay.device, *std::move(name),
                              *highest, *std::move(rooms)});
  }
  for (const store::Sanction& sanction : *sanctions) {
    restored.sanctions.push_back(ToCore(sanction, calendar));
  }
  return restoration;
}

}  // namespace chat77::server

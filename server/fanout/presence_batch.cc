#include "server/fanout/presence_batch.h"

#include <utility>

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_encoder.h"
#include "proto/limits.h"

namespace chat77::server {

void PresenceBatch::Note(std::string_view alias, bool online) {
  if (const auto found = by_alias_.find(alias); found != by_alias_.end()) {
    found->second->online = online;
    return;
  }
  Entry& entry = entries_.emplace_back(Entry{std::string(alias), online});
  by_alias_.emplace(entry.alias, &entry);
}

void PresenceBatch::Drain(
    absl::FunctionRef<void(std::string_view frame)> sink) {
  by_alias_ = {};
  std::deque<Entry> entries = std::exchange(entries_, {});
  v1::ServerFrame frame;
  std::string bytes;
  size_t listed = 0;
  const auto send = [&] {
    bytes.clear();
    wire::AppendFrame(frame, bytes);
    sink(bytes);
    frame.Clear();
    listed = 0;
  };
  for (Entry& entry : entries) {
    // A tag and a length belong to each.
    const size_t size = entry.alias.size() + 2;
    if (listed > 0 && listed + size > wire::kOnlineListBytes) send();
    listed += size;
    v1::PresenceChanged& changed = *frame.mutable_presence_changed();
    changed.set_room(wire::kLobby);
    *(entry.online ? changed.add_joined() : changed.add_left()) =
        std::move(entry.alias);
  }
  if (listed > 0) send();
}

}  // namespace chat77::server

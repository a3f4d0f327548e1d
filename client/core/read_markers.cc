#include "client/core/read_markers.h"

#include <algorithm>
#include <utility>

#include "proto/limits.h"

namespace chat77::client {

void ReadMarkers::OnLogin(const pb::RoomState& state) {
  if (state.kind() == pb::DIRECT) rooms_[state.room()].marked = state.read();
}

void ReadMarkers::OnTold(uint64_t room, uint64_t seq, size_t texts,
                         absl::Time now) {
  rooms_[room].told = seq;
  if (texts_ == 0) first_ = now;
  texts_ += texts;
}

absl::Time ReadMarkers::due() const {
  if (texts_ == 0 || sent_id_ != 0) return absl::InfiniteFuture();
  return texts_ >= kTexts ? first_ : first_ + kDelay;
}

std::optional<pb::MarkRead> ReadMarkers::Take(uint64_t request_id) {
  texts_ = 0;
  pb::MarkRead request;
  for (const auto& [number, room] : rooms_) {
    if (room.told <= room.marked) continue;
    if (request.markers_size() == wire::kReadMarkers) {
      texts_ = kTexts;  // the others follow at once
      break;
    }
    pb::ReadMarker& marker = *request.add_markers();
    marker.set_room(number);
    marker.set_seq(room.told);
  }
  if (request.markers().empty()) return std::nullopt;
  sent_id_ = request_id;
  sent_ = request;
  return request;
}

bool ReadMarkers::OnReply(const pb::ServerFrame& reply) {
  if (sent_id_ == 0 || reply.reply_to() != sent_id_) return false;
  sent_id_ = 0;
  // A room that does not exist must not keep the others from being marked.
  if (reply.has_mark_read() || reply.error().code() == pb::NO_SUCH_ROOM) {
    for (const pb::ReadMarker& marker : sent_.markers()) {
      uint64_t& marked = rooms_[marker.room()].marked;
      marked = std::max<uint64_t>(marked, marker.seq());
    }
  }
  return true;
}

void ReadMarkers::OnClosed() {
  if (std::exchange(sent_id_, 0) != 0) texts_ = std::max<size_t>(texts_, 1);
}

}  // namespace chat77::client

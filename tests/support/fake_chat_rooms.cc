// The direct rooms of FakeChatServer, and what their members have read.
#include <algorithm>

#include "tests/support/fake_chat_session.h"

namespace chat77::test {

pb::Said FakeChatServer::Append(const std::string& author,
                                const std::string& other, pb::EntryKind kind,
                                const std::string& text) {
  DirectRoom& room = rooms_[Sorted(author, other)];
  if (room.number == 0) room.number = wire::kLobby + rooms_.size();
  pb::Said& entry = room.log.emplace_back();
  entry.set_room(room.number);
  entry.set_seq(room.log.size());
  entry.set_alias(author);
  entry.set_kind(kind);
  entry.set_text(text);
  return entry;
}

FakeChatServer::DirectRoom* FakeChatServer::FindRoom(uint64_t number,
                                                     const std::string& alias) {
  for (auto& [members, room] : rooms_) {
    const bool is_member = members.first == alias || members.second == alias;
    if (room.number == number && is_member) return &room;
  }
  return nullptr;
}

void FakeChatServer::AddRooms(const std::string& alias, pb::LoginReply& reply) {
  for (const auto& [a, b] : links_) {
    if (a != alias && b != alias) continue;
    DirectRoom& room = rooms_[{a, b}];
    pb::RoomState& state = *reply.add_rooms();
    state.set_room(room.number);
    state.set_kind(pb::DIRECT);
    state.set_epoch(kEpoch);
    state.set_seq(room.log.size());
    state.set_read(room.read[alias]);
    state.set_alias(a == alias ? b : a);
  }
}

void FakeChatServer::FetchHistory(const std::string& alias,
                                  const pb::FetchHistory& request,
                                  pb::ServerFrame& reply) {
  const std::vector<pb::Said>* log = &log_;
  if (request.room() > wire::kLobby) {
    const DirectRoom* room = FindRoom(request.room(), alias);
    if (room == nullptr) {
      reply.mutable_error()->set_code(pb::NO_SUCH_ROOM);
      return;
    }
    log = &room->log;
  }
  pb::FetchHistoryReply& page = *reply.mutable_fetch_history();
  for (const pb::Said& said : *log) {
    if (said.seq() <= request.after_seq()) continue;
    *page.add_messages() = said;
  }
}

void FakeChatServer::MarkRead(const std::string& alias,
                              const pb::MarkRead& request) {
  ++mark_reads_;
  for (const pb::ReadMarker& marker : request.markers()) {
    DirectRoom* room = FindRoom(marker.room(), alias);
    if (room == nullptr) continue;
    uint64_t& read = room->read[alias];
    read = std::max<uint64_t>(read, marker.seq());
  }
}

}  // namespace chat77::test

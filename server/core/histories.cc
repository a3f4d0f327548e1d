#include "server/core/histories.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

constexpr char kNoSuchRoom[] = "You are in no room of that number.";

RoomId ToRoom(uint64_t number) {
  return number == 0 ? kLobby : RoomId::Of(static_cast<int64_t>(number));
}

}  // namespace

void Histories::Fetch(const pb::FetchHistory& fetch, const Request& request) {
  ReadHistory read;
  read.room = ToRoom(fetch.room());
  if (read.room == kLobby) {
    if (!options_.history) {
      request.Reply().mutable_fetch_history();
      return;
    }
    read.told = lobby_.told_seq();
  } else {
    const auto room = rooms_.FindById(request.user->account, read.room);
    if (room == nullptr) return request.Refuse(pb::NO_SUCH_ROOM, kNoSuchRoom);
    read.told = room->told_seq;
  }
  read.limit = fetch.limit();
  if (read.limit == 0 || read.limit > wire::kHistoryPage) {
    read.limit = wire::kHistoryPage;
  }
  if (fetch.has_after_seq()) read.after_seq = fetch.after_seq();
  if (fetch.has_before_seq()) read.before_seq = fetch.before_seq();
  read.token = sessions_.Look(request);
  request.turn.effects.push_back(read);
}

void Histories::On(const HistoryRead& event, Turn& turn) {
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (!asked) return;
  if (event.page.ok()) {
    pb::ServerFrame& reply = Reply(*asked, turn);
    *reply.mutable_fetch_history() = *event.page;
    limits_.ChargeRead(sessions_.At(asked->session).user.get(),
                       reply.ByteSizeLong(), turn);
  } else {
    Refuse(*asked, pb::UNAVAILABLE,
           "The server cannot read its history just now; please try again.",
           turn);
  }
  sessions_.Settle(asked->session, turn);
}

uint64_t* Histories::MarkerOf(User& user, RoomId id) const {
  if (id == kLobby) return &user.lobby_read;
  const auto room = rooms_.FindById(user.account, id);
  return room == nullptr ? nullptr
                         : &room->members[room->IndexOf(user.account)].read;
}

void Histories::Mark(const pb::MarkRead& mark, const Request& request) {
  if (mark.markers_size() > wire::kReadMarkers) {
    return request.Refuse(
        pb::INVALID_ARGUMENT,
        absl::StrCat("At most ", wire::kReadMarkers, " markers at a time."));
  }
  User& user = *request.user;
  std::vector<ReadMarker> markers;
  for (const pb::ReadMarker& marker : mark.markers()) {
    const RoomId id = ToRoom(marker.room());
    const uint64_t* const read = MarkerOf(user, id);
    if (read == nullptr) return request.Refuse(pb::NO_SUCH_ROOM, kNoSuchRoom);
    const uint64_t told = id == kLobby
                              ? lobby_.told_seq()
                              : rooms_.FindById(user.account, id)->told_seq;
    const uint64_t seq = std::min<uint64_t>(marker.seq(), told);
    // Without a history the lobby's numbers mean nothing after this run.
    if (id == kLobby && !options_.history) continue;
    if (seq > *read) markers.push_back({id, seq});
  }
  if (markers.empty()) {
    request.Reply().mutable_mark_read();
    return;
  }
  Command command;
  command.answer = [](const Outcome&, pb::ServerFrame& reply) {
    reply.mutable_mark_read();
  };
  command.done = [this, key = user.key, markers](const Outcome&, Turn&) {
    const auto now = presence_.Find(key);
    if (now == nullptr) return;
    for (const ReadMarker& marker : markers) {
      uint64_t* const read = MarkerOf(*now, marker.room);
      if (read != nullptr) *read = std::max(*read, marker.seq);
    }
  };
  directory_.Order(MarkRead{{}, user.account, std::move(markers)},
                   std::move(command), request);
}

}  // namespace chat77::server

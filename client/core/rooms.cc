#include "client/core/rooms.h"

#include <algorithm>
#include <set>
#include <utility>

#include "proto/alias.h"
#include "proto/limits.h"

namespace chat77::client {
namespace {

bool IsDirect(uint64_t room) { return room > wire::kLobby; }

// What comes of a call of the room's.
template <class Call>
Rooms::News NewsOf(Timeline& room, Call call) {
  Rooms::News news;
  news.fetch = call(news.events);
  news.room = room.room();
  news.seq = room.seq();
  return news;
}

pb::Said EntryAt(uint64_t room, uint64_t seq, pb::EntryKind kind = pb::TEXT) {
  pb::Said entry;
  entry.set_room(room);
  entry.set_seq(seq);
  entry.set_kind(kind);
  return entry;
}

pb::Said TextOf(const pb::PrivateSaid& told) {
  pb::Said said = EntryAt(told.room(), told.seq());
  said.set_time_ms(told.time_ms());
  said.set_alias(told.alias());
  said.set_text(told.text());
  return said;
}

}  // namespace

Rooms::Rooms(uint64_t newest) { rooms_.try_emplace(wire::kLobby, newest); }

Timeline& Rooms::Direct(uint64_t number, const std::string& alias) {
  const auto [found, is_new] = rooms_.try_emplace(number, number, alias);
  Timeline& room = found->second;
  if (!is_new) return room;
  Peer& peer = peers_[wire::AliasKey(alias)];
  rooms_.erase(std::exchange(peer.room, number));
  for (; peer.awaited > 0; --peer.awaited) room.OnSaySent();
  return room;
}

// Then the numbers of direct rooms are other rooms' numbers.
bool Rooms::IsAnotherStore(const pb::LoginReply& login) const {
  uint64_t epoch = 0;  // of all direct rooms
  for (const auto& [number, room] : rooms_) {
    if (IsDirect(number) && room.epoch() != 0) epoch = room.epoch();
  }
  return std::any_of(login.rooms().begin(), login.rooms().end(),
                     [&](const pb::RoomState& state) {
                       return epoch != 0 && IsDirect(state.room()) &&
                              state.epoch() != epoch;
                     });
}

std::vector<Rooms::News> Rooms::OnLogin(const pb::LoginReply& login,
                                        bool by_resume) {
  if (IsAnotherStore(login)) {
    std::erase_if(rooms_, [](const auto& r) { return IsDirect(r.first); });
    peers_.clear();
  }
  std::vector<News> all;
  std::set<uint64_t> named = {wire::kLobby};
  for (const pb::RoomState& state : login.rooms()) {
    const bool is_lobby = state.room() == wire::kLobby;
    const bool is_direct = state.kind() == pb::DIRECT && IsDirect(state.room());
    if (!is_lobby && !is_direct) continue;  // of a kind that is not known here
    named.insert(state.room());
    Timeline& room = is_lobby ? Lobby() : Direct(state.room(), state.alias());
    all.push_back(NewsOf(room, [&](auto& events) {
      return is_lobby && by_resume ? room.OnResume(state, events)
                                   : room.OnLogin(state, events);
    }));
  }
  for (auto& [number, room] : rooms_) {
    if (named.contains(number)) continue;
    all.push_back(NewsOf(room, [&](auto&) { return room.FetchRest(); }));
  }
  return all;
}

void Rooms::OnClosed() {
  for (auto& [number, room] : rooms_) room.OnClosed();
}

Rooms::News Rooms::OnEvent(const pb::ServerFrame& event,
                           std::string_view self) {
  if (event.has_said()) {
    const auto room = rooms_.find(event.said().room());
    if (room == rooms_.end()) return {};
    return NewsOf(room->second, [&](auto& events) {
      return room->second.OnEntry(event.said(), 0, self, events);
    });
  }
  if (event.has_missed()) {
    const auto room = rooms_.find(event.missed().room());
    if (room == rooms_.end()) return {};
    return NewsOf(room->second, [&](auto& events) {
      return room->second.OnMissed(event.missed(), events);
    });
  }
  if (event.has_private_said()) {
    const pb::PrivateSaid& told = event.private_said();
    return Hear(told.alias(), told.epoch(), TextOf(told));
  }
  if (event.has_private_connected()) {
    const pb::PrivateConnected& linked = event.private_connected();
    return Hear(linked.alias(), linked.epoch(),
                EntryAt(linked.room(), linked.seq(), pb::LINKED));
  }
  if (event.has_private_ended()) {
    const pb::PrivateEnded& ended = event.private_ended();
    return Hear(ended.alias(), 0,
                EntryAt(ended.room(), ended.seq(), pb::ENDED));
  }
  return {};
}

Rooms::News Rooms::Hear(const std::string& alias, uint64_t epoch,
                        const pb::Said& said) {
  if (!IsDirect(said.room())) return {};
  Timeline& room = Direct(said.room(), alias);
  return NewsOf(room, [&](auto& events) {
    return room.OnEntry(said, epoch, "", events);
  });
}

Rooms::News Rooms::OnPage(uint64_t number, const pb::ServerFrame& reply,
                          std::string_view self) {
  const auto found = rooms_.find(number);
  if (found == rooms_.end()) return {};
  Timeline& room = found->second;
  return NewsOf(room, [&](auto& events) {
    return reply.has_fetch_history()
               ? room.OnPage(reply.fetch_history(), self, events)
               : room.OnPageFailed(events);
  });
}

void Rooms::OnSent(const pb::ClientFrame& request) {
  if (request.has_say()) Lobby().OnSaySent();
  if (!request.has_send_private()) return;
  Peer& peer = peers_[wire::AliasKey(request.send_private().alias())];
  if (peer.room == 0) {
    ++peer.awaited;
  } else {
    rooms_.at(peer.room).OnSaySent();
  }
}

Rooms::News Rooms::OnReply(const pb::ClientFrame& request,
                           const pb::ServerFrame& reply,
                           const std::string& self, bool again) {
  const size_t known = rooms_.size();
  News news = OnAnyReply(request, reply, self);
  // More may have followed while this client was away, and a login does not
  // name a room whose link has ended since.
  if (again && rooms_.size() > known && !news.fetch) {
    news.fetch = rooms_.at(news.room).FetchRest();
  }
  return news;
}

Rooms::News Rooms::OnAnyReply(const pb::ClientFrame& request,
                              const pb::ServerFrame& reply,
                              const std::string& self) {
  if (request.has_say()) return OnSayReply(request.say(), reply, self);
  if (request.has_send_private()) {
    return OnSendReply(request.send_private().alias(), reply, self);
  }
  if (reply.has_accept_private()) {
    const pb::AcceptPrivateReply& linked = reply.accept_private();
    return Hear(linked.alias(), 0,
                EntryAt(linked.room(), linked.seq(), pb::LINKED));
  }
  if (reply.has_request_private() && reply.request_private().connected()) {
    const pb::RequestPrivateReply& linked = reply.request_private();
    return Hear(linked.alias(), 0,
                EntryAt(linked.room(), linked.seq(), pb::LINKED));
  }
  if (reply.has_end_private()) {
    const pb::EndPrivateReply& ended = reply.end_private();
    return Hear(ended.alias(), 0,
                EntryAt(ended.room(), ended.seq(), pb::ENDED));
  }
  return {};
}

Rooms::News Rooms::OnSayReply(const pb::Say& say, const pb::ServerFrame& reply,
                              const std::string& self) {
  return NewsOf(Lobby(), [&](auto& events) {
    if (!reply.has_say()) return Lobby().OnSayRefused(events);
    pb::Said said = EntryAt(wire::kLobby, reply.say().seq());
    said.set_time_ms(reply.say().time_ms());
    said.set_alias(self);
    said.set_text(say.text());
    return Lobby().OnSayReply(said, reply.say().epoch(), events);
  });
}

// `alias` as the request has it.
Rooms::News Rooms::OnSendReply(const std::string& alias,
                               const pb::ServerFrame& reply,
                               const std::string& self) {
  const pb::SendPrivateReply& sent = reply.send_private();
  if (IsDirect(sent.room())) {
    Timeline& room = Direct(sent.room(), sent.alias());
    pb::Said said = EntryAt(sent.room(), sent.seq());
    said.set_alias(self);
    return NewsOf(room, [&](auto& events) {
      return room.OnSayReply(said, sent.epoch(), events);
    });
  }
  const auto peer = peers_.find(wire::AliasKey(alias));
  if (peer == peers_.end()) return {};
  if (peer->second.room == 0) {
    if (--peer->second.awaited == 0) peers_.erase(peer);
    return {};
  }
  Timeline& room = rooms_.at(peer->second.room);
  return NewsOf(room, [&](auto& events) { return room.OnSayRefused(events); });
}

void Rooms::SetPosition(pb::Resume& resume) const {
  const Timeline& lobby = rooms_.at(wire::kLobby);
  resume.set_epoch(lobby.epoch());
  resume.set_seq(lobby.seq());
}

}  // namespace chat77::client

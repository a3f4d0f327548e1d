#include "client/core/rooms.h"

namespace chat77::client {

Timeline& Rooms::Room(const std::string& name) {
  const std::string& room = name.empty() ? wire::kLobby : name;
  return rooms_.try_emplace(room, room, newest_).first->second;
}

Rooms::News Rooms::OnLogin(const pb::RoomPosition& position, bool by_resume) {
  News news;
  Timeline& room = Room(position.room());
  news.fetch = by_resume ? room.OnResume(position, news.events)
                         : room.OnLogin(position, news.events);
  return news;
}

void Rooms::OnClosed() {
  for (auto& [name, room] : rooms_) room.OnClosed();
}

Rooms::News Rooms::OnSaid(const pb::Said& said, std::string_view self) {
  News news;
  news.fetch = Room(said.room()).OnSaid(said, self, news.events);
  return news;
}

Rooms::News Rooms::OnMissed(const pb::Missed& missed) {
  News news;
  news.fetch = Room(missed.room()).OnMissed(missed, news.events);
  return news;
}

Rooms::News Rooms::OnPage(const std::string& room, const pb::ServerFrame& reply,
                          std::string_view self) {
  News news;
  news.fetch = reply.has_fetch_history()
                   ? Room(room).OnPage(reply.fetch_history(), self, news.events)
                   : Room(room).OnPageFailed(news.events);
  return news;
}

void Rooms::OnSaySent(const pb::Say& say) { Room(say.room()).OnSaySent(); }

Rooms::News Rooms::OnSayReply(const pb::Say& say, const pb::ServerFrame& reply,
                              const std::string& self) {
  News news;
  if (!reply.has_say()) {
    news.fetch = Room(say.room()).OnSayRefused();
    return news;
  }
  pb::Said said;
  said.set_room(say.room().empty() ? wire::kLobby : say.room());
  said.set_seq(reply.say().seq());
  said.set_time_ms(reply.say().time_ms());
  said.set_alias(self);
  said.set_text(say.text());
  news.fetch = Room(say.room()).OnSayReply(said, news.events);
  return news;
}

void Rooms::SetPosition(pb::Resume& resume) {
  const Timeline& lobby = Room(wire::kLobby);
  resume.set_room(wire::kLobby);
  resume.set_epoch(lobby.epoch());
  resume.set_seq(lobby.seq());
}

}  // namespace chat77::client

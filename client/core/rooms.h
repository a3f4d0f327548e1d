// The timelines of the rooms a client is in, by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/core/event.h"
#include "client/core/timeline.h"

namespace chat77::client {

// Pure. `self` is this account's name. An empty room name means the lobby.
class Rooms {
 public:
  // What a timeline told, and the history it asks for.
  struct News {
    std::vector<Event> events;
    Timeline::Fetch fetch;
  };

  // `newest`: as Timeline takes it.
  explicit Rooms(uint64_t newest) : newest_(newest) {}

  News OnLogin(const pb::RoomPosition& position, bool by_resume);
  void OnClosed();
  News OnSaid(const pb::Said& said, std::string_view self);
  News OnMissed(const pb::Missed& missed);
  // The reply to a News::fetch, an error included.
  News OnPage(const std::string& room, const pb::ServerFrame& reply,
              std::string_view self);
  void OnSaySent(const pb::Say& say);
  // `reply`: anything but a SayReply means that it was refused or is lost.
  News OnSayReply(const pb::Say& say, const pb::ServerFrame& reply,
                  const std::string& self);

  // Resume's room, epoch and seq.
  void SetPosition(pb::Resume& resume);

 private:
  Timeline& Room(const std::string& name);

  uint64_t newest_;
  std::map<std::string, Timeline> rooms_;
};

}  // namespace chat77::client

// The timelines of the rooms of an account, by number: the lobby and the direct
// rooms; and what each frame of the server means to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "client/core/event.h"
#include "client/core/timeline.h"

namespace chat77::client {

// Pure. `self` is this account's name.
class Rooms {
 public:
  // What a timeline told, the history it asks for, and where it stands now.
  struct News {
    uint64_t room = 0;  // 0: nothing happened
    uint64_t seq = 0;
    std::vector<Event> events = {};
    Timeline::Fetch fetch = {};
  };

  // `newest`: as Timeline takes it for the lobby.
  explicit Rooms(uint64_t newest);

  // Of each room that the login names, and of each direct room that it names
  // no more.
  std::vector<News> OnLogin(const pb::LoginReply& login, bool by_resume);
  void OnClosed();
  // An event that has a place in a room; others are ignored.
  News OnEvent(const pb::ServerFrame& event, std::string_view self);
  // The reply to a News::fetch, an error included.
  News OnPage(uint64_t room, const pb::ServerFrame& reply,
              std::string_view self);
  // A request of the user's was made, and was answered. `reply`: anything but
  // its reply means that it was refused or is lost. `again`: it was sent on an
  // earlier connection, too.
  void OnSent(const pb::ClientFrame& request);
  News OnReply(const pb::ClientFrame& request, const pb::ServerFrame& reply,
               const std::string& self, bool again);

  // Resume's epoch and seq.
  void SetPosition(pb::Resume& resume) const;

 private:
  // Another account, to which this one has a direct room or has sent texts
  // before it knew of one.
  struct Peer {
    uint64_t room = 0;   // 0: not known
    size_t awaited = 0;  // texts without their reply, until the room is known
  };

  Timeline& Lobby() { return rooms_.at(wire::kLobby); }
  Timeline& Direct(uint64_t room, const std::string& alias);
  bool IsAnotherStore(const pb::LoginReply& login) const;
  // An entry of the direct room with `alias`.
  News Hear(const std::string& alias, uint64_t epoch, const pb::Said& said);
  News OnSayReply(const pb::Say& say, const pb::ServerFrame& reply,
                  const std::string& self);
  News OnSendReply(const std::string& alias, const pb::ServerFrame& reply,
                   const std::string& self);
  News OnAnyReply(const pb::ClientFrame& request, const pb::ServerFrame& reply,
                  const std::string& self);

  std::map<uint64_t, Timeline> rooms_;
  std::map<std::string, Peer> peers_;  // by AliasKey
};

}  // namespace chat77::client

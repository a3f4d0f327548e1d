// Invariant 4, private chat: nobody is linked who did not consent, nothing is
// written in a room without a link, entries have dense numbers, what was
// acknowledged is on disk, and what is on disk is shown to both members: in
// order, once, and not lost while its receiver's client can resume.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class PrivateChecker final : public Watch {
 public:
  explicit PrivateChecker(Context& context) : context_(context) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void OnClientStarted(const SimClient& client) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;
  void AtRest() override;

  // Every text that is owed to this account was shown.
  bool HasAll(const std::string& alias) const;

 private:
  using Pair = std::pair<AccountId, AccountId>;  // the smaller first
  struct Room {
    Pair members;
    uint64_t seq = 0;  // of the newest entry
  };
  struct Text {
    std::string from, to;
    RoomId room;
    uint64_t seq = 0;
  };

  void On(const store::SetLink& set);
  void On(const store::Message& entry, bool by_link);
  void Show(const SimClient& client, const client::PrivateText& text);
  const std::string& NameOf(AccountId account) const;

  Context& context_;
  std::vector<std::string> accounts_;  // aliases, in order of number
  std::map<Pair, store::Link> links_;  // as they are on disk
  std::map<RoomId, Room> rooms_;
  // Accounts that are online with a client that cannot resume, by connection.
  std::map<ConnectionId, AccountId> text_;
  std::map<std::string, Text> texts_;                   // on disk, by text
  std::map<std::string, std::set<std::string>> owed_;   // by receiver
  std::map<std::string, std::set<std::string>> shown_;  // by account
  // Since a device's client was started: the last text of each room.
  std::map<std::string, std::map<RoomId, uint64_t>> last_;
  std::map<uint64_t, std::string> alias_of_;                    // by connection
  std::map<std::pair<uint64_t, uint64_t>, std::string> asked_;  // texts
};

}  // namespace chat77::simulation

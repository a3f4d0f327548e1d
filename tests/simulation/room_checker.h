// Invariants 1, 2 and 3 for the room: what was acknowledged is stored, stored
// once, in one dense order, and everybody is shown that order.
//
// The model is a list of texts and, for each device, which places of the list
// its user has been shown or told that they cannot be had.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class RoomChecker final : public Watch {
 public:
  explicit RoomChecker(Context& context) : context_(context) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void OnServerTells(const pb::ServerFrame& frame) override;
  void OnClientStarted(const SimClient& client) override;
  void OnReplied(const SimClient& client, const pb::ClientFrame& request,
                 const pb::ServerFrame& reply) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;
  void AtRest() override;

  // Has this device everything that was said since it came?
  bool HasAll(const SimClient& client) const;

 private:
  struct Stored {
    std::string alias;
    std::string text;
  };
  // What one device's user has been shown since it was started.
  struct Reader {
    bool knows = false;     // where it began
    uint64_t begun_at = 0;  // everything after this is owed
    uint64_t covered = 0;   // up to here all is shown or named as missing
    uint64_t last_shown = 0;
  };

  void ExpectStored(const std::string& who, const pb::Said& said);
  void Cover(const SimClient& client, uint64_t from, uint64_t to);
  void On(const SimClient& client, const client::RoomSaid& shown);

  Context& context_;
  std::vector<Stored> stored_;              // [seq - 1]
  uint64_t told_ = 0;                       // the last one that the server told
  std::map<std::string, uint64_t> seq_of_;  // by text
  std::map<std::string, AccountId> account_of_;  // by alias, as at its login
  std::map<std::string, Reader> readers_;        // by the device's name
};

}  // namespace chat77::simulation

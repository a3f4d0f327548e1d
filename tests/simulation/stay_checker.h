// Invariant 4, stays: who is online, as everybody hears it. A user who comes
// back within the grace time was never gone for others; one who does not is
// gone soon after it; each login in the log gets one logout.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/time/time.h"

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class StayChecker final : public Watch {
 public:
  StayChecker(Context& context, absl::Duration grace)
      : context_(context), grace_(grace) {}

  void OnDurable(const store::Write& write,
                 const store::WriteResult& result) override;
  void OnServerStarted(const SimServer& server) override;
  void OnServerGone(bool crashed) override;
  void OnServerHello(server::SessionId from,
                     const std::string& device) override;
  void OnServerRequest(server::SessionId from,
                       const pb::ClientFrame& frame) override;
  void OnServerClosed(server::SessionId session) override;
  void OnServerDismisses(server::SessionId session, pb::Code code) override;
  void OnServerSends(server::SessionId to,
                     const pb::ServerFrame& frame) override;
  void OnServerTells(const pb::ServerFrame& frame) override;
  void OnStep(const SimServer* server) override;
  void AtEnd() override;

  // Online, and nothing goes on that may have ended the stay already though
  // its place in the room's order has not come.
  bool IsSettled(const std::string& alias) const;

 private:
  struct Open {  // a login without a logout in the log
    std::string alias;
    DeviceId device;
    AccountId account;
  };
  struct Online {
    uint64_t session = 0;  // 0: away
    std::string device;    // "ann/1"
    bool resumes = false;
    absl::Time since;  // its login or last resume
    absl::Time away_since = absl::InfiniteFuture();
  };

  void On(uint64_t session, const std::string& alias,
          const pb::LoginReply& login);
  void EndDevice(DeviceId device);
  bool IsBanned(const std::string& target) const;
  void ExpectMayEnter(uint64_t session, const std::string& alias);
  void OnLeft(const pb::Left& left);

  Context& context_;
  const absl::Duration grace_;
  std::map<ConnectionId, Open> open_;
  std::map<std::string, Online> online_;
  std::map<uint64_t, std::string> device_of_;  // by connection
  // When somebody last tried to get in otherwise, or a device was revoked.
  std::map<std::string, absl::Time> excused_;
  std::set<std::string> stayed_;            // online when the server ended
  std::map<std::string, Online> arriving_;  // answered, not yet told
  struct Ban {
    std::string target;         // an alias or a network
    absl::Time since, expires;  // lifted: when that was durable

    bool Concerns(const std::string& alias, const std::string& address) const {
      return target == alias || target == address || target == address + "/32";
    }
  };
  std::map<int64_t, Ban> bans_;  // by number
  std::set<std::string> admins_;
};

}  // namespace chat77::simulation

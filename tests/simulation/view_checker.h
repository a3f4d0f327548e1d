// Invariant 4 as a user sees it: who made a list of all that was told (replies,
// events, the state at each login) has the same list as the server, and those
// whom two users' lists name are the same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/context.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class ViewChecker final : public Watch {
 public:
  explicit ViewChecker(Context& context) : context_(context) {}

  void OnClientStarted(const SimClient& client) override;
  void OnAsked(const SimClient& client,
               const pb::ClientFrame& request) override;
  void OnReplied(const SimClient& client, const pb::ClientFrame& request,
                 const pb::ServerFrame& reply) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;
  void AtRest() override;

 private:
  using Names = std::set<std::string>;
  struct View {
    std::string alias;
    Names linked, asking, asked;
    uint64_t logins = 0;  // in all
    bool online = false;
    bool sure = false;
    // Requests that were made before the last login: their answers may speak
    // of what is past.
    size_t old_requests = 0;
    size_t requests = 0;  // unanswered ones of private chat
  };

  void On(View& view, const client::Online& online);
  void Compare(const SimClient& client, View& view,
               const pb::ListPrivateReply& list);

  Context& context_;
  std::map<std::string, View> views_;  // by device
};

}  // namespace chat77::simulation

// What the users do: numbered texts, private chats, looking around, leaving and
// coming back. Every text is said once by its user; only the library may send
// it again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/context.h"
#include "tests/simulation/profile.h"
#include "tests/simulation/sim_client.h"
#include "tests/simulation/watch.h"

namespace chat77::simulation {

class Workload final : public Watch {
 public:
  using Clients = std::vector<std::unique_ptr<SimClient>>;

  // All must outlive it; `clients` is filled before Begin.
  Workload(Context& context, const Profile& profile, const Clients& clients)
      : context_(context), profile_(profile), clients_(clients) {}

  // Everybody comes, and does things until Rest().
  void Begin();
  // No more acts. One device of each account stays or comes online, the other
  // leaves.
  void Rest();
  // Everybody who is online asks for all there is to know.
  void AskAll();
  // Everybody leaves.
  void LeaveAll();

  bool wants_online(const SimClient& client) const;

  void OnReplied(const SimClient& client, const pb::ClientFrame& request,
                 const pb::ServerFrame& reply) override;
  void OnEvent(const SimClient& client, const client::Event& event) override;

 private:
  struct User {
    SimClient* client = nullptr;
    bool wants_online = true;
    bool account_made = false;
    bool take_over_next = false;
    uint64_t texts = 0;
    std::vector<uint64_t> devices;  // as last listed
    std::set<std::string> friends;  // linked, as far as told
  };

  void ActLater(User& user);
  void Act(User& user);
  void ActPrivate(User& user);
  // What people do against each other.
  void ActAgainst(User& user);
  void ActAsAdmin(User& user);
  void Come(User& user);
  void ComeLater(User& user, absl::Duration delay);
  std::string Text(User& user, const char* kind);
  void Answer(User& user, const std::string& alias);
  const std::string& Other(const User& user);
  User& UserOf(const SimClient& client);

  Context& context_;
  const Profile& profile_;
  const Clients& clients_;
  std::vector<User> users_;
  std::vector<uint64_t> sanctions_;  // numbers told
  bool has_admin_ = false;
  bool resting_ = false;
  Life life_;
};

}  // namespace chat77::simulation

#include "tests/simulation/workload.h"

#include <iterator>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "tests/simulation/sim_server.h"

namespace chat77::simulation {

void Workload::Begin() {
  for (const auto& client : clients_) {
    users_.emplace_back().client = client.get();
  }
  for (User& user : users_) {
    ComeLater(user,
              context_.random.Between(absl::ZeroDuration(), absl::Seconds(5)));
    ActLater(user);
  }
}

Workload::User& Workload::UserOf(const SimClient& client) {
  for (User& user : users_) {
    if (user.client == &client) return user;
  }
  return users_.front();
}

bool Workload::wants_online(const SimClient& client) const {
  for (const User& user : users_) {
    if (user.client == &client) return user.wants_online;
  }
  return false;
}

void Workload::ComeLater(User& user, absl::Duration delay) {
  context_.queue.After(delay, life_.Bound([this, &user] { Come(user); }));
}

void Workload::Come(User& user) {
  if (!user.wants_online || !user.client->offline()) return;
  user.client->Start(!user.account_made,
                     std::exchange(user.take_over_next, false));
}

void Workload::Rest() {
  resting_ = true;
  // Who is online already stays. Asked before anybody thaws: who wakes to a
  // dead connection is offline.
  std::vector<User*> order;
  for (const bool online : {true, false}) {
    for (User& user : users_) {
      if (user.client->online() == online) order.push_back(&user);
    }
  }
  std::set<std::string> aliases;
  for (User* user : order) {
    user->client->Thaw();
    user->wants_online = aliases.insert(user->client->alias()).second;
    if (!user->wants_online) {
      user->client->Logout();
    } else {
      user->take_over_next = true;
      Come(*user);
    }
  }
}

void Workload::AskAll() {
  for (User& user : users_) {
    if (!user.wants_online) continue;
    pb::ClientFrame list, who, history;
    list.mutable_list_private();
    who.mutable_list_online();
    history.mutable_fetch_history()->set_after_seq(0);
    user.client->Ask(std::move(list));
    user.client->Ask(std::move(who));
    user.client->Ask(std::move(history));
  }
}

void Workload::LeaveAll() {
  for (User& user : users_) {
    user.wants_online = false;
    user.client->Logout();
  }
}

void Workload::OnEvent(const SimClient& client, const client::Event& event) {
  User& user = UserOf(client);
  if (std::holds_alternative<client::Registered>(event) ||
      std::holds_alternative<client::Online>(event)) {
    user.account_made = true;
  }
  if (const auto* online = std::get_if<client::Online>(&event)) {
    const auto& linked = online->private_state.linked();
    user.friends = {linked.begin(), linked.end()};
  } else if (const auto* asks = std::get_if<pb::PrivateRequested>(&event)) {
    Answer(user, asks->alias());
  } else if (const auto* begun = std::get_if<pb::PrivateConnected>(&event)) {
    user.friends.insert(begun->alias());
  } else if (const auto* ended = std::get_if<pb::PrivateEnded>(&event)) {
    user.friends.erase(ended->alias());
  }
  const auto* offline = std::get_if<client::Offline>(&event);
  if (offline == nullptr || offline->retry_in.has_value()) return;
  context_.Count("refused_or_ended");
  if (offline->code == pb::ALIAS_TAKEN) user.account_made = true;
  if (offline->code == pb::ALREADY_ONLINE) {
    user.take_over_next = resting_ || context_.random.Chance(0.5);
  }
  ComeLater(user, context_.random.Between(absl::Seconds(1), absl::Seconds(20)));
}

void Workload::OnReplied(const SimClient& client, const pb::ClientFrame&,
                         const pb::ServerFrame& reply) {
  User& user = UserOf(client);
  if (reply.has_accept_private()) {
    user.friends.insert(reply.accept_private().alias());
  }
  if (reply.has_revoke_device()) context_.Count("revoked");
  if (reply.has_block()) user.friends.erase(reply.block().alias());
  if (reply.has_claim_admin()) has_admin_ = true;
  if (reply.error().code() == pb::RATE_LIMITED) context_.Count("rate_limited");
  if (reply.has_mute()) sanctions_.push_back(reply.mute().number());
  if (reply.has_ban()) sanctions_.push_back(reply.ban().number());
  if (reply.error().code() == pb::MUTED) context_.Count("muted");
  if (!reply.has_list_devices()) return;
  user.devices.clear();
  for (const pb::Device& device : reply.list_devices().devices()) {
    user.devices.push_back(device.number());
  }
}

// ---- acts -----------------------------------------------------------------

void Workload::ActLater(User& user) {
  const absl::Duration pause =
      context_.random.Between(absl::ZeroDuration(), 2 * profile_.pause);
  context_.queue.After(pause, life_.Bound([this, &user] {
    if (resting_) return;
    // While it reconnects people go on, a little.
    const bool acts = user.client->online() ||
                      (!user.client->offline() && context_.random.Chance(0.3));
    if (acts && !user.client->frozen()) Act(user);
    ActLater(user);
  }));
}

std::string Workload::Text(User& user, const char* kind) {
  std::string text =
      absl::StrCat(kind, " ", user.client->device().name, " #", ++user.texts);
  if (context_.random.Chance(profile_.long_text)) {
    text.append(" ");
    text.append(context_.random.Below(8000), 'x');
  }
  return text;
}

const std::string& Workload::Other(const User& user) {
  const auto& other =
      users_[context_.random.Below(users_.size())].client->alias();
  if (other != user.client->alias() || context_.random.Chance(0.05)) {
    return other;
  }
  return Other(user);
}

void Workload::Act(User& user) {
  pb::ClientFrame request;
  if (context_.random.Chance(profile_.trouble_share)) return ActAgainst(user);
  if (context_.random.Chance(profile_.private_share)) return ActPrivate(user);
  switch (context_.random.Below(40)) {
    case 0:
      request.mutable_list_online();
      break;
    case 1:
      request.mutable_list_private();
      break;
    case 2:
      request.mutable_fetch_history()->set_limit(
          static_cast<uint32_t>(context_.random.Below(50)));
      break;
    case 3:
      context_.Count("logouts");
      return user.client->Logout();
    case 4:
      request.mutable_list_devices();
      break;
    case 5:
      if (user.devices.empty() || context_.random.Chance(0.5)) return;
      request.mutable_revoke_device()->set_number(
          user.devices[context_.random.Below(user.devices.size())]);
      break;
    default:
      request.mutable_say()->set_text(Text(user, "say"));
      if (context_.random.Chance(0.1)) {
        // A paste: several without waiting.
        for (int i = 0; i < 5; ++i) {
          pb::ClientFrame more;
          more.mutable_say()->set_text(Text(user, "say"));
          user.client->Ask(std::move(more));
        }
      }
  }
  user.client->Ask(std::move(request));
}

// People mostly say yes, after a while.
void Workload::Answer(User& user, const std::string& alias) {
  if (resting_ || context_.random.Chance(0.3)) return;
  context_.queue.After(
      context_.random.Between(absl::ZeroDuration(), absl::Seconds(3)),
      life_.Bound([this, &user, alias] {
        if (resting_ || !user.client->online() || user.client->frozen()) return;
        pb::ClientFrame request;
        request.mutable_accept_private()->set_alias(alias);
        user.client->Ask(std::move(request));
      }));
}

void Workload::ActPrivate(User& user) {
  std::string other = Other(user);
  pb::ClientFrame request;
  switch (context_.random.Below(13)) {
    case 12:
      request.mutable_withdraw_request()->set_alias(other);
      break;
    case 0:
    case 1:
      request.mutable_request_private()->set_alias(other);
      break;
    case 2:
    case 3:
      request.mutable_accept_private()->set_alias(other);
      break;
    case 4:
      request.mutable_reject_private()->set_alias(other);
      break;
    case 5:
      request.mutable_end_private()->set_alias(other);
      break;
    default:
      if (!user.friends.empty() && context_.random.Chance(0.8)) {
        other = *std::next(
            user.friends.begin(),
            static_cast<ptrdiff_t>(context_.random.Below(user.friends.size())));
      }
      request.mutable_send_private()->set_alias(other);
      request.mutable_send_private()->set_text(Text(user, "tell"));
  }
  user.client->Ask(std::move(request));
}

void Workload::ActAgainst(User& user) {
  // The first is, or becomes, the admin.
  const bool admin = user.client->alias() == users_.front().client->alias();
  if (admin && context_.random.Chance(0.6)) return ActAsAdmin(user);
  pb::ClientFrame request;
  switch (context_.random.Below(10)) {
    case 0:
      request.mutable_list_blocked();
      break;
    case 1:
      // The same again: its effect is that other devices end.
      request.mutable_change_password()->set_old_password(
          context_.random.Chance(0.1) ? "no"
                                      : "secret of " + user.client->alias());
      request.mutable_change_password()->set_new_password("secret of " +
                                                          user.client->alias());
      break;
    case 2:
    case 3:
    case 4:
    case 5:
      request.mutable_unblock()->set_alias(Other(user));
      break;
    default:
      request.mutable_block()->set_alias(Other(user));
  }
  user.client->Ask(std::move(request));
}

// Nothing that lasts longer than what heals afterwards.
void Workload::ActAsAdmin(User& user) {
  const std::string& other = Other(user);
  const uint64_t seconds = 1 + context_.random.Below(40);
  pb::ClientFrame request;
  if (!has_admin_) {
    request.mutable_claim_admin()->set_code(kAdminCode);
    return user.client->Ask(std::move(request));
  }
  switch (context_.random.Below(8)) {
    case 0:
    case 1:
    case 2:
      request.mutable_kick()->set_alias(other);
      break;
    case 3:
      request.mutable_mute()->set_alias(other);
      request.mutable_mute()->set_seconds(seconds);
      break;
    case 4:
      request.mutable_ban()->set_alias(other);
      request.mutable_ban()->set_seconds(seconds);
      break;
    case 5:
      request.mutable_ban()->set_network(
          AddressOf(other, context_.random.Chance(0.5)));
      request.mutable_ban()->set_seconds(seconds);
      break;
    case 6:
      request.mutable_list_sanctions();
      break;
    default:
      if (sanctions_.empty()) return;
      request.mutable_lift()->set_number(
          sanctions_[context_.random.Below(sanctions_.size())]);
  }
  user.client->Ask(std::move(request));
}

}  // namespace chat77::simulation

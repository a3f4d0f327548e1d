#include "server/core/moderation.h"

#include <optional>
#include <string>
#include <utility>

#include "proto/alias.h"
#include "server/core/text_rules.h"

namespace chat77::server {
namespace {

// More is for ever.
constexpr uint64_t kMostSeconds = uint64_t{100} * 366 * 24 * 3600;
// Of a list, so that it fits a frame.
constexpr size_t kListBytes = 48 * 1024;

Moment Expiry(uint64_t seconds, const Moment& now) {
  if (seconds == 0 || seconds > kMostSeconds) return kNever;
  return now + absl::Seconds(static_cast<int64_t>(seconds));
}

// A Mute or a Ban, but for whom it concerns.
template <class Asked>
Sanction ToSanction(Sanction::Kind kind, const Asked& request,
                    const std::string& by, const Moment& now) {
  Sanction sanction;
  sanction.kind = kind;
  sanction.reason = CleanLine(request.reason(), wire::kReasonBytes);
  sanction.by = by;
  sanction.created = now.wall;
  sanction.expires = Expiry(request.seconds(), now);
  return sanction;
}

pb::Sanction::Kind ToWire(Sanction::Kind kind) {
  switch (kind) {
    case Sanction::Kind::kMute:
      return pb::Sanction::MUTE;
    case Sanction::Kind::kBanAccount:
      return pb::Sanction::BAN_ACCOUNT;
    case Sanction::Kind::kBanNetwork:
      return pb::Sanction::BAN_NETWORK;
  }
  return pb::Sanction::KIND_UNSPECIFIED;
}

pb::Sanction ToWire(const Sanction& sanction) {
  pb::Sanction listed;
  listed.set_number(static_cast<uint64_t>(sanction.number));
  listed.set_kind(ToWire(sanction.kind));
  listed.set_target(sanction.target);
  listed.set_reason(sanction.reason);
  listed.set_by(sanction.by);
  listed.set_created_ms(absl::ToUnixMillis(sanction.created));
  if (sanction.expires != kNever) {
    listed.set_expires_ms(absl::ToUnixMillis(sanction.expires.wall));
  }
  return listed;
}

// A ban that ends the user's stay.
bool Covers(const Sanction& sanction, const User& user) {
  if (user.admin) return false;
  switch (sanction.kind) {
    case Sanction::Kind::kMute:
      return false;
    case Sanction::Kind::kBanAccount:
      return user.account == sanction.account;
    case Sanction::Kind::kBanNetwork:
      break;
  }
  const auto network = wire::Network::Parse(sanction.target);
  return network && user.guest != nullptr && user.guest->address &&
         network->Contains(*user.guest->address);
}

}  // namespace

// ---- becoming an admin ------------------------------------------------------

void Moderation::Claim(const pb::ClaimAdmin& claim, const Request& request) {
  const User& user = *request.user;
  if (user.guest != nullptr &&
      limits_.RefuseTry(user.key, user.guest->group, request)) {
    return;
  }
  const Token token = sessions_.Look(request);
  claiming_[token] = request.user;
  request.turn.effects.push_back(MakeAdmin{
      token, user.account, user.alias, claim.code(), request.turn.now.wall});
}

void Moderation::On(const AdminMade& event, Turn& turn) {
  const auto claim = claiming_.extract(event.token);
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (claim.empty()) return;
  if (event.status.ok()) {
    attempts_.NoteAdmin(claim.mapped()->account);
    const auto user = presence_.Find(claim.mapped()->key);
    if (user != nullptr) user->admin = true;
  }
  if (!asked) return;
  pb::ServerFrame& reply = Reply(*asked, turn);
  if (event.status.ok()) {
    reply.mutable_claim_admin();
  } else if (absl::IsPermissionDenied(event.status)) {
    FillError(*reply.mutable_error(), pb::CODE_INVALID,
              "That is not the code the server printed when it started.");
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  sessions_.Settle(asked->session, turn);
}

// ---- sending away -----------------------------------------------------------

void Moderation::Kick(const pb::Kick& kick, const Request& request) {
  const auto target = presence_.FindJoined(wire::AliasKey(kick.alias()));
  if (target == nullptr) {
    return FillNotOnline(*request.Reply().mutable_error());
  }
  if (target->admin) {
    return request.Refuse(pb::FORBIDDEN, "An admin cannot be sent away.",
                          target->alias);
  }
  const std::string reason = CleanLine(kick.reason(), wire::kReasonBytes);
  Command command;
  command.answer = [target](const Outcome&, pb::ServerFrame& reply) {
    reply.mutable_kick()->set_alias(target->alias);
  };
  command.ends = {target};
  command.done = [this, target, reason](const Outcome&, Turn& turn) {
    if (target->gone()) return;  // by themselves
    std::string sentence = "An admin ended your connection";
    sentence += reason.empty() ? "." : ": " + reason;
    stays_.SendAway(target, "kicked", pb::KICKED, sentence, turn);
  };
  directory_.Order(RecordKick{{},
                              request.user->alias,
                              target->alias,
                              reason,
                              request.turn.now.wall},
                   std::move(command), request);
}

// ---- sanctions --------------------------------------------------------------

void Moderation::Mute(const pb::Mute& mute, const Request& request) {
  ImposeOn(mute.alias(),
           ToSanction(Sanction::Kind::kMute, mute, request.user->alias,
                      request.turn.now),
           request);
}

void Moderation::Ban(const pb::Ban& ban, const Request& request) {
  const auto sanction = [&](Sanction::Kind kind) {
    return ToSanction(kind, ban, request.user->alias, request.turn.now);
  };
  std::optional<wire::Network> network;
  switch (ban.target_case()) {
    case pb::Ban::kAlias:
      return ImposeOn(ban.alias(), sanction(Sanction::Kind::kBanAccount),
                      request);
    case pb::Ban::kNetwork:
      network = wire::Network::Parse(ban.network());
      break;
    case pb::Ban::TARGET_NOT_SET:
      break;
  }
  if (!network) {
    return request.Refuse(
        pb::INVALID_ARGUMENT,
        "That is no network; give an address, or one with a prefix length, "
        "such as 192.0.2.0/24.");
  }
  Sanction on_network = sanction(Sanction::Kind::kBanNetwork);
  on_network.target = network->ToString();
  directory_.Order(AddSanction{{}, on_network}, Imposing(on_network), request);
}

void Moderation::ImposeOn(const std::string& alias, Sanction sanction,
                          const Request& request) {
  const auto found = [this, sanction = std::move(sanction)](
                         const AccountName& account, const Asked& asked,
                         Turn& turn) mutable {
    if (account.admin) {
      Refuse(asked, pb::FORBIDDEN, "An admin can be neither muted nor banned.",
             turn, account.alias);
      return sessions_.Settle(asked.session, turn);
    }
    sanction.account = account.id;
    sanction.target = account.alias;
    directory_.Order(AddSanction{{}, sanction}, Imposing(sanction), asked,
                     turn);
  };
  directory_.Seek(alias, found, request);
}

Command Moderation::Imposing(const Sanction& sanction) {
  Command command;
  command.answer = [kind = sanction.kind](const Outcome& outcome,
                                          pb::ServerFrame& reply) {
    const auto number = static_cast<uint64_t>(outcome.sanction);
    if (kind == Sanction::Kind::kMute) {
      reply.mutable_mute()->set_number(number);
    } else {
      reply.mutable_ban()->set_number(number);
    }
  };
  command.done = [this, sanction](const Outcome& outcome, Turn& turn) {
    Sanction numbered = sanction;
    numbered.number = outcome.sanction;
    Impose(numbered, turn);
  };
  for (const auto& [id, user] : presence_.all()) {
    if (Covers(sanction, *user)) command.ends.push_back(user);
  }
  return command;
}

void Moderation::Impose(const Sanction& sanction, Turn& turn) {
  sanctions_.Add(sanction);
  if (sanction.kind == Sanction::Kind::kMute) return;
  for (const auto& user : Banned(turn)) {
    if (user->gone()) continue;  // meanwhile, by a logout that waited
    stays_.SendAway(user, "banned", pb::BANNED,
                    "You are banned" + Terms(sanction), turn);
  }
}

void Moderation::EndBanned(Turn& turn) {
  for (const auto& user : Banned(turn)) {
    user->joined = false;  // nobody saw them since the server started
    stays_.End(user, pb::DISCONNECTED, "banned", turn);
  }
}

std::vector<std::shared_ptr<User>> Moderation::Banned(const Turn& turn) const {
  std::vector<std::shared_ptr<User>> banned;
  for (const auto& [id, user] : presence_.all()) {
    if (user->admin) continue;
    const auto& guest = user->guest;
    const auto address = guest == nullptr ? std::nullopt : guest->address;
    if (sanctions_.BanOf(user->account, address, turn.now.steady) != nullptr) {
      banned.push_back(user);
    }
  }
  return banned;
}

void Moderation::Lift(const pb::Lift& lift, const Request& request) {
  const auto number = static_cast<int64_t>(lift.number());
  Command command;
  command.answer = [](const Outcome&, pb::ServerFrame& reply) {
    reply.mutable_lift();
  };
  command.done = [this, number](const Outcome&, Turn&) {
    sanctions_.Lift(number);
  };
  command.refusal = pb::NO_SUCH_SANCTION;
  command.sentence = "No mute or ban of that number is in force.";
  directory_.Order(
      LiftSanction{{}, number, request.user->alias, request.turn.now},
      std::move(command), request);
}

void Moderation::List(const Request& request) {
  std::vector<pb::Sanction> listed;
  size_t bytes = 0;
  sanctions_.ForgetExpired(request.turn.now.steady);
  const auto& in_force = sanctions_.all();
  for (auto i = in_force.rbegin(); i != in_force.rend(); ++i) {
    pb::Sanction sanction = ToWire(i->second);
    bytes += sanction.ByteSizeLong() + 4;
    if (bytes > kListBytes) break;
    listed.push_back(std::move(sanction));
  }
  pb::ListSanctionsReply& list = *request.Reply().mutable_list_sanctions();
  for (auto i = listed.rbegin(); i != listed.rend(); ++i) {
    *list.add_sanctions() = std::move(*i);
  }
}

void Moderation::Invite(const Request& request) {
  const Moment expires = request.turn.now + wire::kInvitationLife;
  Command command;
  command.answer = [expires](const Outcome& outcome, pb::ServerFrame& reply) {
    pb::CreateInvitationReply& created = *reply.mutable_create_invitation();
    created.set_code(outcome.secret);
    created.set_expires_ms(absl::ToUnixMillis(expires.wall));
  };
  directory_.Order(
      AddInvitation{{}, request.user->alias, request.turn.now.wall, expires},
      std::move(command), request);
}

}  // namespace chat77::server

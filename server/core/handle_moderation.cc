// What admins do: mute, kick, ban, lift, list, invite; and how somebody becomes
// one. Each is on record before it is done.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proto/alias.h"
#include "server/core/chat_core.h"
#include "server/core/pending_write.h"
#include "server/core/reply.h"
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

}  // namespace

void ChatCore::Claim(const pb::ClaimAdmin& request, Request& context) {
  const Guest* guest = context.user->guest.get();
  if (guest != nullptr && RefuseTry(context.user->key, guest->group, context)) {
    return;
  }
  const Token token = Look(context);
  claiming_[token] = context.user;
  context.effects.push_back(MakeAdmin{token, context.user->account,
                                      context.user->alias, request.code(),
                                      context.now.wall});
}

void ChatCore::On(const AdminMade& event, const Moment& now, Effects& effects) {
  const auto claim = claiming_.extract(event.token);
  const std::optional<Lookup> asked = TakeLookup(event.token);
  if (claim.empty()) return;
  if (event.status.ok()) {
    for (auto& [token, attempt] : attempts_) {
      attempt.new_admin = claim.mapped()->account;
    }
    const std::shared_ptr<User> user = presence_.Find(claim.mapped()->key);
    if (user != nullptr) user->admin = true;
  }
  if (!asked) return;
  pb::ServerFrame& reply = Reply(asked->session, asked->request_id, effects);
  if (event.status.ok()) {
    reply.mutable_claim_admin();
  } else if (absl::IsPermissionDenied(event.status)) {
    reply.mutable_error()->set_code(pb::CODE_INVALID);
    reply.mutable_error()->set_sentence(
        "That is not the code the server printed when it started.");
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  LookedUp(asked->session, now, effects);
}

void ChatCore::Kick(const pb::Kick& request, Request& context) {
  const auto target = presence_.FindJoined(wire::AliasKey(request.alias()));
  if (target == nullptr) {
    return Refuse(context.session, context.id, pb::NOT_ONLINE,
                  "Nobody of that name is online.", context.effects);
  }
  if (target->admin) {
    return Refuse(context.session, context.id, pb::FORBIDDEN,
                  "An admin cannot be sent away.", context.effects,
                  target->alias);
  }
  const std::string reason = CleanLine(request.reason(), wire::kReasonBytes);
  ++sessions_[context.session].pending;
  Write(
      RecordKick{
          {}, context.user->alias, target->alias, reason, context.now.wall},
      Kicking{target, reason}, {context.session, context.id}, context.effects);
}

void ChatCore::Done(const Kicking& kicking, const Outcome&, const Moment& now,
                    Effects& effects) {
  if (!kicking.user->left_why.empty()) return;  // went by themselves
  std::string sentence = "An admin ended your connection";
  sentence += kicking.reason.empty() ? "." : ": " + kicking.reason;
  SendAway(kicking.user, "kicked", pb::KICKED, sentence, now, effects);
}

void ChatCore::Mute(const pb::Mute& request, Request& context) {
  Seek(Imposing{ToSanction(Sanction::Kind::kMute, request, context.user->alias,
                           context.now)},
       request.alias(), context);
}

void ChatCore::Ban(const pb::Ban& request, Request& context) {
  std::optional<wire::Network> network;
  switch (request.target_case()) {
    case pb::Ban::kAlias:
      return Seek(Imposing{ToSanction(Sanction::Kind::kBanAccount, request,
                                      context.user->alias, context.now)},
                  request.alias(), context);
    case pb::Ban::kNetwork:
      network = wire::Network::Parse(request.network());
      break;
    case pb::Ban::TARGET_NOT_SET:
      break;
  }
  if (!network) {
    return Refuse(context.session, context.id, pb::INVALID_ARGUMENT,
                  "That is no network; give an address, or one with a prefix "
                  "length, such as 192.0.2.0/24.",
                  context.effects);
  }
  Sanction sanction = ToSanction(Sanction::Kind::kBanNetwork, request,
                                 context.user->alias, context.now);
  sanction.target = network->ToString();
  ++sessions_[context.session].pending;
  Write(AddSanction{{}, sanction}, Imposing{sanction},
        {context.session, context.id}, context.effects);
}

void ChatCore::Found(Imposing imposing, const AccountName& account,
                     const Lookup& asked, const Moment& now, Effects& effects) {
  if (account.admin) {
    Refuse(asked.session, asked.request_id, pb::FORBIDDEN,
           "An admin can be neither muted nor banned.", effects, account.alias);
    return LookedUp(asked.session, now, effects);
  }
  imposing.sanction.account = account.id;
  imposing.sanction.target = account.alias;
  Write(AddSanction{{}, imposing.sanction}, imposing, asked, effects);
}

void ChatCore::Done(const Imposing& imposing, const Outcome& outcome,
                    const Moment& now, Effects& effects) {
  Sanction sanction = imposing.sanction;
  sanction.number = outcome.id;
  sanctions_.Add(sanction);
  if (sanction.kind == Sanction::Kind::kMute) return;
  for (const auto& user : Banned(now)) {
    SendAway(user, "banned", pb::BANNED, "You are banned" + Terms(sanction),
             now, effects);
  }
}

// A ban may be on disk, and the server have ended before its end of a stay was.
void ChatCore::EndBanned(const Moment& now, Effects& effects) {
  for (const auto& user : Banned(now)) {
    user->joined = false;  // nobody saw them since the server started
    EndStay(user, pb::DISCONNECTED, "banned", now, effects);
  }
}

std::vector<std::shared_ptr<User>> ChatCore::Banned(const Moment& now) const {
  std::vector<std::shared_ptr<User>> banned;
  for (const auto& [id, user] : presence_.all()) {
    if (user->admin) continue;
    const auto& guest = user->guest;
    const auto address = guest == nullptr ? std::nullopt : guest->address;
    if (sanctions_.BanOf(user->account, address, now.steady) != nullptr) {
      banned.push_back(user);
    }
  }
  return banned;
}

void ChatCore::Lift(const pb::Lift& request, Request& context) {
  const auto number = static_cast<int64_t>(request.number());
  ++sessions_[context.session].pending;
  Write(LiftSanction{{}, number, context.user->alias, context.now},
        Lifting{number}, {context.session, context.id}, context.effects);
}

void ChatCore::Done(const Lifting& lifting, const Outcome&, const Moment&,
                    Effects&) {
  sanctions_.Lift(lifting.number);
}

void ChatCore::ListSanctions(Request& context) {
  std::vector<pb::Sanction> listed;
  size_t bytes = 0;
  sanctions_.ForgetExpired(context.now.steady);
  const auto& in_force = sanctions_.all();
  for (auto i = in_force.rbegin(); i != in_force.rend(); ++i) {
    pb::Sanction sanction = ToWire(i->second);
    bytes += sanction.ByteSizeLong() + 4;
    if (bytes > kListBytes) break;
    listed.push_back(std::move(sanction));
  }
  pb::ListSanctionsReply& list =
      *Reply(context.session, context.id, context.effects)
           .mutable_list_sanctions();
  for (auto i = listed.rbegin(); i != listed.rend(); ++i) {
    *list.add_sanctions() = std::move(*i);
  }
}

void ChatCore::Invite(Request& context) {
  const Moment expires = context.now + wire::kInvitationLife;
  ++sessions_[context.session].pending;
  Write(AddInvitation{{}, context.user->alias, context.now.wall, expires},
        Inviting{expires.wall}, {context.session, context.id}, context.effects);
}

}  // namespace chat77::server

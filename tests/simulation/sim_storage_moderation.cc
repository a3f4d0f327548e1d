// The simulated store's part in consent, moderation and passwords.
#include <utility>

#include "tests/simulation/sim_storage.h"

namespace chat77::simulation {
namespace {

using Kind = server::Sanction::Kind;

store::SanctionKind ToStore(Kind kind) {
  if (kind == Kind::kMute) return store::SanctionKind::kMute;
  return kind == Kind::kBanAccount ? store::SanctionKind::kBanAccount
                                   : store::SanctionKind::kBanNetwork;
}

Kind ToCore(store::SanctionKind kind) {
  if (kind == store::SanctionKind::kMute) return Kind::kMute;
  return kind == store::SanctionKind::kBanAccount ? Kind::kBanAccount
                                                  : Kind::kBanNetwork;
}

}  // namespace

server::AccountName NameOf(store::Store& store, int64_t account,
                           const std::string& alias) {
  server::AccountName name{account, alias};
  const auto standing = store.FindStanding(account);
  if (!standing.ok()) return name;
  name.admin = standing->admin;
  for (const store::BlockedAccount& blocked : standing->blocked) {
    name.blocked.emplace_back(blocked.account, blocked.alias);
  }
  return name;
}

std::vector<server::Sanction> SanctionsIn(store::Store& store,
                                          const server::Calendar& calendar,
                                          server::SteadyTime now) {
  std::vector<server::Sanction> sanctions;
  const auto in_force = store.Sanctions(calendar.At(now));
  if (!in_force.ok()) return sanctions;
  for (const store::Sanction& kept : *in_force) {
    server::Sanction& sanction = sanctions.emplace_back();
    sanction.number = kept.number;
    sanction.kind = ToCore(kept.kind);
    sanction.account = kept.account;
    sanction.target = kept.target;
    sanction.reason = kept.reason;
    sanction.by = kept.by;
    sanction.created = kept.created_at;
    if (const auto& at = kept.expires_at) {
      sanction.expires = {*at, calendar.When(*at)};
    }
  }
  return sanctions;
}

void SimStorage::Do(const server::FindAccount& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto account = ReadFails()
                             ? absl::StatusOr<store::Account>(
                                   absl::UnavailableError("The disk failed."))
                             : store.FindAccount(effect.key);
    if (!account.ok()) {
      return Collect(server::AccountFound{effect.token, account.status()});
    }
    Collect(server::AccountFound{effect.token,
                                 NameOf(store, account->id, account->alias)});
  });
}

// Read, then hashed twice, then written.
void SimStorage::Do(const server::ChangePassword& effect) {
  asked_.reads.push_back([this, effect](store::Store& store) {
    const auto account = store.FindAccount(effect.key);
    const bool right =
        account.ok() && account->password_hash == effect.old_password;
    Later([this, effect, right] {
      if (!right) {
        return report_({server::PasswordChanged{
            effect.token, absl::UnauthenticatedError("wrong password")}});
      }
      Round round;
      round.writes.push_back(
          {store::SetPassword{effect.account, effect.new_password,
                              effect.keep_device, true},
           [this, token = effect.token](const store::WriteResult& result) {
             if (result.ok()) context_.Count("passwords_changed");
             Collect(server::PasswordChanged{token, result.status()});
           }});
      Submit(std::move(round));
    });
  });
}

void SimStorage::Do(const server::SetBlocked& effect) {
  context_.Count(effect.on ? "blocks" : "unblocks");
  Write(effect.token,
        store::SetBlocked{effect.account, effect.blocked, effect.on});
}

void SimStorage::Do(const server::AddSanction& effect) {
  const server::Sanction& imposed = effect.sanction;
  context_.Count(imposed.kind == Kind::kMute ? "mutes" : "bans");
  store::Sanction sanction;
  sanction.kind = ToStore(imposed.kind);
  sanction.account = imposed.account;
  sanction.target = imposed.target;
  sanction.reason = imposed.reason;
  sanction.by = imposed.by;
  sanction.created_at = imposed.created;
  if (imposed.expires != server::kNever) {
    sanction.expires_at = At(imposed.expires);
  }
  Write(effect.token, store::AddSanction{std::move(sanction)});
}

void SimStorage::Do(const server::LiftSanction& effect) {
  context_.Count("lifts");
  Write(effect.token, store::LiftSanction{effect.number, effect.by,
                                          effect.time.wall, At(effect.time)});
}

void SimStorage::Do(const server::RecordKick& effect) {
  context_.Count("kicks");
  Write(effect.token, store::RecordKick{effect.by, effect.target, effect.reason,
                                        effect.time});
}

void SimStorage::Do(const server::MakeAdmin& effect) {
  asked_.writes.push_back(
      {store::SetAdmin{effect.account, effect.code == kAdminCode, effect.alias,
                       effect.time},
       [this, token = effect.token](const store::WriteResult& result) {
         Collect(server::AdminMade{token, result.status()});
       }});
}

void SimStorage::Do(const server::AddInvitation& effect) {
  Write(effect.token, store::AddInvitation{NewToken(), effect.by, effect.time,
                                           At(effect.expires)});
}

}  // namespace chat77::simulation

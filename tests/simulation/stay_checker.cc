#include "tests/simulation/stay_checker.h"

#include <algorithm>
#include <variant>

#include "tests/simulation/sim_server.h"

namespace chat77::simulation {
namespace {

// What the server may take to say that somebody's grace is over: it waits for
// last words that a bad disk holds up.
constexpr absl::Duration kSlack = absl::Seconds(30);
// From a login's request to what comes of it.
constexpr absl::Duration kAttempt = absl::Seconds(10);
// From the disk to the core.
constexpr absl::Duration kOutcome = absl::Seconds(3);

std::string AliasOf(const std::string& device) {
  return device.substr(0, device.find('/'));
}

}  // namespace

// ---- the log --------------------------------------------------------------

void StayChecker::OnDurable(const store::Write& write,
                            const store::WriteResult& result) {
  if (!result.ok()) return;
  if (const auto* login = std::get_if<store::RecordLogin>(&write)) {
    open_[result->connection] = {login->alias, result->device, login->account};
  } else if (const auto* logout = std::get_if<store::RecordLogout>(&write)) {
    const auto open = open_.extract(logout->id);
    if (open.empty()) {
      return context_.Fail("4", "login ", logout->id, " got a second logout.");
    }
    if (logout->end_device) EndDevice(open.mapped().device);
  } else if (const auto* revoke = std::get_if<store::RevokeDevice>(&write)) {
    EndDevice(revoke->device);
  } else if (const auto* set = std::get_if<store::SetPassword>(&write)) {
    for (auto& [id, open] : open_) {
      if (open.account == set->account && open.device != set->keep_device) {
        open.device = 0;
      }
    }
  } else if (const auto* add = std::get_if<store::AddSanction>(&write)) {
    if (add->sanction.kind == store::SanctionKind::kMute) return;
    bans_[result->sanction] = {add->sanction.target, context_.now(),
                               *add->sanction.expires_at};
  } else if (const auto* lift = std::get_if<store::LiftSanction>(&write)) {
    const auto ban = bans_.find(lift->number);
    if (ban == bans_.end()) return;
    ban->second.expires = std::min(ban->second.expires, context_.now());
  } else if (const auto* admin = std::get_if<store::SetAdmin>(&write)) {
    admins_.insert(admin->actor);
  }
}

bool StayChecker::IsBanned(const std::string& target) const {
  if (admins_.contains(target)) return false;
  return std::any_of(bans_.begin(), bans_.end(), [&](const auto& entry) {
    const Ban& ban = entry.second;
    return ban.Concerns(target, target) && context_.now() < ban.expires;
  });
}

// Not by a ban that the core may not have heard of yet.
void StayChecker::ExpectMayEnter(uint64_t session, const std::string& alias) {
  if (admins_.contains(alias)) return;
  const std::string address = AddressOf(alias, session);
  for (const auto& [number, ban] : bans_) {
    if (!ban.Concerns(alias, address) || context_.now() >= ban.expires ||
        context_.now() < ban.since + kOutcome) {
      continue;
    }
    context_.Fail("6", alias, " came in although ", ban.target, " is banned.");
  }
}

// Nobody resumes with it any more.
void StayChecker::EndDevice(DeviceId device) {
  for (auto& [id, open] : open_) {
    if (open.device == device) open.device = 0;
  }
}

// ---- the server's life ----------------------------------------------------

void StayChecker::OnServerStarted(const SimServer&) {
  for (const std::string& alias : stayed_) {
    const bool known = std::any_of(open_.begin(), open_.end(), [&](auto& one) {
      return one.second.alias == alias;
    });
    if (known) continue;
    context_.Fail("4", "a restart sends away ", alias, ", who was online.");
  }
  std::erase_if(open_, [](const auto& one) { return one.second.device == 0; });
  for (const auto& [id, open] : open_) {
    if (IsBanned(open.alias)) continue;
    Online& online = online_[open.alias];
    online.resumes = true;
    online.since = online.away_since = context_.now();
  }
}

void StayChecker::OnServerGone(bool) {
  stayed_.clear();
  for (const auto& [alias, online] : online_) {
    if (online.resumes) stayed_.insert(alias);
  }
  online_.clear();
  arriving_.clear();
  device_of_.clear();
  excused_.clear();
}

void StayChecker::OnServerHello(server::SessionId from,
                                const std::string& device) {
  device_of_[from.value] = device;
}

void StayChecker::OnServerRequest(server::SessionId from,
                                  const pb::ClientFrame& frame) {
  const std::string& device = device_of_[from.value];
  const std::string alias = AliasOf(device);
  const auto online = online_.find(alias);
  const bool another =
      online == online_.end() || online->second.device != device;
  if (frame.has_login() || frame.has_logout() || frame.has_revoke_device() ||
      frame.has_change_password() || (frame.has_resume() && another)) {
    excused_[alias] = context_.now();
  }
  if (frame.has_kick()) excused_[frame.kick().alias()] = context_.now();
  if (!frame.has_ban()) return;
  for (const auto& [other, there] : online_) {
    if (frame.ban().alias() == other ||
        AddressOf(other, false) == frame.ban().network() ||
        AddressOf(other, true) == frame.ban().network()) {
      excused_[other] = context_.now();
    }
  }
}

void StayChecker::OnServerClosed(server::SessionId session) {
  const auto device = device_of_.find(session.value);
  if (device == device_of_.end()) return;
  const auto online = online_.find(AliasOf(device->second));
  if (online == online_.end() || online->second.session != session.value) {
    return;
  }
  online->second.session = 0;
  online->second.away_since = context_.now();
}

void StayChecker::OnServerDismisses(server::SessionId session, pb::Code code) {
  if (code != pb::BANNED) return;
  const std::string alias = AliasOf(device_of_[session.value]);
  const std::string address = AddressOf(alias, session.value);
  // The core may not have heard yet that the ban is lifted.
  const absl::Time latest = context_.now() - kOutcome;
  const bool banned =
      std::any_of(bans_.begin(), bans_.end(), [&](const auto& entry) {
        return entry.second.Concerns(alias, address) &&
               latest < entry.second.expires;
      });
  if (banned) return;
  context_.Fail("6", alias,
                " is turned away as banned, and no ban is in force.");
}

// ---- what is told ---------------------------------------------------------

void StayChecker::OnServerSends(server::SessionId to,
                                const pb::ServerFrame& frame) {
  const std::string alias = AliasOf(device_of_[to.value]);
  if (frame.has_login()) On(to.value, alias, frame.login());
  if (frame.has_resume()) On(to.value, alias, frame.resume());
  if (!frame.has_list_online()) return;
  for (const std::string& listed : frame.list_online().aliases()) {
    if (online_.contains(listed)) continue;
    context_.Fail("4", listed, " is listed as online, but nobody was told.");
  }
}

void StayChecker::On(uint64_t session, const std::string& alias,
                     const pb::LoginReply& login) {
  Online now{session, device_of_[session], login.device() != 0, context_.now()};
  ExpectMayEnter(session, alias);
  const auto online = online_.find(alias);
  if (!login.resumed()) {
    arriving_[alias] = now;
    return;
  }
  context_.Count("resumes");
  if (online == online_.end()) {
    return context_.Fail("4", alias,
                         " resumed a stay that the others do not know of.");
  }
  const std::string& was = online->second.device;
  if (!was.empty() && was != now.device) {
    return context_.Fail("4", now.device, " resumed the stay of ", was, ".");
  }
  online->second = now;
}

void StayChecker::OnServerTells(const pb::ServerFrame& frame) {
  if (frame.has_left()) OnLeft(frame.left());
  if (frame.has_said() && !online_.contains(frame.said().alias())) {
    context_.Fail("4", frame.said().alias(), " speaks after it has left.");
  }
  if (!frame.has_joined()) return;
  const std::string& alias = frame.joined().alias();
  if (online_.contains(alias)) {
    return context_.Fail("4", alias, " joins, and never left.");
  }
  auto arriving = arriving_.extract(alias);
  if (arriving.empty()) {
    return context_.Fail("4", alias, " joins without a login.");
  }
  online_[alias] = arriving.mapped();
}

void StayChecker::OnLeft(const pb::Left& left) {
  const auto entry = online_.find(left.alias());
  if (entry == online_.end()) {
    return context_.Fail("4", left.alias(), " leaves, and was not there.");
  }
  const Online was = entry->second;
  online_.erase(entry);
  if (left.reason() == pb::LEFT || !was.resumes) return;
  const auto excuse = excused_.find(left.alias());
  if (excuse != excused_.end() && excuse->second >= was.since - kAttempt) {
    return;
  }
  if (was.session != 0) {
    return context_.Fail("4", left.alias(),
                         " is said to have lost a connection that still is.");
  }
  if (context_.now() - was.away_since < grace_) {
    context_.Fail("4", left.alias(), " is said to have left ",
                  absl::FormatDuration(context_.now() - was.away_since),
                  " after its connection broke; the grace time is ",
                  absl::FormatDuration(grace_), ".");
  }
}

bool StayChecker::IsSettled(const std::string& alias) const {
  const auto online = online_.find(alias);
  if (online == online_.end()) return false;
  const auto excuse = excused_.find(alias);
  if (excuse != excused_.end() && context_.now() - excuse->second < kSlack) {
    return false;
  }
  if (online->second.session != 0) return true;
  return online->second.resumes &&
         context_.now() - online->second.away_since < grace_;
}

void StayChecker::OnStep(const SimServer* server) {
  if (server == nullptr) return;
  for (const auto& [alias, online] : online_) {
    if (online.session != 0) continue;
    const absl::Duration away = context_.now() - online.away_since;
    if (away < (online.resumes ? grace_ : absl::ZeroDuration()) + kSlack) {
      continue;
    }
    return context_.Fail("4", alias, " is away for ",
                         absl::FormatDuration(away),
                         " and nobody was told; the grace time is ",
                         absl::FormatDuration(grace_), ".");
  }
}

void StayChecker::AtEnd() {
  if (!online_.empty()) {
    context_.Fail("4", "everybody has left, but ", online_.begin()->first,
                  " is still online.");
  }
  if (open_.size() <= context_.counts["logouts_not_recorded"]) return;
  context_.Fail("4", "everybody has left, but login ", open_.begin()->first,
                " of ", open_.begin()->second.alias, " has no logout.");
}

}  // namespace chat77::simulation

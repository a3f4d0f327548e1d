// The model's blocks, sanctions and new passwords.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "tests/support/core_model.h"
#include "tests/support/core_model_text.h"

namespace chat77::server {

std::string CoreModel::Registered(const std::string& alias) const {
  for (const auto& [name, password] : accounts_) {
    if (absl::EqualsIgnoreCase(name, alias)) return name;
  }
  return "";
}

std::string CoreModel::PasswordOf(const std::string& alias) const {
  const auto account = accounts_.find(Registered(alias));
  return account == accounts_.end() ? "secret" : account->second;
}

// ---- blocks -----------------------------------------------------------------

bool CoreModel::HasBlocked(const std::string& who,
                           const std::string& whom) const {
  const auto blocked = state_.blocked.find(who);
  return blocked != state_.blocked.end() && blocked->second.contains(whom);
}

// One account is looked up; then it goes on.
void CoreModel::Seek(uint64_t session, uint64_t request,
                     const std::string& alias, Lookup lookup) {
  lookup.kind = Lookup::kAccount;
  lookup.session = session;
  lookup.request = request;
  lookup.name = alias;
  ++seats_[session].pending;
  lookups_.push_back(lookup);
}

void CoreModel::Block(uint64_t session, const std::string& alias, bool on) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  const std::string& mine = seats_[session].stay->name;
  if (absl::EqualsIgnoreCase(mine, alias)) {
    return Answer(session, request, "error IS_YOURSELF " + mine);
  }
  Lookup lookup;
  lookup.purpose = on ? Lookup::kBlock : Lookup::kUnblock;
  Seek(session, request, alias, lookup);
}

void CoreModel::FindAccount(const Lookup& lookup, bool good) {
  if (!seats_.contains(lookup.session)) return;
  const auto refuse = [&](const std::string& line) {
    Answer(lookup.session, lookup.request, "error " + line);
    Settle(lookup.session);
  };
  if (!good) return refuse("UNAVAILABLE 1000");
  Write write;
  write.name = Registered(lookup.name);
  if (write.name.empty()) return refuse("NO_SUCH_ACCOUNT");
  const bool blocks =
      lookup.purpose == Lookup::kBlock || lookup.purpose == Lookup::kUnblock;
  if (!blocks && admins_.contains(write.name)) {
    return refuse("FORBIDDEN " + write.name);
  }
  write.kind = blocks ? Write::kBlock : Write::kSanction;
  write.session = lookup.session;
  write.request = lookup.request;
  write.stay = seats_[lookup.session].stay;
  write.on =
      lookup.purpose == Lookup::kBlock || lookup.purpose == Lookup::kMute;
  write.until = lookup.until;
  if (blocks) {
    const std::string& mine = write.stay->name;
    Ask(write);
    return SetBlocked(mine, write.name, write.on);
  }
  if (!write.on) {
    const StayPtr banned = Present(write.name);
    if (banned != nullptr) write.ends = {banned};
  }
  Ask(write);
}

void CoreModel::SetBlocked(const std::string& who, const std::string& whom,
                           bool on) {
  if (on) {
    state_.blocked[who].insert(whom);
  } else {
    state_.blocked[who].erase(whom);
  }
  const Pair pair = PairOf(who, whom);
  if (Present(who) != nullptr && state_.links.contains(pair)) Reconcile(pair);
}

void CoreModel::FinishBlock(const Write& write, bool good) {
  Answer(write.session, write.request,
         !good ? "error UNAVAILABLE 1000"
               : (write.on ? "block " : "unblock ") + write.name);
  Settle(write.session);
}

void CoreModel::ListBlocked(uint64_t session) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  const std::set<std::string>& names =
      state_.blocked[seats_[session].stay->name];
  Answer(session, request,
         "list_blocked" + ListLine("aliases", {names.begin(), names.end()}));
}

// ---- sanctions --------------------------------------------------------------

bool CoreModel::Punishes(uint64_t session, uint64_t request) {
  if (admins_.contains(seats_[session].stay->name)) return true;
  Answer(session, request, "error FORBIDDEN");
  return false;
}

bool CoreModel::IsUnder(const std::string& name, bool mutes) const {
  return std::any_of(sanctions_.begin(), sanctions_.end(), [&](auto& entry) {
    const Sanction& sanction = entry.second;
    return sanction.name == name && sanction.mutes == mutes &&
           (sanction.until == 0 || now_ < sanction.until);
  });
}

void CoreModel::SendAway(const StayPtr& stay, const std::string& code) {
  const uint64_t session = stay->session;
  Leave(stay, "DISCONNECTED");
  Goodbye(session, code);
}

void CoreModel::Kick(uint64_t session, const std::string& alias) {
  const uint64_t request = BeginInside(session);
  if (request == 0 || !Punishes(session, request)) return;
  const StayPtr target = Find(alias);
  if (target == nullptr) return Answer(session, request, "error NOT_ONLINE");
  if (admins_.contains(target->name)) {
    return Answer(session, request, "error FORBIDDEN " + target->name);
  }
  Write write;
  write.kind = Write::kKick;
  write.session = session;
  write.request = request;
  write.stay = target;
  write.ends = {target};
  ++seats_[session].pending;
  Ask(write);
}

void CoreModel::FinishKick(const Write& write, bool good) {
  Answer(write.session, write.request,
         good ? "kick " + write.stay->name : "error UNAVAILABLE 1000");
  Settle(write.session);
  if (good && !write.stay->gone) SendAway(write.stay, "KICKED");
}

void CoreModel::Impose(uint64_t session, const std::string& alias, bool mutes,
                       uint64_t seconds) {
  const uint64_t request = BeginInside(session);
  if (request == 0 || !Punishes(session, request)) return;
  Lookup lookup;
  lookup.purpose = mutes ? Lookup::kMute : Lookup::kBan;
  // From now on, however long the account is looked for.
  if (seconds != 0) lookup.until = now_ + seconds * 1000;
  Seek(session, request, alias, lookup);
}

void CoreModel::FinishSanction(const Write& write, bool good) {
  if (good) sanctions_[++last_sanction_] = {write.name, write.on, write.until};
  Answer(write.session, write.request,
         !good ? "error UNAVAILABLE 1000"
               : absl::StrCat(write.on ? "mute " : "ban ", last_sanction_));
  Settle(write.session);
  if (!good || write.on || !IsUnder(write.name, false)) return;
  for (const StayPtr& stay : std::vector<StayPtr>(online_)) {
    if (stay->name == write.name) SendAway(stay, "BANNED");
  }
}

void CoreModel::Lift(uint64_t session, uint64_t number) {
  const uint64_t request = BeginInside(session);
  if (request == 0 || !Punishes(session, request)) return;
  Write write;
  write.kind = Write::kLift;
  write.session = session;
  write.request = request;
  write.number = number;
  ++seats_[session].pending;
  Ask(write);
}

void CoreModel::FinishLift(const Write& write, bool good) {
  const bool has = good && sanctions_.erase(write.number) > 0;
  refused_ = !has;
  Answer(write.session, write.request,
         has    ? "lift"
         : good ? "error NO_SUCH_SANCTION"
                : "error UNAVAILABLE 1000");
  Settle(write.session);
}

// ---- passwords --------------------------------------------------------------

void CoreModel::ChangePassword(uint64_t session,
                               const std::string& old_password,
                               const std::string& new_password) {
  const uint64_t request = BeginInside(session);
  if (request == 0) return;
  if (new_password.empty()) {
    return Answer(session, request, "error PASSWORD_INVALID");
  }
  Attempt attempt;
  attempt.session = session;
  attempt.request = request;
  attempt.password = new_password;
  attempt.old_password = old_password;
  attempt.changes = seats_[session].stay;
  ++seats_[session].pending;
  passwords_.push_back(attempt);
}

void CoreModel::FinishPasswordChange(const Attempt& done, bool good) {
  const Stay& me = *done.changes;
  std::string& password = accounts_[me.name];
  const bool right = password == done.old_password;
  if (good && right) {
    password = done.password;
    for (auto& [device, owner] : devices_) {
      if (owner == me.name && device != me.device) owner.clear();
    }
    for (Attempt& attempt : passwords_) {
      if (absl::EqualsIgnoreCase(attempt.alias, me.name)) {
        attempt.outdated = true;
      }
    }
    for (const StayPtr& stay : std::vector<StayPtr>(online_)) {
      const bool same =
          stay == done.changes || (me.device != 0 && stay->device == me.device);
      if (stopped_ || stay->name != me.name || same) continue;
      stay->ends_device = true;
      SendAway(stay, "DEVICE_REVOKED");
    }
  }
  Answer(done.session, done.request,
         !good    ? "error BUSY 1000"
         : !right ? "error BAD_CREDENTIALS"
                  : "change_password");
  Settle(done.session);
}

}  // namespace chat77::server

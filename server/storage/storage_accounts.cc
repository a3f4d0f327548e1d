// Accounts: whose password or device it is, making them, changing passwords,
// and what is to be known of whoever comes in.

#include <spdlog/spdlog.h>
#include <utility>

#include "server/storage/names.h"
#include "server/storage/storage.h"
#include "store/code.h"
#include "store/device_token.h"

namespace chat77::server {
namespace {

absl::Status TooMany() {
  return absl::ResourceExhaustedError("Too many passwords are being checked.");
}

}  // namespace

absl::StatusOr<AccountName> NameOf(store::Store& store, int64_t account,
                                   std::string alias) {
  const auto standing = store.FindStanding(account);
  if (!standing.ok()) return standing.status();
  AccountName name{account, std::move(alias), standing->admin, {}};
  for (const store::BlockedAccount& blocked : standing->blocked) {
    name.blocked.emplace_back(blocked.account, blocked.alias);
  }
  return name;
}

// ---- logins -----------------------------------------------------------------

void Storage::Do(CheckPassword effect) {
  asked_.reads.push_back(
      [this, effect = std::move(effect)](store::Store& store) {
        Verify(effect.token, store, effect.key, effect.password);
      });
}

// The hashing goes to a thread of its own. Whether there is such an account
// must not be told by the time it takes: what is asked of the store and of the
// password's thread is the same for one that is not there.
void Storage::Verify(Token token, store::Store& store, const std::string& key,
                     const std::string& password) {
  const auto account = store.FindAccount(key);
  const bool known = account.ok();
  if (!known && !absl::IsNotFound(account.status())) {
    Warn("find_account", account.status());
    return Collect(PasswordChecked{token, account.status()});
  }
  auto name = NameOf(store, known ? account->id : 0,
                     known ? account->alias : std::string());
  if (!name.ok() && !absl::IsNotFound(name.status())) {
    Warn("find_standing", name.status());
    return Collect(PasswordChecked{token, name.status()});
  }
  const bool queued =
      passwords_.Run([this, token, password, name = std::move(name),
                      hash = known ? account->password_hash : dummy_hash_] {
        const bool right = store::VerifyPassword(hash, password);
        if (!right || !name.ok()) {
          return CollectOutcome(PasswordChecked{
              token, absl::UnauthenticatedError("wrong password")});
        }
        CollectOutcome(PasswordChecked{token, name});
        Rehash(name->id, hash, password);
      });
  if (!queued) Collect(PasswordChecked{token, TooMany()});
}

// A hash of an import, or of an earlier version, becomes one of today. Never a
// cheaper one: load tests must not weaken a store.
void Storage::Rehash(int64_t account, const std::string& hash,
                     const std::string& password) {
  constexpr store::PasswordCost kCost = store::PasswordCost::kDefault;
  if (options_.password_cost != kCost || !store::NeedsRehash(hash, kCost)) {
    return;
  }
  absl::StatusOr<std::string> better = store::HashPassword(password, kCost);
  if (!better.ok()) return Warn("hash", better.status());
  store::SetPassword write{account, *std::move(better), 0,
                           /*end_devices=*/false};
  store_->Submit(std::move(write), [this](const store::WriteResult& result) {
    Warn("rehash", result.status());
  });
}

void Storage::Do(const FindDevice& effect) {
  asked_.reads.push_back(
      [this, token = effect.token, time = options_.calendar.At(effect.time),
       hash = store::HashOfToken(effect.device_token)](store::Store& store) {
        const auto device = store.FindDevice(hash, time);
        const auto report = [&](const absl::Status& status) {
          if (!absl::IsNotFound(status)) Warn("find_device", status);
          Collect(DeviceFound{token, status});
        };
        if (!device.ok()) return report(device.status());
        auto name = NameOf(store, device->account, device->alias);
        if (!name.ok()) return report(name.status());
        Collect(
            DeviceFound{token, FoundDevice{device->number, *std::move(name)}});
      });
}

// ---- accounts ---------------------------------------------------------------

void Storage::Do(const FindAccount& effect) {
  asked_.reads.push_back([this, token = effect.token,
                          key = effect.key](store::Store& store) {
    const auto account = store.FindAccount(key);
    if (account.ok()) {
      return Collect(AccountFound{
          token, AccountName{account->id, account->alias, account->admin, {}}});
    }
    if (!absl::IsNotFound(account.status())) {
      Warn("find_account", account.status());
    }
    Collect(AccountFound{token, account.status()});
  });
}

void Storage::Do(CreateAccount effect) {
  const Token token = effect.token;
  const bool queued = passwords_.Run([this, effect = std::move(effect)] {
    absl::StatusOr<std::string> hash =
        store::HashPassword(effect.password, options_.password_cost);
    if (!hash.ok()) {
      Warn("hash", hash.status());
      return CollectOutcome(AccountCreated{effect.token, TooMany()});
    }
    store::CreateAccount write{store::Account{.alias = effect.alias,
                                              .key = effect.key,
                                              .password_hash = *hash,
                                              .created_at = effect.time.wall}};
    write.at = At(effect.time);
    if (!effect.invitation.empty()) {
      write.invitation_hash = store::HashOfCode(effect.invitation);
    }
    store_->Submit(std::move(write), [this, created = effect.token](
                                         const store::WriteResult& result) {
      if (!absl::IsPermissionDenied(result.status())) {
        Warn("create_account", result.status());
      }
      Collect(AccountCreated{created, result.status()});
      Changed();
    });
  });
  if (queued) return;
  CollectOutcome(AccountCreated{token, TooMany()});
  ReportOutcomes();
}

void Storage::Do(ChangePassword effect) {
  asked_.reads.push_back([this, effect = std::move(effect)](
                             store::Store& store) { Replace(effect, store); });
}

void Storage::Replace(const ChangePassword& effect, store::Store& store) {
  const auto account = store.FindAccount(effect.key);
  if (!account.ok()) {
    Warn("find_account", account.status());
    return Collect(PasswordChanged{effect.token, account.status()});
  }
  const bool queued =
      passwords_.Run([this, effect, old_hash = account->password_hash] {
        if (!store::VerifyPassword(old_hash, effect.old_password)) {
          return CollectOutcome(PasswordChanged{
              effect.token, absl::UnauthenticatedError("wrong password")});
        }
        absl::StatusOr<std::string> hash =
            store::HashPassword(effect.new_password, options_.password_cost);
        if (!hash.ok()) {
          Warn("hash", hash.status());
          return CollectOutcome(PasswordChanged{effect.token, TooMany()});
        }
        store_->Submit(
            store::SetPassword{effect.account, *hash, effect.keep_device},
            [this, token = effect.token](const store::WriteResult& result) {
              Warn("set_password", result.status());
              Collect(PasswordChanged{token, result.status()});
            });
      });
  if (!queued) Collect(PasswordChanged{effect.token, TooMany()});
}

// ---- admins -----------------------------------------------------------------

void Storage::Do(MakeAdmin effect) {
  asked_.reads.push_back([this, effect = std::move(effect)](
                             store::Store& store) { Promote(effect, store); });
}

// Here, where nobody else comes between the look at the code and its use.
void Storage::Promote(const MakeAdmin& effect, store::Store& store) {
  const auto collect = [&](const absl::Status& status) {
    Collect(AdminMade{effect.token, status});
  };
  const bool right = store::SameSecret(store::HashOfCode(effect.code),
                                       store::HashOfCode(admin_code_));
  if (admin_code_.empty() || !right) {
    return collect(absl::PermissionDeniedError("not the code"));
  }
  const store::Write write =
      store::SetAdmin{effect.account, true, effect.alias, effect.time};
  const auto results = store.Commit(absl::MakeConstSpan(&write, 1));
  const absl::Status status =
      results.ok() ? results->front().status() : results.status();
  Warn("set_admin", status);
  if (status.ok()) {
    admin_code_.clear();
    spdlog::warn("admin account={} how=claim", effect.account);
  }
  collect(status);
}

void Storage::Do(const AddInvitation& effect) {
  std::string code = store::NewCode();
  store::AddInvitation write{store::HashOfCode(code), effect.by, effect.time,
                             At(effect.expires)};
  asked_.writes.push_back({std::move(write),
                           [this, token = effect.token, code = std::move(code)](
                               const store::WriteResult& result) {
                             CollectCommitted(token, result, code);
                           },
                           true});
}

}  // namespace chat77::server

// Accounts: whose password or device it is, making them, changing passwords,
// and what is to be known of whoever comes in.

#include <spdlog/spdlog.h>
#include <utility>

#include "server/storage/answers.h"
#include "server/storage/storage.h"
#include "server/storage/translate.h"
#include "store/code.h"

namespace chat77::server {
namespace {

absl::Status TooMany() {
  return absl::ResourceExhaustedError("Too many passwords are being checked.");
}

}  // namespace

// ---- logins -----------------------------------------------------------------

void Storage::Do(CheckPassword effect) {
  asked_reads_.push_back(
      [this, effect = std::move(effect)](store::Reader& reader) {
        Verify(effect, reader);
      });
}

// The hashing goes to a thread of its own. Whether there is such an account
// must not be told by the time it takes: what is asked of the store and of the
// password's thread is the same for one that is not there.
void Storage::Verify(const CheckPassword& effect,
                     store::AccountReader& reader) {
  const Token token = effect.token;
  auto account = FindKnown(reader, effect.key);
  if (!account.ok() && !absl::IsNotFound(account.status())) {
    Warn("find_account", account.status());
    return CollectRead(PasswordChecked{token, account.status()});
  }
  const bool queued =
      passwords_.Run([this, token, key = effect.key, password = effect.password,
                      account = std::move(account)] {
        const std::string& hash =
            account.ok() ? account->password_hash : dummy_hash_;
        const bool right = store::VerifyPassword(hash, password);
        if (!right || !account.ok()) {
          return CollectOutcome(PasswordChecked{
              token, absl::UnauthenticatedError("wrong password")});
        }
        Rehash(key, hash, password);
        CollectOutcome(PasswordChecked{token, account->name});
      });
  if (!queued) CollectRead(PasswordChecked{token, TooMany()});
}

// A hash of an import, or of an earlier version, becomes one of today. Never a
// cheaper one: load tests must not weaken a store. Written on the commit
// thread, unless the password was changed meanwhile.
void Storage::Rehash(const std::string& key, const std::string& hash,
                     const std::string& password) {
  constexpr store::PasswordCost kCost = store::PasswordCost::kDefault;
  if (options_.password_cost != kCost || !store::NeedsRehash(hash, kCost)) {
    return;
  }
  absl::StatusOr<std::string> better = store::HashPassword(password, kCost);
  if (!better.ok()) return Warn("hash", better.status());
  commits_->Submit([this, key, hash, better = *std::move(better)] {
    const auto account = store_->FindAccount(key);
    if (!account.ok() || account->password_hash != hash) return;
    const store::Write write = store::SetPassword{account->id, better, 0,
                                                  /*end_devices=*/false};
    Warn("rehash", store_->Commit(absl::MakeConstSpan(&write, 1)).status());
  });
}

void Storage::Do(FindDevice effect) {
  asked_reads_.push_back(
      [this, effect = std::move(effect)](store::Reader& reader) {
        DeviceFound found = Answer(effect, reader, options_.calendar);
        WarnUnlessMissing("find_device", found.device.status());
        CollectRead(std::move(found));
      });
}

// ---- accounts ---------------------------------------------------------------

void Storage::Do(FindAccount effect) {
  asked_reads_.push_back(
      [this, effect = std::move(effect)](store::Reader& reader) {
        AccountFound found = Answer(effect, reader);
        WarnUnlessMissing("find_account", found.account.status());
        CollectRead(std::move(found));
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
    commits_->Submit(
        ToWrite(effect, *std::move(hash), options_.calendar),
        [this, created = effect.token](const store::WriteResult& result) {
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
  asked_.tasks.push_back(
      [this, effect = std::move(effect)] { Replace(effect); });
}

void Storage::Replace(const ChangePassword& effect) {
  const auto account = store_->FindAccount(effect.key);
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
        commits_->Submit(
            ToWrite(effect, *std::move(hash)),
            [this, token = effect.token](const store::WriteResult& result) {
              Warn("set_password", result.status());
              Collect(PasswordChanged{token, result.status()});
            });
      });
  if (!queued) Collect(PasswordChanged{effect.token, TooMany()});
}

// ---- admins -----------------------------------------------------------------

void Storage::Do(MakeAdmin effect) {
  asked_.tasks.push_back(
      [this, effect = std::move(effect)] { Promote(effect); });
}

// Here, where nobody else comes between the look at the code and its use.
void Storage::Promote(const MakeAdmin& effect) {
  const auto collect = [&](const absl::Status& status) {
    Collect(AdminMade{effect.token, status});
  };
  const bool right = store::SameSecret(store::HashOfCode(effect.code),
                                       store::HashOfCode(admin_code_));
  if (admin_code_.empty() || !right) {
    return collect(absl::PermissionDeniedError("not the code"));
  }
  const store::Write write = ToWrite(effect);
  const auto results = store_->Commit(absl::MakeConstSpan(&write, 1));
  const absl::Status status =
      results.ok() ? results->front().status() : results.status();
  Warn("set_admin", status);
  if (status.ok()) {
    admin_code_.clear();
    spdlog::warn("admin account={} how=claim", effect.account.value());
  }
  collect(status);
}

void Storage::Do(const AddInvitation& effect) {
  std::string code = store::NewCode();
  store::Write write = ToWrite(effect, code, options_.calendar);
  asked_.writes.push_back({std::move(write),
                           [this, token = effect.token, code = std::move(code)](
                               const store::WriteResult& result) {
                             CollectCommitted(token, result, code);
                           },
                           true});
}

}  // namespace chat77::server

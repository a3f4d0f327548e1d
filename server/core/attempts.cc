#include "server/core/attempts.h"

#include <algorithm>
#include <utility>

namespace chat77::server {

Token Attempts::Begin(Attempt attempt) {
  sessions_.At(attempt.asked.session).waiting = true;
  const Token token = ledger_.NextToken();
  attempts_[token] = std::move(attempt);
  return token;
}

std::optional<Attempt> Attempts::Take(Token token) {
  auto entry = attempts_.extract(token);
  if (entry.empty()) return std::nullopt;
  SessionState* const session = sessions_.Find(entry.mapped().asked.session);
  if (session == nullptr) return std::nullopt;
  session->waiting = false;
  return std::move(entry.mapped());
}

// They end in the order in which they began.
void Attempts::EndBlocking(const Blocking& blocking, bool written) {
  held_.erase(std::find(held_.begin(), held_.end(), blocking));
  if (!written) return;
  for (auto& [token, attempt] : attempts_) {
    if (attempt.place || attempt.alias == blocking.user->key) {
      attempt.blocks.push_back(blocking);
    }
  }
}

AccountName Attempts::Updated(const Attempt& attempt,
                              AccountName account) const {
  if (attempt.new_admin == account.id) account.admin = true;
  for (const auto* blocks : {&attempt.blocks, &held_}) {
    for (const Blocking& block : *blocks) {
      if (block.user->account != account.id) continue;
      std::erase_if(account.blocked, [&](const auto& blocked) {
        return blocked.first == block.account;
      });
      if (block.on) account.blocked.emplace_back(block.account, block.alias);
    }
  }
  return account;
}

void Attempts::NoteAdmin(AccountId account) {
  for (auto& [token, attempt] : attempts_) attempt.new_admin = account;
}

void Attempts::NoteEndedDevice(DeviceId device) {
  for (auto& [token, attempt] : attempts_) {
    if (attempt.place) attempt.ended_devices.push_back(device);
  }
}

void Attempts::NotePasswordChange(const User& user) {
  for (auto& [token, attempt] : attempts_) {
    if (attempt.place || attempt.alias == user.key) {
      attempt.new_passwords.emplace_back(user.account, user.device);
    }
  }
}

}  // namespace chat77::server

#include "server/core/attempts.h"

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

void Attempts::NoteBlocking(const Blocking& blocking) {
  for (auto& [token, attempt] : attempts_) {
    if (attempt.place || attempt.alias == blocking.user->key) {
      attempt.blocks.push_back(blocking);
    }
  }
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

#include "server/core/mailboxes.h"

#include <memory>
#include <utility>

namespace chat77::server {

bool Mailboxes::CanBeTold(const User& user) const {
  if (!user.device) return true;
  if (bytes_ >= limit_) return false;
  return user.mailbox == nullptr || !user.mailbox->Full();
}

void Mailboxes::Notify(User& user, pb::ServerFrame event, Turn& turn) {
  if (user.gone()) return;
  if (user.device) {
    if (user.mailbox == nullptr) user.mailbox = std::make_unique<Mailbox>();
    bytes_ -= user.mailbox->bytes();
    user.mailbox->Add(event);
    bytes_ += user.mailbox->bytes();
  }
  if (user.session) {
    turn.effects.push_back(Send{user.session, std::move(event)});
  }
}

void Mailboxes::NotifyOf(const User& other, User& user, pb::ServerFrame event,
                         Turn& turn) {
  if (!user.HasBlocked(other)) Notify(user, std::move(event), turn);
}

void Mailboxes::Received(User& user, uint64_t private_seq) {
  if (user.mailbox == nullptr) return;
  bytes_ -= user.mailbox->bytes();
  user.mailbox->Received(private_seq);
  bytes_ += user.mailbox->bytes();
}

void Mailboxes::Drop(User& user) {
  if (user.mailbox != nullptr) bytes_ -= user.mailbox->bytes();
  user.mailbox.reset();
}

}  // namespace chat77::server

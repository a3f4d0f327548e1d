// The devices that may resume as a user: listing and revoking them.

#include <string>

#include "server/core/chat_core.h"
#include "server/core/pending_write.h"
#include "server/core/reply.h"

namespace chat77::server {

void ChatCore::ListDevices(Request& context) {
  const Token token = Look(context);
  context.effects.push_back(
      ReadDevices{token, context.user->account, context.user->device});
}

void ChatCore::On(const DevicesRead& event, const Moment& now,
                  Effects& effects) {
  const std::optional<Lookup> lookup = TakeLookup(event.token);
  if (!lookup) return;
  pb::ServerFrame& reply = Reply(lookup->session, lookup->request_id, effects);
  if (event.devices.ok()) {
    *reply.mutable_list_devices() = *event.devices;
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  LookedUp(lookup->session, now, effects);
}

void ChatCore::Revoke(const pb::RevokeDevice& request, Request& context) {
  const auto number = static_cast<int64_t>(request.number());
  if (number <= 0) {
    return Refuse(context.session, context.id, pb::NO_SUCH_DEVICE,
                  "You have no device of that number.", context.effects);
  }
  ++sessions_[context.session].pending;
  Write(RevokeDevice{{}, context.user->account, number},
        Revoking{context.user->key, number}, {context.session, context.id},
        context.effects);
}

void ChatCore::Done(const Revoking& revoked, const Outcome&, const Moment& now,
                    Effects& effects) {
  const std::shared_ptr<User> user = presence_.Find(revoked.key);
  if (user == nullptr || user->device != revoked.device) return;
  SendAway(user, "device revoked", pb::DEVICE_REVOKED,
           "This device was revoked.", now, effects);
}

}  // namespace chat77::server

// The devices that may resume as a user: listing and revoking them.

#include <string>

#include "absl/strings/str_cat.h"

#include "server/core/chat_core.h"
#include "server/core/reply.h"

namespace chat77::server {

void ChatCore::ListDevices(Request& context) {
  const Token token = Look(context);
  context.effects.push_back(
      ReadDevices{token, context.user->account, context.user->device});
}

void ChatCore::On(const DevicesRead& event, absl::Time now, Effects& effects) {
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
  const Token token = NextToken();
  ++sessions_[context.session].pending;
  revocations_[token] =
      Revocation{context.user->key, number, {context.session, context.id}};
  context.effects.push_back(RevokeDevice{token, context.user->account, number});
}

void ChatCore::Finish(const Revocation& revocation,
                      const absl::StatusOr<Outcome>& outcome, absl::Time now,
                      Effects& effects) {
  const auto [session, request_id] = revocation.asked;
  if (sessions_.contains(session)) {
    pb::ServerFrame& reply = Reply(session, request_id, effects);
    if (outcome.ok()) {
      reply.mutable_revoke_device();
    } else if (outcome.status().code() == absl::StatusCode::kNotFound) {
      reply.mutable_error()->set_code(pb::NO_SUCH_DEVICE);
      reply.mutable_error()->set_sentence("You have no device of that number.");
    } else {
      FillUnavailable(*reply.mutable_error());
    }
  }
  LookedUp(session, now, effects);
  if (!outcome.ok()) return;
  const std::shared_ptr<User> user = presence_.Find(revocation.key);
  if (user == nullptr || user->device != revocation.device) return;
  const SessionId online = user->session;
  EndStay(user, pb::DISCONNECTED, "device revoked", now, effects);
  if (sessions_.contains(online)) {
    Dismiss(online, pb::DEVICE_REVOKED, "This device was revoked.", effects);
  }
}

}  // namespace chat77::server

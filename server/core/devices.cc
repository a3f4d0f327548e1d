#include "server/core/devices.h"

#include <memory>
#include <optional>
#include <utility>

namespace chat77::server {
namespace {

constexpr char kUnknown[] = "You have no device of that number.";

}  // namespace

void Devices::List(const Request& request) {
  const Token token = sessions_.Look(request);
  request.turn.effects.push_back(
      ReadDevices{token, request.user->account, request.user->device});
}

void Devices::On(const DevicesRead& event, Turn& turn) {
  const std::optional<Asked> asked = sessions_.TakeLookup(event.token);
  if (!asked) return;
  pb::ServerFrame& reply = Reply(*asked, turn);
  if (event.devices.ok()) {
    *reply.mutable_list_devices() = *event.devices;
  } else {
    FillUnavailable(*reply.mutable_error());
  }
  sessions_.Settle(asked->session, turn);
}

void Devices::Revoke(const pb::RevokeDevice& revoke, const Request& request) {
  const auto number = DeviceId::Of(static_cast<int64_t>(revoke.number()));
  if (number <= 0) return request.Refuse(pb::NO_SUCH_DEVICE, kUnknown);
  Command command;
  command.answer = [](const Outcome&, pb::ServerFrame& reply) {
    reply.mutable_revoke_device();
  };
  command.done = [this, key = request.user->key, number](
                     const Outcome&, Turn& turn) { End(key, number, turn); };
  if (request.user->device == number) command.ends = {request.user};
  command.refusal = pb::NO_SUCH_DEVICE;
  command.sentence = kUnknown;
  directory_.Order(RevokeDevice{{}, request.user->account, number},
                   std::move(command), request);
}

void Devices::End(const std::string& key, DeviceId device, Turn& turn) {
  attempts_.NoteEndedDevice(device);
  const std::shared_ptr<User> user = presence_.Find(key);
  if (user == nullptr || user->device != device) return;
  stays_.SendAway(user, "device revoked", pb::DEVICE_REVOKED,
                  "This device was revoked.", turn);
}

}  // namespace chat77::server

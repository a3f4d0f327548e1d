// The frames of a logged-in client's requests, in one word each. The reply to
// XRequest has has_x(), or has_error().
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/connection.h"

namespace chat77::client {

namespace pb = wire::pb;

pb::ClientFrame SayRequest(std::string_view text);
pb::ClientFrame ListOnlineRequest();
// The newest `count` messages, or those before `before_seq`.
pb::ClientFrame HistoryRequest(uint32_t count, uint64_t before_seq = 0);
pb::ClientFrame RequestPrivateRequest(std::string_view alias);
pb::ClientFrame AcceptPrivateRequest(std::string_view alias);
pb::ClientFrame RejectPrivateRequest(std::string_view alias);
pb::ClientFrame EndPrivateRequest(std::string_view alias);
pb::ClientFrame ListPrivateRequest();
pb::ClientFrame ListDevicesRequest();
pb::ClientFrame RevokeDeviceRequest(uint64_t number);
pb::ClientFrame SendPrivateRequest(std::string_view alias,
                                   std::string_view text);

}  // namespace chat77::client

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
pb::ClientFrame WithdrawRequestRequest(std::string_view alias);
pb::ClientFrame BlockRequest(std::string_view alias);
pb::ClientFrame UnblockRequest(std::string_view alias);
pb::ClientFrame ListBlockedRequest();
pb::ClientFrame ChangePasswordRequest(std::string_view old_password,
                                      std::string_view new_password);
pb::ClientFrame ClaimAdminRequest(std::string_view code);
pb::ClientFrame KickRequest(std::string_view alias, std::string_view reason);
// `seconds`: 0 is until it is lifted.
pb::ClientFrame MuteRequest(std::string_view alias, uint64_t seconds,
                            std::string_view reason);
pb::ClientFrame BanAliasRequest(std::string_view alias, uint64_t seconds,
                                std::string_view reason);
pb::ClientFrame BanNetworkRequest(std::string_view network, uint64_t seconds,
                                  std::string_view reason);
pb::ClientFrame LiftRequest(uint64_t number);
pb::ClientFrame ListSanctionsRequest();
pb::ClientFrame CreateInvitationRequest();

}  // namespace chat77::client

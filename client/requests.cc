#include "client/requests.h"

#include <string>

namespace chat77::client {

pb::ClientFrame SayRequest(std::string_view text) {
  pb::ClientFrame frame;
  frame.mutable_say()->set_text(std::string(text));
  return frame;
}

pb::ClientFrame ListOnlineRequest() {
  pb::ClientFrame frame;
  frame.mutable_list_online();
  return frame;
}

pb::ClientFrame HistoryRequest(uint32_t count, uint64_t before_seq) {
  pb::ClientFrame frame;
  frame.mutable_fetch_history()->set_limit(count);
  if (before_seq != 0) {
    frame.mutable_fetch_history()->set_before_seq(before_seq);
  }
  return frame;
}

pb::ClientFrame RequestPrivateRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_request_private()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame AcceptPrivateRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_accept_private()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame RejectPrivateRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_reject_private()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame EndPrivateRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_end_private()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame ListPrivateRequest() {
  pb::ClientFrame frame;
  frame.mutable_list_private();
  return frame;
}

pb::ClientFrame ListDevicesRequest() {
  pb::ClientFrame frame;
  frame.mutable_list_devices();
  return frame;
}

pb::ClientFrame RevokeDeviceRequest(uint64_t number) {
  pb::ClientFrame frame;
  frame.mutable_revoke_device()->set_number(number);
  return frame;
}

pb::ClientFrame SendPrivateRequest(std::string_view alias,
                                   std::string_view text) {
  pb::ClientFrame frame;
  frame.mutable_send_private()->set_alias(std::string(alias));
  frame.mutable_send_private()->set_text(std::string(text));
  return frame;
}

pb::ClientFrame WithdrawRequestRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_withdraw_request()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame BlockRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_block()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame UnblockRequest(std::string_view alias) {
  pb::ClientFrame frame;
  frame.mutable_unblock()->set_alias(std::string(alias));
  return frame;
}

pb::ClientFrame ListBlockedRequest() {
  pb::ClientFrame frame;
  frame.mutable_list_blocked();
  return frame;
}

pb::ClientFrame ChangePasswordRequest(std::string_view old_password,
                                      std::string_view new_password) {
  pb::ClientFrame frame;
  frame.mutable_change_password()->set_old_password(std::string(old_password));
  frame.mutable_change_password()->set_new_password(std::string(new_password));
  return frame;
}

pb::ClientFrame ClaimAdminRequest(std::string_view code) {
  pb::ClientFrame frame;
  frame.mutable_claim_admin()->set_code(std::string(code));
  return frame;
}

pb::ClientFrame KickRequest(std::string_view alias, std::string_view reason) {
  pb::ClientFrame frame;
  frame.mutable_kick()->set_alias(std::string(alias));
  frame.mutable_kick()->set_reason(std::string(reason));
  return frame;
}

pb::ClientFrame MuteRequest(std::string_view alias, uint64_t seconds,
                            std::string_view reason) {
  pb::ClientFrame frame;
  frame.mutable_mute()->set_alias(std::string(alias));
  frame.mutable_mute()->set_seconds(seconds);
  frame.mutable_mute()->set_reason(std::string(reason));
  return frame;
}

pb::ClientFrame BanAliasRequest(std::string_view alias, uint64_t seconds,
                                std::string_view reason) {
  pb::ClientFrame frame;
  frame.mutable_ban()->set_alias(std::string(alias));
  frame.mutable_ban()->set_seconds(seconds);
  frame.mutable_ban()->set_reason(std::string(reason));
  return frame;
}

pb::ClientFrame BanNetworkRequest(std::string_view network, uint64_t seconds,
                                  std::string_view reason) {
  pb::ClientFrame frame;
  frame.mutable_ban()->set_network(std::string(network));
  frame.mutable_ban()->set_seconds(seconds);
  frame.mutable_ban()->set_reason(std::string(reason));
  return frame;
}

pb::ClientFrame LiftRequest(uint64_t number) {
  pb::ClientFrame frame;
  frame.mutable_lift()->set_number(number);
  return frame;
}

pb::ClientFrame ListSanctionsRequest() {
  pb::ClientFrame frame;
  frame.mutable_list_sanctions();
  return frame;
}

pb::ClientFrame CreateInvitationRequest() {
  pb::ClientFrame frame;
  frame.mutable_create_invitation();
  return frame;
}

}  // namespace chat77::client

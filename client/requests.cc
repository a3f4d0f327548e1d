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

}  // namespace chat77::client

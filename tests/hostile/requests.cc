#include "tests/hostile/requests.h"

#include "proto/frame_encoder.h"
#include "proto/limits.h"

namespace chat77::hostile {
namespace {

pb::ClientFrame Request() {
  pb::ClientFrame frame;
  frame.set_request_id(1);
  return frame;
}

}  // namespace

std::string Framed(const pb::ClientFrame& frame) {
  std::string bytes;
  wire::AppendFrame(frame, bytes);
  return bytes;
}

std::string Hello() {
  pb::ClientFrame frame = Request();
  frame.mutable_hello()->set_min_version(wire::kMinVersion);
  frame.mutable_hello()->set_max_version(wire::kMaxVersion);
  frame.mutable_hello()->set_software("hostile");
  frame.mutable_hello()->set_presence(pb::PRESENCE_NONE);
  return Framed(frame);
}

std::string Register(const std::string& alias) {
  pb::ClientFrame frame = Request();
  frame.mutable_register_()->set_alias(alias);
  frame.mutable_register_()->set_password(kPassword);
  return Framed(frame);
}

std::string Login(const std::string& alias, const std::string& password) {
  pb::ClientFrame frame = Request();
  frame.mutable_login()->set_alias(alias);
  frame.mutable_login()->set_password(password);
  frame.mutable_login()->set_take_over(true);
  return Framed(frame);
}

std::string Say(const std::string& text) {
  pb::ClientFrame frame = Request();
  frame.mutable_say()->set_text(text);
  return Framed(frame);
}

std::string Ping() {
  pb::ClientFrame frame = Request();
  frame.mutable_ping();
  return Framed(frame);
}

std::string ListOnline() {
  pb::ClientFrame frame = Request();
  frame.mutable_list_online();
  return Framed(frame);
}

std::string FetchHistory() {
  pb::ClientFrame frame = Request();
  frame.mutable_fetch_history()->set_limit(wire::kHistoryPage);
  return Framed(frame);
}

std::string RequestPrivate(const std::string& alias) {
  pb::ClientFrame frame = Request();
  frame.mutable_request_private()->set_alias(alias);
  return Framed(frame);
}

std::string WithdrawRequest(const std::string& alias) {
  pb::ClientFrame frame = Request();
  frame.mutable_withdraw_request()->set_alias(alias);
  return Framed(frame);
}

}  // namespace chat77::hostile

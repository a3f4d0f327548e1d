// The rules of private chat of FakeChatServer.
#include "tests/support/fake_chat_session.h"

namespace chat77::test {

// The rules of private chat, each on `call.me` and, once resolved,
// `call.other`; what the other is told goes to `call.event`.
struct FakeChatServer::PrivateCall {
  std::string me;
  std::string other;
  pb::ServerFrame& reply;
  pb::ServerFrame event;

  bool Require(bool holds, pb::Code code) {
    if (!holds) reply.mutable_error()->set_code(code);
    return holds;
  }
};

void FakeChatServer::HandlePrivate(Session& session,
                                   const pb::ClientFrame& request,
                                   pb::ServerFrame& reply) {
  PrivateCall call{session.alias, "", reply, {}};
  switch (request.request_case()) {
    case pb::ClientFrame::kRequestPrivate:
      RequestPrivate(request.request_private().alias(), call);
      break;
    case pb::ClientFrame::kAcceptPrivate:
      AcceptPrivate(request.accept_private().alias(), call);
      break;
    case pb::ClientFrame::kRejectPrivate:
      RejectPrivate(request.reject_private().alias(), call);
      break;
    case pb::ClientFrame::kEndPrivate:
      EndPrivate(request.end_private().alias(), call);
      break;
    case pb::ClientFrame::kSendPrivate:
      SendPrivate(request.send_private(), call);
      if (call.event.has_private_said()) {
        call.event.mutable_private_said()->set_message_id(request.message_id());
      }
      break;
    case pb::ClientFrame::kListPrivate:
      *reply.mutable_list_private() = PrivateState(call.me);
      break;
    default:
      call.Require(false, pb::UNIMPLEMENTED);
  }
  if (call.event.body_case() != pb::ServerFrame::BODY_NOT_SET) {
    TellOne(call.other, call.event);
  }
}

bool FakeChatServer::Resolve(const std::string& alias, PrivateCall& call) {
  const Person* found = Find(alias);
  if (found != nullptr) call.other = found->alias;
  return call.Require(found != nullptr, pb::NOT_ONLINE);
}

void FakeChatServer::RequestPrivate(const std::string& alias,
                                    PrivateCall& call) {
  if (!Resolve(alias, call) ||
      !call.Require(call.other != call.me, pb::IS_YOURSELF)) {
    return;
  }
  call.reply.mutable_request_private()->set_alias(call.other);
  if (requests_.erase({call.other, call.me}) > 0) {
    links_.insert(Sorted(call.me, call.other));
    call.reply.mutable_request_private()->set_connected(true);
    call.event.mutable_private_connected()->set_alias(call.me);
  } else {
    requests_.insert({call.me, call.other});
    call.event.mutable_private_requested()->set_alias(call.me);
  }
}

// Whether `alias` had asked; the request is gone then.
bool FakeChatServer::TakeRequest(const std::string& alias, PrivateCall& call) {
  return Resolve(alias, call) &&
         call.Require(requests_.erase({call.other, call.me}) > 0,
                      pb::NO_PENDING_REQUEST);
}

void FakeChatServer::AcceptPrivate(const std::string& alias,
                                   PrivateCall& call) {
  if (!TakeRequest(alias, call)) return;
  links_.insert(Sorted(call.me, call.other));
  call.reply.mutable_accept_private()->set_alias(call.other);
  call.event.mutable_private_connected()->set_alias(call.me);
}

void FakeChatServer::RejectPrivate(const std::string& alias,
                                   PrivateCall& call) {
  if (!TakeRequest(alias, call)) return;
  call.reply.mutable_reject_private()->set_alias(call.other);
  call.event.mutable_private_rejected()->set_alias(call.me);
}

void FakeChatServer::EndPrivate(const std::string& alias, PrivateCall& call) {
  if (!Resolve(alias, call) ||
      !call.Require(links_.erase(Sorted(call.me, call.other)) > 0,
                    pb::NOT_LINKED)) {
    return;
  }
  call.reply.mutable_end_private()->set_alias(call.other);
  call.event.mutable_private_ended()->set_alias(call.me);
  call.event.mutable_private_ended()->set_reason(pb::ENDED_BY_COMMAND);
}

void FakeChatServer::SendPrivate(const pb::SendPrivate& request,
                                 PrivateCall& call) {
  if (!Resolve(request.alias(), call) ||
      !call.Require(links_.contains(Sorted(call.me, call.other)),
                    pb::NOT_LINKED)) {
    return;
  }
  call.reply.mutable_send_private()->set_alias(call.other);
  call.event.mutable_private_said()->set_alias(call.me);
  call.event.mutable_private_said()->set_text(request.text());
}

pb::ListPrivateReply FakeChatServer::PrivateState(
    const std::string& alias) const {
  pb::ListPrivateReply list;
  for (const auto& [a, b] : links_) {
    if (a == alias) list.add_linked(b);
    if (b == alias) list.add_linked(a);
  }
  for (const auto& [asker, asked] : requests_) {
    if (asked == alias) list.add_asking(asker);
    if (asker == alias) list.add_asked(asked);
  }
  return list;
}

}  // namespace chat77::test

// The rules of private chat of FakeChatServer.
#include "proto/alias.h"
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

// The account of that name.
bool FakeChatServer::Resolve(const std::string& alias, PrivateCall& call) {
  for (const auto& [name, password] : passwords_) {
    if (wire::AliasKey(name) == wire::AliasKey(alias)) call.other = name;
  }
  return !call.other.empty();
}

void FakeChatServer::Link(PrivateCall& call, pb::Said& entry) {
  links_.insert(Sorted(call.me, call.other));
  entry = Append(call.me, call.other, pb::LINKED);
  pb::PrivateConnected& linked = *call.event.mutable_private_connected();
  linked.set_alias(call.me);
  linked.set_room(entry.room());
  linked.set_epoch(kEpoch);
  linked.set_seq(entry.seq());
}

void FakeChatServer::RequestPrivate(const std::string& alias,
                                    PrivateCall& call) {
  if (!call.Require(Find(alias) != nullptr, pb::NOT_ONLINE) ||
      !Resolve(alias, call) ||
      !call.Require(call.other != call.me, pb::IS_YOURSELF)) {
    return;
  }
  pb::RequestPrivateReply& reply = *call.reply.mutable_request_private();
  reply.set_alias(call.other);
  if (requests_.erase({call.other, call.me}) > 0) {
    pb::Said entry;
    Link(call, entry);
    reply.set_connected(true);
    reply.set_room(entry.room());
    reply.set_seq(entry.seq());
  } else {
    requests_.insert({call.me, call.other});
    call.event.mutable_private_requested()->set_alias(call.me);
  }
}

// Whether `alias` had asked; the request is gone then.
bool FakeChatServer::TakeRequest(const std::string& alias, PrivateCall& call) {
  return call.Require(
      Resolve(alias, call) && requests_.erase({call.other, call.me}) > 0,
      pb::NO_PENDING_REQUEST);
}

void FakeChatServer::AcceptPrivate(const std::string& alias,
                                   PrivateCall& call) {
  if (!TakeRequest(alias, call)) return;
  pb::Said entry;
  Link(call, entry);
  pb::AcceptPrivateReply& reply = *call.reply.mutable_accept_private();
  reply.set_alias(call.other);
  reply.set_room(entry.room());
  reply.set_seq(entry.seq());
}

void FakeChatServer::RejectPrivate(const std::string& alias,
                                   PrivateCall& call) {
  if (!TakeRequest(alias, call)) return;
  call.reply.mutable_reject_private()->set_alias(call.other);
  call.event.mutable_private_rejected()->set_alias(call.me);
}

void FakeChatServer::EndPrivate(const std::string& alias, PrivateCall& call) {
  if (!call.Require(
          Resolve(alias, call) && links_.erase(Sorted(call.me, call.other)) > 0,
          pb::NOT_LINKED)) {
    return;
  }
  const pb::Said entry = Append(call.me, call.other, pb::ENDED);
  pb::EndPrivateReply& reply = *call.reply.mutable_end_private();
  reply.set_alias(call.other);
  reply.set_room(entry.room());
  reply.set_seq(entry.seq());
  pb::PrivateEnded& ended = *call.event.mutable_private_ended();
  ended.set_alias(call.me);
  ended.set_reason(pb::ENDED_BY_COMMAND);
  ended.set_room(entry.room());
  ended.set_seq(entry.seq());
}

void FakeChatServer::SendPrivate(const pb::SendPrivate& request,
                                 PrivateCall& call) {
  if (!call.Require(Resolve(request.alias(), call) &&
                        links_.contains(Sorted(call.me, call.other)),
                    pb::NOT_LINKED)) {
    return;
  }
  const pb::Said entry = Append(call.me, call.other, pb::TEXT, request.text());
  pb::SendPrivateReply& reply = *call.reply.mutable_send_private();
  reply.set_alias(call.other);
  reply.set_room(entry.room());
  reply.set_epoch(kEpoch);
  reply.set_seq(entry.seq());
  pb::PrivateSaid& said = *call.event.mutable_private_said();
  said.set_alias(call.me);
  said.set_text(request.text());
  said.set_room(entry.room());
  said.set_epoch(kEpoch);
  said.set_seq(entry.seq());
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

// How FakeChatServer lets people in.
#include <algorithm>

#include "proto/alias.h"
#include "tests/support/fake_chat_session.h"

namespace chat77::test {

void FakeChatServer::HandleLogin(Session& session,
                                 const pb::ClientFrame& request,
                                 pb::ServerFrame& reply) {
  if (request.has_register_()) {
    const std::string& alias = request.register_().alias();
    if (!passwords_.emplace(alias, request.register_().password()).second) {
      reply.mutable_error()->set_code(pb::ALIAS_TAKEN);
    } else {
      reply.mutable_register_()->set_alias(alias);
    }
    return session.Send(reply);
  }
  if (request.has_resume()) return HandleResume(session, request, reply);
  const auto account = std::find_if(
      passwords_.begin(), passwords_.end(), [&](const auto& entry) {
        return wire::AliasKey(entry.first) ==
               wire::AliasKey(request.login().alias());
      });
  if (account == passwords_.end() ||
      account->second != request.login().password()) {
    reply.mutable_error()->set_code(pb::BAD_CREDENTIALS);
    return session.Send(reply);
  }
  if (Find(account->first) != nullptr) {
    reply.mutable_error()->set_code(pb::ALREADY_ONLINE);
    return session.Send(reply);
  }
  std::string token;
  if (session.resumes) {
    token = "token " + std::to_string(++last_token_);
    tokens_[token] = account->first;
  }
  reply.mutable_login()->set_device_token(token);
  Enter(session, account->first, token, reply, *reply.mutable_login());
}

// Begins a stay and answers with it.
void FakeChatServer::Enter(Session& session, const std::string& alias,
                           const std::string& token, pb::ServerFrame& frame,
                           pb::LoginReply& reply) {
  Person& person = online_.emplace_back();
  person.alias = alias;
  person.token = token;
  person.resumes = session.resumes;
  Welcome(session, person, frame, reply);
  pb::ServerFrame event;
  event.mutable_joined()->set_alias(alias);
  TellOthers(nullptr, event);
}

void FakeChatServer::Welcome(Session& session, Person& person,
                             pb::ServerFrame& frame, pb::LoginReply& reply) {
  session.LogIn(person.alias);
  person.session = &session;
  reply.set_alias(person.alias);
  pb::RoomState& lobby = *reply.add_rooms();
  lobby.set_room(wire::kLobby);
  lobby.set_kind(pb::LOBBY);
  lobby.set_epoch(kEpoch);
  lobby.set_seq(log_.size());
  if (session.resumes) {
    AddRooms(person.alias, reply);
    *reply.mutable_private_state() = PrivateState(person.alias);
  }
  session.Send(frame);
}

void FakeChatServer::HandleResume(Session& session,
                                  const pb::ClientFrame& request,
                                  pb::ServerFrame& reply) {
  const pb::Resume& resume = request.resume();
  const auto token = tokens_.find(resume.device_token());
  if (token == tokens_.end()) {
    reply.mutable_error()->set_code(pb::TOKEN_INVALID);
    return session.Send(reply);
  }
  Person* person = Find(token->second);
  if (person != nullptr && person->token != token->first) {
    reply.mutable_error()->set_code(pb::ALREADY_ONLINE);
    return session.Send(reply);
  }
  ++resumes_;
  if (person == nullptr) {
    Enter(session, token->second, token->first, reply, *reply.mutable_resume());
  } else {
    Session* old = person->session;
    reply.mutable_resume()->set_resumed(true);
    Welcome(session, *person, reply, *reply.mutable_resume());
    if (old != nullptr) old->Goodbye(pb::TAKEN_OVER, "You came back.");
  }
  Replay(session, resume);
}

// What the client does not have, as if the connection had not broken.
void FakeChatServer::Replay(Session& session, const pb::Resume& resume) {
  pb::ServerFrame event;
  for (const pb::Said& said : log_) {
    if (resume.epoch() != kEpoch || said.seq() <= resume.seq()) continue;
    *event.mutable_said() = said;
    session.Send(event);
  }
}

}  // namespace chat77::test

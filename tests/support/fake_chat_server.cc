#include "tests/support/fake_chat_server.h"

#include <algorithm>

#include "proto/alias.h"
#include "tests/support/fake_chat_session.h"

namespace chat77::test {

using boost::asio::ip::tcp;
using boost::system::error_code;

FakeChatServer::FakeChatServer(boost::asio::io_context& io)
    : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
  Accept();
}

FakeChatServer::~FakeChatServer() {
  const auto sessions = sessions_;
  for (const auto& session : sessions) session->Close();
}

uint16_t FakeChatServer::port() const {
  return acceptor_.local_endpoint().port();
}

void FakeChatServer::Accept() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (error) return;
    auto session = std::make_shared<Session>(*this, std::move(socket));
    sessions_.insert(session);
    session->Read();
    Accept();
  });
}

void FakeChatServer::StopListening() {
  port_ = port();
  acceptor_.close();
}

void FakeChatServer::ListenAgain() {
  acceptor_ = tcp::acceptor(
      acceptor_.get_executor(),
      tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_));
  Accept();
}

void FakeChatServer::FailNext(pb::Code code, const std::string& sentence) {
  failure_.set_code(code);
  failure_.set_sentence(sentence);
}

void FakeChatServer::Tell(const pb::ServerFrame& event) {
  TellOthers(nullptr, event);
}

void FakeChatServer::CloseAll(bool goodbye, uint32_t retry_after_ms) {
  const auto sessions = sessions_;
  for (const auto& session : sessions) {
    if (goodbye) {
      session->Goodbye(pb::SERVER_STOPPING, "The server is stopping.",
                       retry_after_ms);
    } else {
      session->Close();
    }
  }
}

FakeChatServer::Person* FakeChatServer::Find(const std::string& alias) {
  const auto found =
      std::find_if(online_.begin(), online_.end(), [&](const Person& other) {
        return wire::AliasKey(other.alias) == wire::AliasKey(alias);
      });
  return found == online_.end() ? nullptr : &*found;
}

void FakeChatServer::TellOne(const std::string& alias,
                             const pb::ServerFrame& event) {
  const Person* person = Find(alias);
  if (person != nullptr && person->session != nullptr) {
    person->session->Send(event);
  }
}

void FakeChatServer::TellOthers(const Session* except,
                                const pb::ServerFrame& event) {
  for (const Person& person : std::list<Person>(online_)) {
    if (person.session != nullptr && person.session != except) {
      person.session->Send(event);
    }
  }
}

FakeChatServer::Pair FakeChatServer::Sorted(const std::string& a,
                                            const std::string& b) {
  return a < b ? Pair(a, b) : Pair(b, a);
}

void FakeChatServer::Handle(Session& session, const pb::ClientFrame& request) {
  if (request.has_hello()) {
    forwarded_ = request.hello().forwarded_address();
    return;
  }
  if (silent_) return;
  pb::ServerFrame reply;
  reply.set_reply_to(request.request_id());
  if (failure_.code() != pb::CODE_UNSPECIFIED) {
    reply.mutable_error()->Swap(&failure_);
    failure_.Clear();
    return session.Send(reply);
  }
  if (request.has_register_() || request.has_login() || request.has_resume()) {
    return HandleLogin(session, request, reply);
  }
  const auto answered = answers_.find({session.alias, request.message_id()});
  if (answered != answers_.end()) {
    reply = answered->second;
    reply.set_reply_to(request.request_id());
    return session.Send(reply);
  }
  HandleRequest(session, request, reply);
}

void FakeChatServer::HandleRequest(Session& session,
                                   const pb::ClientFrame& request,
                                   pb::ServerFrame& reply) {
  if (request.has_logout()) {
    reply.mutable_logout();
    session.Send(reply);
    const std::string alias = session.alias;
    if (!session.resumes) EndPrivateChats(alias);
    Depart(alias);
    return session.Goodbye(pb::LOGGED_OUT, "You logged out.");
  }
  if (request.has_say()) return HandleSay(session, request, reply);
  if (request.has_list_online()) {
    for (const Person& other : online_) {
      reply.mutable_list_online()->add_aliases(other.alias);
    }
  } else if (request.has_fetch_history()) {
    FetchHistory(session.alias, request.fetch_history(), reply);
  } else if (request.has_mark_read()) {
    MarkRead(session.alias, request.mark_read());
    reply.mutable_mark_read();
  } else {
    HandlePrivate(session, request, reply);
  }
  Answer(session, request, reply);
}

void FakeChatServer::Answer(Session& session, const pb::ClientFrame& request,
                            const pb::ServerFrame& reply) {
  if (session.resumes && request.message_id() != 0) {
    answers_[{session.alias, request.message_id()}] = reply;
  }
  if (std::exchange(lose_next_, false)) return session.Close();
  session.Send(reply);
}

void FakeChatServer::HandleSay(Session& session, const pb::ClientFrame& request,
                               pb::ServerFrame& reply) {
  said_.push_back(session.alias + ": " + request.say().text());
  pb::ServerFrame event;
  pb::Said& said = *event.mutable_said();
  said.set_room(wire::kLobby);
  said.set_seq(log_.size() + 1);
  said.set_alias(session.alias);
  said.set_text(request.say().text());
  log_.push_back(said);
  reply.mutable_say()->set_room(wire::kLobby);
  reply.mutable_say()->set_seq(said.seq());
  TellOthers(&session, event);
  Answer(session, request, reply);
}

void FakeChatServer::Leave(Session& session) {
  Person* person = Find(std::exchange(session.alias, ""));
  if (person == nullptr || person->session != &session) return;
  person->session = nullptr;
  if (person->resumes) return;
  const std::string alias = person->alias;
  EndPrivateChats(alias);
  Depart(alias);
}

void FakeChatServer::EndGrace() {
  for (const Person& person : std::list<Person>(online_)) {
    if (person.session == nullptr) Depart(person.alias);
  }
}

void FakeChatServer::Depart(const std::string& name) {
  const std::string alias = name;  // it may be the entry's own
  std::erase_if(online_,
                [&](const Person& person) { return person.alias == alias; });
  pb::ServerFrame event;
  event.mutable_left()->set_alias(alias);
  TellOthers(nullptr, event);
}

// Of somebody who cannot resume.
void FakeChatServer::EndPrivateChats(const std::string& alias) {
  const auto involves = [&](const Pair& pair) {
    return pair.first == alias || pair.second == alias;
  };
  for (const auto& [asker, asked] : std::set<Pair>(requests_)) {
    if (asked != alias) continue;
    pb::ServerFrame event;
    event.mutable_request_withdrawn()->set_alias(alias);
    event.mutable_request_withdrawn()->set_was_asking(true);
    TellOne(asker, event);
  }
  std::erase_if(requests_, involves);
  for (const auto& [a, b] : std::set<Pair>(links_)) {
    if (a != alias && b != alias) continue;
    const std::string& other = a == alias ? b : a;
    const pb::Said entry = Append(alias, other, pb::ENDED);
    pb::ServerFrame event;
    pb::PrivateEnded& ended = *event.mutable_private_ended();
    ended.set_alias(alias);
    ended.set_reason(pb::ENDED_BY_DISCONNECT);
    ended.set_room(entry.room());
    ended.set_seq(entry.seq());
    TellOne(other, event);
  }
  std::erase_if(links_, involves);
}

}  // namespace chat77::test

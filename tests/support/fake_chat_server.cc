#include "tests/support/fake_chat_server.h"

#include <algorithm>
#include <array>

#include "absl/time/clock.h"
#include <boost/asio/write.hpp>

#include "proto/alias.h"
#include "proto/frame_encoder.h"

namespace chat77::testing {

using boost::asio::ip::tcp;
using boost::system::error_code;

class FakeChatServer::Session
    : public std::enable_shared_from_this<FakeChatServer::Session> {
 public:
  Session(FakeChatServer& server, tcp::socket socket)
      : server_(server),
        socket_(std::move(socket)),
        connection_(server.options_, absl::Now()) {}

  void Read() {
    socket_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const error_code& error, size_t size) {
          if (!self->socket_.is_open()) return;
          if (error) return self->Close();
          self->connection_.Receive(
              std::string_view(self->buffer_.data(), size), absl::Now(),
              self->out_, [&](const pb::ClientFrame& frame) {
                self->server_.Handle(*self, frame);
              });
          self->Flush();
          if (self->socket_.is_open()) self->Read();
        });
  }

  void Send(const pb::ServerFrame& frame) {
    wire::AppendFrame(frame, out_);
    Flush();
  }

  void LogIn(const std::string& name) {
    alias = name;
    connection_.LoggedIn();
  }

  void Goodbye(pb::Code code, const std::string& sentence) {
    connection_.Close(code, sentence, out_);
    Flush();
  }

  void Close() {
    const auto self = shared_from_this();
    error_code ignored;
    socket_.close(ignored);
    server_.Leave(*this);
    server_.sessions_.erase(self);
  }

  std::string alias;  // empty: not logged in

 private:
  // Blocking: tests send little.
  void Flush() {
    error_code error;
    if (socket_.is_open()) {
      boost::asio::write(socket_, boost::asio::buffer(out_), error);
    }
    out_.clear();
    if (connection_.closed() && socket_.is_open()) {
      socket_.shutdown(tcp::socket::shutdown_send, error);
    }
  }

  FakeChatServer& server_;
  tcp::socket socket_;
  wire::ServerConnection connection_;
  std::string out_;
  std::array<char, 4096> buffer_;
};

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

void FakeChatServer::FailNext(pb::Code code, const std::string& sentence) {
  failure_.set_code(code);
  failure_.set_sentence(sentence);
}

void FakeChatServer::Tell(const pb::ServerFrame& event) {
  TellOthers(nullptr, event);
}

void FakeChatServer::CloseAll(bool goodbye) {
  const auto sessions = sessions_;
  for (const auto& session : sessions) {
    if (goodbye) {
      session->Goodbye(pb::SERVER_STOPPING, "The server is stopping.");
    } else {
      session->Close();
    }
  }
}

FakeChatServer::Session* FakeChatServer::Find(const std::string& alias) {
  const auto found =
      std::find_if(online_.begin(), online_.end(), [&](const Session* other) {
        return wire::AliasKey(other->alias) == wire::AliasKey(alias);
      });
  return found == online_.end() ? nullptr : *found;
}

void FakeChatServer::TellOne(const std::string& alias,
                             const pb::ServerFrame& event) {
  if (Session* session = Find(alias)) session->Send(event);
}

void FakeChatServer::TellOthers(const Session* except,
                                const pb::ServerFrame& event) {
  const auto online = online_;
  for (Session* session : online) {
    if (session != except) session->Send(event);
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
  if (request.has_register_() || request.has_login()) {
    return HandleLogin(session, request, reply);
  }
  if (request.has_logout()) {
    reply.mutable_logout();
    session.Send(reply);
    Leave(session);
    return session.Goodbye(pb::LOGGED_OUT, "You logged out.");
  }
  if (request.has_say()) {
    said_.push_back(session.alias + ": " + request.say().text());
    reply.mutable_say()->set_seq(said_.size());
    session.Send(reply);
    pb::ServerFrame event;
    event.mutable_said()->set_alias(session.alias);
    event.mutable_said()->set_text(request.say().text());
    return TellOthers(&session, event);
  }
  if (request.has_list_online()) {
    for (const Session* other : online_) {
      reply.mutable_list_online()->add_aliases(other->alias);
    }
    return session.Send(reply);
  }
  HandlePrivate(session, request, reply);
}

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
  session.LogIn(account->first);
  online_.push_back(&session);
  reply.mutable_login()->set_alias(session.alias);
  session.Send(reply);
  pb::ServerFrame event;
  event.mutable_joined()->set_alias(session.alias);
  TellOthers(nullptr, event);
}

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
      ListPrivate(call);
      break;
    default:
      call.Require(false, pb::UNIMPLEMENTED);
  }
  if (call.event.body_case() != pb::ServerFrame::BODY_NOT_SET) {
    TellOne(call.other, call.event);
  }
  session.Send(reply);
}

bool FakeChatServer::Resolve(const std::string& alias, PrivateCall& call) {
  const Session* found = Find(alias);
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

void FakeChatServer::ListPrivate(PrivateCall& call) {
  pb::ListPrivateReply& list = *call.reply.mutable_list_private();
  for (const auto& [a, b] : links_) {
    if (a == call.me) list.add_linked(b);
    if (b == call.me) list.add_linked(a);
  }
}

void FakeChatServer::Leave(Session& session) {
  const std::string alias = std::exchange(session.alias, "");
  if (alias.empty()) return;
  std::erase(online_, &session);
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
    pb::ServerFrame event;
    event.mutable_private_ended()->set_alias(alias);
    event.mutable_private_ended()->set_reason(pb::ENDED_BY_DISCONNECT);
    TellOne(a == alias ? b : a, event);
  }
  std::erase_if(links_, involves);
  pb::ServerFrame event;
  event.mutable_left()->set_alias(alias);
  TellOthers(nullptr, event);
}

}  // namespace chat77::testing

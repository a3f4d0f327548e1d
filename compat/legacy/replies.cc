#include "compat/legacy/replies.h"

#include <algorithm>
#include <string>

#include "compat/legacy/text.h"

namespace chat77::compat::legacy {
namespace {

constexpr std::string_view kByCommand = "ended by command";

// A name as the user typed it; what is far too long for one is cut.
std::string_view AsTyped(const Command& command) {
  return CutPrefix(command.alias, 200);
}

// As registered where the server says so.
std::string_view Canonical(const Command& command, const pb::Error& error) {
  return error.alias().empty() ? AsTyped(command) : error.alias();
}

std::string ConnectError(const Command& command, const pb::Error& error) {
  switch (error.code()) {
    case pb::NOT_ONLINE:
      return "Target alias is not online";
    case pb::IS_YOURSELF:
      return "You cannot connect to yourself";
    case pb::ALREADY_LINKED:
      return Cat("You already have a private connection with ",
                 Canonical(command, error));
    case pb::ALREADY_REQUESTED:
      return Cat("You already sent a request to ", Canonical(command, error));
    default:
      return error.sentence();
  }
}

std::string AnswerError(const Command& command, const pb::Error& error) {
  switch (error.code()) {
    case pb::NOT_ONLINE:
      return "Requester is no longer online";
    case pb::NO_PENDING_REQUEST:
      return Cat("No pending request from ", AsTyped(command));
    default:
      return error.sentence();
  }
}

// Of an end or of a private text.
std::string LinkError(const Command& command, const pb::Error& error) {
  switch (error.code()) {
    case pb::NOT_ONLINE:
      return "Target alias is not online";
    case pb::NOT_LINKED:
      return Cat(command.verb == Verb::kEndPrivate
                     ? "You do not have a private connection with "
                     : "No private connection with ",
                 AsTyped(command));
    default:
      return error.sentence();
  }
}

std::string ErrorSentence(const Command& command, const pb::Error& error) {
  switch (command.verb) {
    case Verb::kConnect:
      return ConnectError(command, error);
    case Verb::kAccept:
    case Verb::kReject:
      return AnswerError(command, error);
    case Verb::kEndPrivate:
    case Verb::kPrivateText:
      return LinkError(command, error);
    default:
      return error.sentence();
  }
}

template <class Names>
std::vector<std::string> Copy(const Names& names) {
  return {names.begin(), names.end()};
}

std::vector<Message> Online(const pb::ListOnlineReply& reply) {
  std::vector<Message> messages = {
      Message::List("Online clients", Copy(reply.aliases()))};
  const auto shown = static_cast<uint32_t>(reply.aliases_size());
  if (reply.total() > shown) {
    messages.push_back(Message::Info(
        Cat("That is ", shown, " of ", reply.total(), " clients")));
  }
  return messages;
}

Message Requested(const pb::RequestPrivateReply& reply) {
  if (reply.connected()) return Message::Connected(reply.alias());
  return Message::Info(Cat("Connection request sent to ", reply.alias()));
}

std::vector<Message> PrivateEnded(const std::string& alias) {
  return {Message::Ended(alias, kByCommand),
          Message::Info(Cat("Private connection with ", alias, " ended"))};
}

std::vector<Message> PrivateChats(const pb::ListPrivateReply& reply) {
  std::vector<std::string> names = Copy(reply.linked());
  std::sort(names.begin(), names.end());
  return {Message::List("Private chats", names)};
}

Message Missed(const pb::Missed& missed) {
  if (missed.from_seq() > missed.to_seq()) {
    return Message::Info("Some notices were left out; see online clients");
  }
  const uint64_t count = missed.to_seq() - missed.from_seq() + 1;
  return Message::Info(
      Cat(count, count == 1 ? " message was" : " messages were",
          " left out, because more came than this client can take"));
}

}  // namespace

std::vector<Message> ReplyMessages(const Command& command,
                                   const pb::ServerFrame& reply) {
  switch (reply.body_case()) {
    case pb::ServerFrame::kError:
      return {Message::Info(ErrorSentence(command, reply.error()))};
    case pb::ServerFrame::kListOnline:
      return Online(reply.list_online());
    case pb::ServerFrame::kRequestPrivate:
      return {Requested(reply.request_private())};
    case pb::ServerFrame::kAcceptPrivate:
      return {Message::Connected(reply.accept_private().alias())};
    case pb::ServerFrame::kRejectPrivate:
      return {Message::Info(Cat("Rejected private request from ",
                                reply.reject_private().alias()))};
    case pb::ServerFrame::kEndPrivate:
      return PrivateEnded(reply.end_private().alias());
    case pb::ServerFrame::kListPrivate:
      return PrivateChats(reply.list_private());
    default:
      return {};  // said, said in private: the sender sees nothing
  }
}

std::optional<Message> EventMessage(const pb::ServerFrame& event,
                                    std::string_view own, Dialect dialect) {
  switch (event.body_case()) {
    case pb::ServerFrame::kSaid:
      return Message::Said(event.said().alias(), event.said().text());
    case pb::ServerFrame::kJoined:
      return Message::Joined(event.joined().alias());
    case pb::ServerFrame::kLeft:
      return Message::Left(event.left().alias());
    case pb::ServerFrame::kMissed:
      return Missed(event.missed());
    case pb::ServerFrame::kServerNotice:
      return Message::Info(event.server_notice().text());
    case pb::ServerFrame::kPrivateRequested:
      return Message::RequestFrom(event.private_requested().alias());
    case pb::ServerFrame::kPrivateConnected:
      return Message::Connected(event.private_connected().alias());
    case pb::ServerFrame::kPrivateRejected:
      return Message::Rejected(event.private_rejected().alias());
    case pb::ServerFrame::kPrivateEnded:
      return Message::Ended(
          event.private_ended().alias(),
          event.private_ended().reason() == pb::ENDED_BY_COMMAND
              ? kByCommand
              : "disconnected");
    case pb::ServerFrame::kPrivateSaid: {
      const pb::PrivateSaid& said = event.private_said();
      // The label is the reader in the one dialect, the speaker in the other.
      return Message::PrivateSaid(
          dialect == Dialect::kUnframed ? own : said.alias(), said.alias(),
          said.text());
    }
    case pb::ServerFrame::kRequestWithdrawn:
      if (!event.request_withdrawn().was_asking()) return std::nullopt;
      return Message::Info(Cat(event.request_withdrawn().alias(),
                               " is no longer available for private chat"));
    default:
      return std::nullopt;
  }
}

Message LoginError(const pb::Error& error) {
  switch (error.code()) {
    case pb::ALIAS_TAKEN:
      return Message::Error("Alias already exists");
    case pb::BAD_CREDENTIALS:
      return Message::Error("Invalid alias or password");
    case pb::ALREADY_ONLINE:
      return Message::AlreadyOnline();
    default:
      return Message::Error(error.sentence());
  }
}

}  // namespace chat77::compat::legacy

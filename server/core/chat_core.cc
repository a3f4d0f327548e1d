#include "server/core/chat_core.h"

#include <algorithm>

#include "server/core/reply.h"

namespace chat77::server {

void ChatCore::Handle(const Event& event, absl::Time now, Effects& effects) {
  std::visit([&](const auto& happened) { On(happened, now, effects); }, event);
}

size_t ChatCore::online() const {
  const auto& all = presence_.all();
  return static_cast<size_t>(
      std::count_if(all.begin(), all.end(),
                    [](const auto& entry) { return entry.second->joined; }));
}

void ChatCore::On(const SessionRequested& event, absl::Time now,
                  Effects& effects) {
  const auto session = sessions_.find(event.session);
  if (session == sessions_.end() || session->second.leaving) return;
  const pb::ClientFrame& frame = *event.frame;
  Request context{event.session, frame.request_id(), session->second.user, now,
                  effects};
  if (stage_ != Stage::kServing) {
    Refuse(context.session, context.id, pb::SERVER_STOPPING,
           "The server is stopping; please come back in a moment.", effects);
    return;
  }
  Dispatch(frame, context);
}

void ChatCore::Dispatch(const pb::ClientFrame& frame, Request& context) {
  using Kind = pb::ClientFrame;
  switch (frame.request_case()) {
    case Kind::kRegister:
      return Register(frame.register_(), context);
    case Kind::kLogin:
      return Login(frame.login(), context);
    case Kind::REQUEST_NOT_SET:
      return Refuse(context.session, context.id, pb::UNIMPLEMENTED,
                    "This server does not know that request.", context.effects);
    default:
      break;
  }
  if (context.user == nullptr || !context.user->joined) {
    return Refuse(context.session, context.id, pb::NOT_LOGGED_IN,
                  "Log in first.", context.effects);
  }
  DispatchOnline(frame, context);
}

void ChatCore::DispatchOnline(const pb::ClientFrame& frame, Request& context) {
  using Kind = pb::ClientFrame;
  switch (frame.request_case()) {
    case Kind::kLogout:
      return Logout(context);
    case Kind::kSay:
      return Say(frame.say(), context);
    case Kind::kListOnline:
      return ListOnline(frame.list_online(), context);
    case Kind::kFetchHistory:
      return FetchHistory(frame.fetch_history(), context);
    case Kind::kRequestPrivate:
      return RequestPrivate(frame.request_private(), context);
    case Kind::kAcceptPrivate:
      return AcceptPrivate(frame.accept_private(), context);
    case Kind::kRejectPrivate:
      return RejectPrivate(frame.reject_private(), context);
    case Kind::kEndPrivate:
      return EndPrivate(frame.end_private(), context);
    case Kind::kListPrivate:
      return ListPrivate(context);
    case Kind::kSendPrivate:
      return SendPrivate(frame.send_private(), context);
    case Kind::kHello:
    case Kind::kPing:
    case Kind::kRegister:
    case Kind::kLogin:
    case Kind::REQUEST_NOT_SET:
      break;  // answered before: by the connection, or by Dispatch
  }
}

}  // namespace chat77::server

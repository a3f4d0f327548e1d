#include "client/core/event_of.h"

namespace chat77::client {

std::optional<Event> EventOf(const pb::ServerFrame& frame) {
  switch (frame.body_case()) {
    case pb::ServerFrame::kMissed:
      return frame.missed();
    case pb::ServerFrame::kJoined:
      return frame.joined();
    case pb::ServerFrame::kLeft:
      return frame.left();
    case pb::ServerFrame::kPresenceChanged:
      return frame.presence_changed();
    case pb::ServerFrame::kServerNotice:
      return frame.server_notice();
    case pb::ServerFrame::kPrivateRequested:
      return frame.private_requested();
    case pb::ServerFrame::kPrivateConnected:
      return frame.private_connected();
    case pb::ServerFrame::kPrivateRejected:
      return frame.private_rejected();
    case pb::ServerFrame::kPrivateEnded:
      return frame.private_ended();
    case pb::ServerFrame::kRequestWithdrawn:
      return frame.request_withdrawn();
    default:
      return std::nullopt;
  }
}

}  // namespace chat77::client

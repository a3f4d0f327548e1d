#include "client/terminal/event_json.h"

#include <boost/json.hpp>

#include "client/terminal/sanitize.h"
#include "proto/limits.h"

namespace chat77::client {
namespace {

using Object = boost::json::object;

Object Named(const char* event) { return Object{{"event", event}}; }

template <class Names>
boost::json::array Array(const Names& names) {
  return boost::json::array(names.begin(), names.end());
}

Object About(const char* event, const std::string& alias) {
  return Object{{"event", event}, {"alias", alias}};
}

constexpr char kLobbyName[] = "lobby";

struct ToObject {
  Object operator()(const RoomSaid& e) const {
    return Object{{"event", "said"},
                  {"room", kLobbyName},
                  {"seq", uint64_t{e.said.seq()}},
                  {"time_ms", int64_t{e.said.time_ms()}},
                  {"alias", e.said.alias()},
                  {"text", e.said.text()}};
  }
  Object operator()(const pb::Joined& e) const {
    Object object = About("joined", e.alias());
    object["room"] = kLobbyName;
    object["time_ms"] = int64_t{e.time_ms()};
    return object;
  }
  Object operator()(const pb::Left& e) const {
    Object object = About("left", e.alias());
    object["room"] = kLobbyName;
    object["time_ms"] = int64_t{e.time_ms()};
    object["reason"] = e.reason() == pb::DISCONNECTED ? "disconnected" : "left";
    return object;
  }
  Object operator()(const pb::PresenceChanged& e) const {
    return Object{{"event", "presence_changed"},
                  {"room", kLobbyName},
                  {"joined", Array(e.joined())},
                  {"left", Array(e.left())}};
  }
  Object operator()(const pb::ServerNotice& e) const {
    Object object = Named("notice");
    object["text"] = e.text();
    return object;
  }
  Object operator()(const Gap& e) const {
    Object object = Named("gap");
    if (e.room == wire::kLobby) object["room"] = kLobbyName;
    object["from_seq"] = e.from_seq;
    object["to_seq"] = e.to_seq;
    return object;
  }
  Object operator()(const CaughtUp& e) const {
    return Object{
        {"event", "caught_up"}, {"room", kLobbyName}, {"count", e.count}};
  }
  Object operator()(const pb::PrivateRequested& e) const {
    return About("private_requested", e.alias());
  }
  Object operator()(const pb::PrivateConnected& e) const {
    return About("private_connected", e.alias());
  }
  Object operator()(const pb::PrivateRejected& e) const {
    return About("private_rejected", e.alias());
  }
  Object operator()(const pb::PrivateEnded& e) const {
    Object object = About("private_ended", e.alias());
    object["reason"] =
        e.reason() == pb::ENDED_BY_DISCONNECT ? "disconnected" : "ended";
    return object;
  }
  Object operator()(const PrivateText& e) const {
    Object object = About("private_said", e.alias);
    object["time_ms"] = int64_t{e.said.time_ms()};
    object["text"] = e.said.text();
    if (e.own) object["own"] = true;
    if (e.late) object["late"] = true;
    return object;
  }
  Object operator()(const pb::RequestWithdrawn& e) const {
    Object object = About("request_withdrawn", e.alias());
    object["was_asking"] = e.was_asking();
    object["reason"] = e.reason() == pb::WITHDRAWN_BY_COMMAND ? "withdrawn"
                       : e.reason() == pb::WITHDRAWN_BY_TIME  ? "expired"
                                                              : "left";
    return object;
  }
  Object operator()(const Connecting&) const { return {}; }
  Object operator()(const ServerMet&) const { return {}; }
  Object operator()(const Reachable&) const { return {}; }
  Object operator()(const Registered&) const { return {}; }
  Object operator()(const Online&) const { return {}; }
  Object operator()(const Offline&) const { return {}; }
  Object operator()(const Restarted&) const { return {}; }
  Object operator()(const Replied&) const { return {}; }
  Object operator()(const pb::Missed&) const { return {}; }
};

}  // namespace

std::string EventToJson(const Event& event) {
  const Object object = std::visit(ToObject(), event);
  return object.empty() ? "" : EscapeHidden(boost::json::serialize(object));
}

}  // namespace chat77::client

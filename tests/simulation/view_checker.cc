#include "tests/simulation/view_checker.h"

#include <utility>
#include <variant>

#include "absl/strings/str_join.h"

#include "tests/simulation/sim_client.h"

namespace chat77::simulation {
namespace {

bool IsChange(const pb::ClientFrame& request) {
  return request.has_request_private() || request.has_accept_private() ||
         request.has_reject_private() || request.has_end_private() ||
         request.has_withdraw_request() || request.has_block();
}

std::set<std::string> Set(
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

void ViewChecker::OnClientStarted(const SimClient& client) {
  views_[client.device().name] = {};
  views_[client.device().name].alias = client.alias();
}

void ViewChecker::OnAsked(const SimClient& client,
                          const pb::ClientFrame& request) {
  if (IsChange(request)) ++views_[client.device().name].requests;
}

void ViewChecker::On(View& view, const client::Online& online) {
  view.linked = Set(online.private_state.linked());
  view.asking = Set(online.private_state.asking());
  view.asked = Set(online.private_state.asked());
  view.online = view.sure = true;
  view.old_requests = view.requests;
}

void ViewChecker::OnReplied(const SimClient& client,
                            const pb::ClientFrame& request,
                            const pb::ServerFrame& reply) {
  View& view = views_[client.device().name];
  if (reply.has_list_private()) {
    return Compare(client, view, reply.list_private());
  }
  if (!IsChange(request)) return;
  if (view.requests > 0) --view.requests;
  if (view.old_requests > 0) {
    --view.old_requests;
    view.sure = false;
    return;
  }
  if (reply.has_request_private()) {
    const pb::RequestPrivateReply& answer = reply.request_private();
    if (answer.connected()) view.asking.erase(answer.alias());
    (answer.connected() ? view.linked : view.asked).insert(answer.alias());
  } else if (reply.has_accept_private()) {
    view.asking.erase(reply.accept_private().alias());
    view.linked.insert(reply.accept_private().alias());
  } else if (reply.has_reject_private()) {
    view.asking.erase(reply.reject_private().alias());
  } else if (reply.has_end_private()) {
    view.linked.erase(reply.end_private().alias());
  } else if (reply.has_withdraw_request()) {
    view.asked.erase(reply.withdraw_request().alias());
  } else if (reply.has_block()) {
    view.linked.erase(reply.block().alias());
    view.asking.erase(reply.block().alias());
    view.asked.erase(reply.block().alias());
  }
}

void ViewChecker::OnEvent(const SimClient& client, const client::Event& event) {
  View& view = views_[client.device().name];
  if (const auto* online = std::get_if<client::Online>(&event)) {
    On(view, *online);
  } else if (std::holds_alternative<client::Offline>(event)) {
    view.online = false;
  } else if (const auto* asks = std::get_if<pb::PrivateRequested>(&event)) {
    view.asking.insert(asks->alias());
  } else if (const auto* linked = std::get_if<pb::PrivateConnected>(&event)) {
    view.asking.erase(linked->alias());
    view.asked.erase(linked->alias());
    view.linked.insert(linked->alias());
  } else if (const auto* no = std::get_if<pb::PrivateRejected>(&event)) {
    view.asked.erase(no->alias());
  } else if (const auto* ended = std::get_if<pb::PrivateEnded>(&event)) {
    view.linked.erase(ended->alias());
  } else if (const auto* gone = std::get_if<pb::RequestWithdrawn>(&event)) {
    (gone->was_asking() ? view.asked : view.asking).erase(gone->alias());
  }
}

void ViewChecker::Compare(const SimClient& client, View& view,
                          const pb::ListPrivateReply& list) {
  const Names linked = Set(list.linked()), asking = Set(list.asking()),
              asked = Set(list.asked());
  const bool same =
      view.linked == linked && view.asking == asking && view.asked == asked;
  if (view.sure && view.requests == 0) context_.Count("views_compared");
  if (!same && view.sure && view.requests == 0) {
    context_.Fail("4", client.device().name, " was told of chats with [",
                  absl::StrJoin(view.linked, " "), "], asked by [",
                  absl::StrJoin(view.asking, " "), "], asking [",
                  absl::StrJoin(view.asked, " "), "]; the server has [",
                  absl::StrJoin(linked, " "), "], [",
                  absl::StrJoin(asking, " "), "], [", absl::StrJoin(asked, " "),
                  "].");
  }
  view.linked = linked;
  view.asking = asking;
  view.asked = asked;
  view.sure = true;
}

void ViewChecker::AtRest() {
  std::map<std::string, const View*> online;
  for (const auto& [device, view] : views_) {
    if (view.online && view.sure) online[view.alias] = &view;
  }
  for (const auto& [alias, view] : online) {
    for (const std::string& other : view->linked) {
      const auto peer = online.find(other);
      if (peer == online.end() || peer->second->linked.contains(alias)) {
        continue;
      }
      context_.Fail("4", alias, " chats with ", other, ", but not ", other,
                    " with ", alias, ".");
    }
  }
}

}  // namespace chat77::simulation

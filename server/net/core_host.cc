#include "server/net/core_host.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/moment_now.h"

namespace chat77::server {

CoreHost::CoreHost(CoreOptions options, EffectRunner& runner,
                   boost::asio::io_context& io)
    : core_(options), runner_(runner), io_(io) {
  runner.OnElapsed([this](Token token) { Happened(Elapsed{token}); });
}

void CoreHost::Request(SessionId session, const pb::ClientFrame& frame) {
  Handle(SessionRequested{session, &frame});
}

void CoreHost::Happened(Event event) {
  if (std::holds_alternative<Committed>(event)) runner_.Answered();
  // Closing a session is an effect and has an event: it waits its turn.
  if (busy_) {
    queue_.push_back(std::move(event));
  } else {
    Handle(event);
  }
}

void CoreHost::Handle(const Event& event) {
  busy_ = true;
  core_.Handle(event, MomentNow(), effects_);
  runner_.Run(effects_);
  while (!queue_.empty()) {
    const Event next = std::move(queue_.front());
    queue_.pop_front();
    core_.Handle(next, MomentNow(), effects_);
    runner_.Run(effects_);
  }
  busy_ = false;
}

void CoreHost::Post(std::vector<Event> events) {
  boost::asio::post(io_, [this, events = std::move(events)]() mutable {
    for (Event& event : events) Happened(std::move(event));
  });
}

void RemoteCore::Request(SessionId session, const pb::ClientFrame& frame) {
  Add(OwnedRequest{session, std::make_unique<pb::ClientFrame>(frame)});
}

void RemoteCore::Happened(Event event) { Add(std::move(event)); }

void RemoteCore::Add(Item item) {
  bool first;
  {
    const std::lock_guard lock(mutex_);
    first = items_.empty();
    items_.push_back(std::move(item));
  }
  if (first) {
    boost::asio::post(core_io_, [this] { Drain(); });
  }
}

void RemoteCore::Drain() {
  std::vector<Item> items;
  {
    const std::lock_guard lock(mutex_);
    items.swap(items_);
  }
  for (Item& item : items) {
    if (auto* request = std::get_if<OwnedRequest>(&item)) {
      host_.Request(request->session, *request->frame);
    } else {
      host_.Happened(std::move(std::get<Event>(item)));
    }
  }
}

}  // namespace chat77::server

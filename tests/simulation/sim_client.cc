#include "tests/simulation/sim_client.h"

#include <algorithm>
#include <utility>

#include "proto/frame_encoder.h"

namespace chat77::simulation {

SimClient::SimClient(Context& context, Network& network, Watch& watch,
                     Device device)
    : context_(context),
      network_(network),
      watch_(watch),
      device_(std::move(device)) {
  wire_.software = device_.name;  // by which the watch knows a connection
  if (device_.resumes) wire_.features = pb::FEATURE_RESUME;
  client::CoreOptions options;
  options.server = "simulated";
  core_ = std::make_unique<client::ClientCore>(options);
}

client::Moment SimClient::Moment() {
  return {context_.now(), context_.random.Unit(), context_.now()};
}

void SimClient::Start(bool make_account, bool take_over) {
  if (!offline()) return;
  watch_.OnClientStarted(*this);
  core_->Start(client::Credentials{device_.alias, "secret of " + device_.alias,
                                   make_account, take_over},
               Moment());
  Pump();
}

void SimClient::Logout() {
  core_->Logout(Moment());
  Pump();
}

void SimClient::Ask(pb::ClientFrame request) {
  watch_.OnAsked(*this, request);
  const uint64_t id = core_->Send(request, Moment());
  requests_.emplace(id, std::move(request));
  Pump();
}

void SimClient::Freeze(absl::Duration duration) {
  if (std::exchange(frozen_, true)) return;
  if (socket_) socket_->Freeze(true);
  context_.queue.After(duration, life_.Bound([this, freeze = ++freezes_] {
    if (freeze == freezes_) Thaw();
  }));
}

void SimClient::Thaw() {
  if (!std::exchange(frozen_, false)) return;
  if (socket_) socket_->Freeze(false);
  OnTimer();
}

void SimClient::Pump() {
  if (std::exchange(pumping_, true)) return;
  for (;;) {
    if (auto order = core_->PollOrder()) {
      CarryOut(*std::move(order));
    } else if (auto event = core_->PollEvent()) {
      Tell(*event);
    } else {
      break;
    }
  }
  pumping_ = false;
  Flush();
  ArmTimer();
}

void SimClient::CarryOut(client::Order order) {
  if (std::holds_alternative<client::Connect>(order)) {
    Connect();
  } else if (std::holds_alternative<client::Disconnect>(order)) {
    Drop();
  } else if (socket_) {
    watch_.OnTransmit(*this, std::get<pb::ClientFrame>(order));
    wire::AppendFrame(std::get<pb::ClientFrame>(order), out_);
  }
}

void SimClient::Tell(const client::Event& event) {
  if (const auto* replied = std::get_if<client::Replied>(&event)) {
    const auto found = requests_.extract(replied->id);
    if (found.empty()) {
      return context_.Fail("3", device_.name, " got a second reply to request ",
                           replied->id, ".");
    }
    watch_.OnReplied(*this, found.mapped(), replied->frame);
    return;
  }
  watch_.OnEvent(*this, event);
}

// ---- the connection -------------------------------------------------------

void SimClient::Drop() {
  ++turn_;
  Flush();
  out_.clear();
  connection_.reset();
  dropped_ = std::move(socket_);
  context_.queue.After(absl::ZeroDuration(),
                       life_.Bound([this] { dropped_.reset(); }));
}

void SimClient::Connect() {
  Drop();
  network_.Connect(device_.name,
                   [this, turn = turn_](std::unique_ptr<Socket> socket) {
                     if (turn != turn_) return;
                     if (socket) return Connected(std::move(socket));
                     core_->OnConnectFailed("Nobody listens there.", Moment());
                     Pump();
                   });
}

void SimClient::Connected(std::unique_ptr<Socket> socket) {
  socket_ = std::move(socket);
  if (frozen_) socket_->Freeze(true);
  connection_.emplace(wire_, context_.now());
  core_->OnConnected(Moment());
  connection_->Start(out_);
  socket_->Handle({
      [this, turn = turn_](std::string_view bytes) {
        if (turn == turn_) OnBytes(bytes);
      },
      [this, turn = turn_] {
        if (turn == turn_) Flush();
      },
      [this, turn = turn_](bool) {
        if (turn != turn_) return;
        Closed(connection_->close_code(),
               "The connection to the server was lost.");
      },
  });
  Pump();
}

void SimClient::OnBytes(std::string_view bytes) {
  const uint64_t turn = turn_;
  connection_->Receive(bytes, context_.now(), out_,
                       [this, turn](const pb::ServerFrame& frame) {
                         if (turn != turn_) return;
                         watch_.OnFrame(*this, frame);
                         core_->OnFrame(frame, Moment());
                       });
  if (connection_->closed()) {
    const pb::Code code = connection_->close_code();
    if (code == pb::BAD_FRAME || code == pb::FRAME_TOO_LONG) {
      context_.Fail("2", device_.name, " was sent what is no frame, or was ",
                    "said to have sent such.");
    }
    return Closed(code, "The server said goodbye.");
  }
  Pump();
}

void SimClient::Closed(pb::Code code, const std::string& why) {
  Drop();
  core_->OnClosed(code, why, Moment());
  Pump();
}

void SimClient::Flush() {
  if (!socket_ || out_.empty()) return;
  out_.erase(0, socket_->Write(out_));
}

// ---- time -----------------------------------------------------------------

absl::Time SimClient::NextDeadline() const {
  const absl::Time due = core_->NextDeadline();
  return connection_ ? std::min(due, connection_->NextDeadline()) : due;
}

void SimClient::ArmTimer() {
  const absl::Time due = NextDeadline();
  if (due >= armed_) return;
  armed_ = due;
  context_.queue.At(due, life_.Bound([this, due] {
    if (due != armed_) return;  // an earlier one was armed since
    armed_ = absl::InfiniteFuture();
    OnTimer();
  }));
}

void SimClient::OnTimer() {
  if (frozen_) return;
  const absl::Time now = context_.now();
  if (connection_ && now >= connection_->NextDeadline()) {
    connection_->OnDeadline(now, out_);
    if (connection_->closed()) {
      return Closed(connection_->close_code(),
                    "The server has not answered for too long.");
    }
  }
  if (now >= core_->NextDeadline()) core_->OnDeadline(Moment());
  Pump();
}

}  // namespace chat77::simulation

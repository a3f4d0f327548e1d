#include "tests/crash/talker.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "proto/limits.h"

namespace chat77::crash {
namespace {

constexpr double kEndAfterText = 0.03;  // how often a private chat ends
constexpr double kReject = 0.1;

client::ClientOptions OptionsFor(uint16_t port) {
  client::ClientOptions options;
  options.port = port;
  options.software = "chat77 crash";
  options.core.delays = {.quick_least = absl::Milliseconds(5),
                         .quick_most = absl::Milliseconds(30),
                         .first = absl::Milliseconds(20),
                         .longest = absl::Milliseconds(150)};
  return options;
}

}  // namespace

Talker::Talker(boost::asio::io_context& io, Scene& scene, Who who)
    : scene_(scene),
      who_(std::move(who)),
      random_(who_.seed),
      timer_(io),
      client_(std::make_unique<client::Client>(
          io, OptionsFor(who_.port),
          [this](const client::Event& event) { OnEvent(event); })) {}

void Talker::Start() {
  client_->Start(client::Credentials{
      .alias = who_.alias, .password = "secret", .make_account = true});
  Tick();
}

void Talker::Fault(const std::string& what) {
  scene_.ledger.Fault(absl::StrCat(who_.alias, " ", what));
}

bool Talker::Chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

bool Talker::settled() const {
  return online() && client_->unanswered() == 0 && !changing_ && !wanted_ &&
         seq_ >= scene_.ledger.last_seq();
}

std::string Talker::Describe() const {
  return absl::StrCat(
      who_.alias, ": state ", static_cast<int>(client_->state()), ", ",
      client_->unanswered(), " unanswered, heard ", seq_, " of ",
      scene_.ledger.last_seq(), wanted_ ? ", is asked" : "",
      changing_ ? ", changes" : "");
}

// ---- what it does -----------------------------------------------------------

void Talker::Tick() {
  if (scene_.talking && was_online_) {
    if (saying_ < kSaysAtOnce) Say();
    if (linked_ && sending_ < kPrivateAtOnce) SendPrivate();
  }
  if (was_online_) StepPrivate();
  timer_.expires_after(std::chrono::microseconds(500 + random_() % 8000));
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) Tick();
  });
}

void Talker::Say() {
  ++saying_;
  const std::string text = Ledger::Text(who_.alias, ++said_);
  client_->Send(client::SayRequest(text), [this, text](const auto& reply) {
    --saying_;
    reply.has_say() ? scene_.ledger.Acknowledged(text, reply.say().seq())
                    : scene_.ledger.Refused(text);
  });
}

void Talker::SendPrivate() {
  ++sending_;
  const std::string text = Ledger::Text(who_.alias, ++sent_);
  scene_.ledger.PrivateAsked(who_.alias, text);
  client_->Send(client::SendPrivateRequest(who_.partner, text),
                [this, text](const auto& reply) {
                  --sending_;
                  if (!reply.has_send_private()) return;
                  scene_.ledger.PrivateAcknowledged(who_.alias, text);
                });
  if (Chance(kEndAfterText) && !changing_) {
    Change(client::EndPrivateRequest(who_.partner), false);
  }
}

// One at a time. `links`: what it makes of the link if it is done.
void Talker::Change(pb::ClientFrame request, bool links) {
  changing_ = true;
  const bool asks = request.has_request_private();
  client_->Send(std::move(request), [this, links, asks](const auto& reply) {
    changing_ = false;
    if (reply.has_error()) return;
    if (asks && !reply.request_private().connected()) {
      asked_ = true;
    } else {
      SetLinked(links);
    }
  });
}

void Talker::StepPrivate() {
  if (changing_) return;
  if (wanted_) {
    wanted_ = false;
    Chance(kReject) ? Change(client::RejectPrivateRequest(who_.partner), false)
                    : Change(client::AcceptPrivateRequest(who_.partner), true);
  } else if (who_.asks && scene_.talking && !linked_ && !asked_ &&
             Chance(0.1)) {
    Change(client::RequestPrivateRequest(who_.partner), true);
  }
}

void Talker::SetLinked(bool linked) {
  if (linked && !linked_) ++scene_.links;
  linked_ = linked;
  asked_ = false;
}

void Talker::AskPrivateState(
    std::function<void(const pb::ListPrivateReply&)> done) {
  client_->Send(client::ListPrivateRequest(),
                [done = std::move(done)](const pb::ServerFrame& reply) {
                  done(reply.list_private());
                });
}

// ---- what it sees -----------------------------------------------------------

void Talker::OnEvent(const client::Event& event) {
  if (const auto* said = std::get_if<client::RoomSaid>(&event)) {
    OnSaid(*said);
  } else if (const auto* online = std::get_if<client::Online>(&event)) {
    OnOnline(*online);
  } else if (const auto* off = std::get_if<client::Offline>(&event)) {
    if (scene_.complete && !off->retry_in) {
      Fault(absl::StrCat("is offline for good: ", off->why));
    }
  } else if (const auto* gap = std::get_if<client::Gap>(&event)) {
    OnGap(*gap);
  } else if (std::holds_alternative<client::Restarted>(event)) {
    Fault("was told that the room began anew");
  } else if (const auto* joined = std::get_if<pb::Joined>(&event)) {
    OnPresence("came", joined->alias());
  } else if (const auto* left = std::get_if<pb::Left>(&event)) {
    OnPresence("left", left->alias());
  } else if (std::holds_alternative<pb::PrivateRequested>(event)) {
    wanted_ = true;
  } else if (std::holds_alternative<pb::PrivateConnected>(event)) {
    SetLinked(true);
  } else if (std::holds_alternative<pb::PrivateRejected>(event)) {
    SetLinked(false);
  } else if (const auto* ended = std::get_if<pb::PrivateEnded>(&event)) {
    if (scene_.complete && ended->reason() != pb::ENDED_BY_COMMAND) {
      Fault("was told that its partner is gone");
    }
    SetLinked(false);
  } else if (std::holds_alternative<pb::RequestWithdrawn>(event)) {
    if (scene_.complete) Fault("was told that a request is void");
  } else if (const auto* text = std::get_if<client::PrivateText>(&event)) {
    if (text->own) Fault("heard its own private text");
    scene_.ledger.PrivateHeard(who_.alias, text->alias, text->said.text());
  }
}

void Talker::OnOnline(const client::Online& online) {
  if (!std::exchange(was_online_, true)) {
    seq_ = online.rooms.at(0).seq();
  } else {
    ++scene_.resumes;
    if (!online.resumed) Fault("came back to another stay");
    if (online.rooms.at(0).seq() < seq_) {
      Fault(absl::StrCat("heard ", seq_, ", the server is at ",
                         online.rooms.at(0).seq()));
    }
    linked_ = online.private_state.linked_size() > 0;
    asked_ = online.private_state.asked_size() > 0;
    if (online.private_state.asking_size() > 0) wanted_ = true;
  }
}

void Talker::OnSaid(const client::RoomSaid& heard) {
  const pb::Said& said = heard.said;
  if (said.seq() != seq_ + 1) {
    Fault(absl::StrCat("heard ", said.seq(), " after ", seq_));
  }
  if (heard.own != (said.alias() == who_.alias)) Fault("took another's text");
  seq_ = said.seq();
  scene_.ledger.Heard(who_.alias, said.seq(), said.alias(), said.text());
}

void Talker::OnGap(const client::Gap& gap) {
  if (gap.room != wire::kLobby) return Fault("was told of a gap in private");
  ++scene_.gaps;
  if (gap.from_seq != seq_ + 1) Fault("was told of a gap elsewhere");
  seq_ = gap.to_seq;
}

void Talker::OnPresence(const char* what, const std::string& alias) {
  if (!scene_.complete || absl::StartsWith(alias, "auditor")) return;
  Fault(absl::StrCat("was told that ", alias, " ", what));
}

}  // namespace chat77::crash

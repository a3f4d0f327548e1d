#include "tests/bench/load/swarm.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"

#include "tests/bench/load/clock.h"

namespace chat77::bench {
namespace {

constexpr size_t kReadBytes = 1 << 20;
// Above it one address of this machine may run out of ports.
constexpr uint32_t kPerSource = 20'000;
constexpr uint32_t kSources = 8;
constexpr int kStalledReceiveBytes = 4096;
// Silence after which nothing more of the logins is to come. A server sends
// its batches about a second apart.
constexpr int kQuietMs = 200;
constexpr int kQuietBatchedMs = 1500;

}  // namespace

Swarm::Swarm(const Options& options, Address address)
    : options_(options),
      address_(std::move(address)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes) {}

Swarm::~Swarm() {
  for (const auto& client : clients_) {
    if (client->fd >= 0) close(client->fd);
  }
  close(epoll_);
}

// ---- getting in ------------------------------------------------------------

absl::Status Swarm::LogIn(uint32_t count) {
  if (absl::Status status = BringIn(count); !status.ok()) return status;
  const bool batched = options_.presence == chat77_wire::kBatched;
  return Drain(batched ? kQuietBatchedMs : kQuietMs, options_.timeout);
}

absl::Status Swarm::RegisterAll(uint32_t count) { return BringIn(count); }

absl::Status Swarm::BringIn(uint32_t count) {
  const uint64_t end =
      Now() + static_cast<uint64_t>(options_.timeout * kSecond);
  while (arrived_ < count) {
    if (Now() > end) {
      return absl::DeadlineExceededError(absl::StrCat(
          "After ", options_.timeout, " seconds ", arrived_, " of ", count,
          " clients were in; give a longer --timeout or fewer clients."));
    }
    const auto may_open = [&] {
      return clients_.size() < count &&
             clients_.size() - arrived_ < options_.login_par;
    };
    while (may_open()) {
      if (absl::Status status = OpenOne(); !status.ok()) return status;
    }
    if (absl::Status status = Pump(may_open() ? 0 : 20); !status.ok()) {
      return status;
    }
    if (absl::Status status = RepeatPaused(); !status.ok()) return status;
  }
  all_in_at_ = Now();
  return absl::OkStatus();
}

absl::Status Swarm::OpenOne() {
  const auto id = static_cast<uint32_t>(clients_.size());
  ConnectOptions how;
  if (options_.connections() > kPerSource && address_.is_loopback_v4()) {
    how.source = 1 + id % kSources;
  }
  if (id < options_.stalled) how.receive_bytes = kStalledReceiveBytes;
  const absl::StatusOr<int> fd = Connect(address_, how);
  if (!fd.ok()) return fd.status();
  Client& client = *clients_.emplace_back(std::make_unique<Client>());
  client.fd = *fd;
  client.id = id;
  if (options_.tls) client.secure = std::make_unique<Secure>(client.fd);
  Watch(client, EPOLL_CTL_ADD);
  if (options_.raw) {
    Arrived(client, Stage::kIn);
    return absl::OkStatus();
  }
  if (options_.scenario == Scenario::kRegister) {
    client.step = chat77_wire::kMakeAccount;
  }
  chat77_wire::put_hello(client.out, "chat77 load", options_.presence);
  chat77_wire::put_step(client.out, id, client.step);
  return Flush(client);
}

absl::Status Swarm::RepeatPaused() {
  while (!paused_.empty() && paused_.begin()->first <= Now()) {
    Client& client = *paused_.begin()->second;
    paused_.erase(paused_.begin());
    client.stage = Stage::kLoggingIn;
    chat77_wire::put_step(client.out, client.id, client.step);
    if (absl::Status status = Flush(client); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Swarm::Arrived(Client& client, Stage stage) {
  client.stage = stage;
  ++arrived_;
  if (stage == Stage::kIn && client.id < options_.stalled) {
    client.stage = Stage::kStalled;
    Watch(client, EPOLL_CTL_DEL);
  } else if (stage == Stage::kDone) {
    close(std::exchange(client.fd, -1));
  }
}

void Swarm::OnLoginFrame(Client& client, uint32_t field,
                         std::string_view body) {
  if (field == chat77_wire::kLogin) return Arrived(client, Stage::kIn);
  uint64_t code = 0, pause_ms = 0;
  std::string_view none;
  if (field == chat77_wire::kError) {
    chat77_wire::find(body, 1, code, none);
    chat77_wire::find(body, 3, pause_ms, none);
  }
  const int next = chat77_wire::next_step(client.step, field, code);
  if (next == chat77_wire::kMustLogIn &&
      options_.scenario == Scenario::kRegister) {
    return Arrived(client, Stage::kDone);
  }
  if (next < 0) {
    if (field == chat77_wire::kError) return Fail(client, field, body);
    return chat77_wire::aside(client.out, field, body);
  }
  if (next == client.step) {  // busy
    client.stage = Stage::kPausing;
    const uint64_t pause = (pause_ms == 0 ? 100 : pause_ms) * 1'000'000;
    paused_.emplace(Now() + pause, &client);
    return;
  }
  client.step = next;
  chat77_wire::put_step(client.out, client.id, next);
}

// ---- what comes
// --------------------------------------------------------------

absl::Status Swarm::Pump(int milliseconds) {
  std::array<epoll_event, 512> events;
  progress_ = false;
  const int ready =
      epoll_wait(epoll_, events.data(), events.size(), milliseconds);
  for (int i = 0; i < ready && failure_.ok(); ++i) {
    Client& client = *static_cast<Client*>(events[i].data.ptr);
    absl::Status status;
    if (events[i].events & EPOLLOUT) status = Flush(client);
    if (status.ok() && (events[i].events & ~EPOLLOUT)) status = Read(client);
    if (!status.ok()) failure_ = status;
  }
  return failure_;
}

absl::Status Swarm::Drain(int quiet_milliseconds, double most_seconds) {
  const uint64_t end = Now() + static_cast<uint64_t>(most_seconds * kSecond);
  do {
    if (absl::Status status = Pump(quiet_milliseconds); !status.ok()) {
      return status;
    }
  } while (progress_ && Now() < end);
  return absl::OkStatus();
}

absl::Status Swarm::Read(Client& client) {
  const size_t kept = client.in.size();
  std::memcpy(buffer_.data(), client.in.data(), kept);
  char* const room = buffer_.data() + kept;
  const size_t most = buffer_.size() - kept;
  const ssize_t size = client.secure != nullptr
                           ? client.secure->Receive(room, most)
                           : recv(client.fd, room, most, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    // A handshake may be done now, and what waits for it can go.
    return client.secure != nullptr ? Flush(client) : absl::OkStatus();
  }
  if (size <= 0) {
    return absl::UnavailableError(
        absl::StrCat("The server closed the connection of ",
                     user_name(client.id), "; its log may say why."));
  }
  progress_ = true;
  ++counts_.reads;
  counts_.bytes += static_cast<uint64_t>(size);
  read_at_ = Now();
  messages_ = 0;
  const std::string_view bytes(buffer_.data(),
                               kept + static_cast<size_t>(size));
  const size_t used = TakeFrames(client, bytes);
  if (kept > 0 || used < bytes.size()) client.in.assign(bytes.substr(used));
  counts_.delivered += messages_;
  if (messages_ > 0 && on_delivered_) on_delivered_(client, messages_);
  if (!failure_.ok() || client.out.empty()) return failure_;
  return Flush(client);
}

size_t Swarm::TakeFrames(Client& client, std::string_view bytes) {
  size_t at = 0, head = 0, size = 0;
  while (at < bytes.size() &&
         chat77_wire::frame(bytes.data() + at, bytes.size() - at, head, size) &&
         bytes.size() - at >= head + size) {
    OnFrame(client, bytes.substr(at + head, size));
    at += head + size;
  }
  return at;
}

void Swarm::OnFrame(Client& client, std::string_view frame) {
  std::string_view body;
  const uint32_t field = chat77_wire::body_of(frame.data(), frame.size(), body);
  const char* payload = nullptr;
  switch (field) {
    case chat77_wire::kSaid:
      payload = chat77_wire::payload_of(body, 5);
      break;
    case chat77_wire::kPrivateSaid:
      payload = chat77_wire::payload_of(body, 2);
      break;
    case chat77_wire::kJoined:
    case chat77_wire::kLeft:
      ++counts_.notices;
      ++counts_.names;
      break;
    case chat77_wire::kPresenceChanged:
      return OnPresence(body);
    case chat77_wire::kMissed:
      ++counts_.missed;
      break;
    case chat77_wire::kGoodbye:
      return Fail(client, field, body);
    default:
      if (client.stage == Stage::kLoggingIn) {
        return OnLoginFrame(client, field, body);
      }
      if (field == chat77_wire::kError) return Fail(client, field, body);
      return chat77_wire::aside(client.out, field, body);
  }
  if (payload == nullptr) return;
  const uint64_t sent = StampOf(payload);
  ++messages_;
  latency_.Add(read_at_ > sent ? read_at_ - sent : 0);
}

void Swarm::OnPresence(std::string_view body) {
  ++counts_.batches;
  chat77_wire::Reader reader{body.data(), body.data() + body.size()};
  uint32_t field;
  uint64_t value;
  std::string_view bytes;
  while (reader.next(field, value, bytes)) {
    if (field == 2 || field == 3) ++counts_.names;
  }
}

void Swarm::Fail(const Client& client, uint32_t field, std::string_view body) {
  uint64_t code = 0, size = 0;
  std::string_view sentence;
  chat77_wire::find(body, 1, code, sentence);
  chat77_wire::find(body, 2, size, sentence);
  failure_ = absl::FailedPreconditionError(absl::StrCat(
      "The server ", field == chat77_wire::kGoodbye ? "dismissed " : "refused ",
      user_name(client.id), " with code ", code, ": ", std::string(sentence)));
}

// ---- what goes
// ---------------------------------------------------------------

absl::Status Swarm::Flush(Client& client) {
  size_t sent = 0;
  while (sent < client.out.size()) {
    const std::string_view rest(client.out.data() + sent,
                                client.out.size() - sent);
    const ssize_t size = client.secure != nullptr
                             ? client.secure->Send(rest)
                             : send(client.fd, rest.data(), rest.size(),
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0 && errno != EINTR) {
      return absl::UnavailableError(
          absl::StrCat("Sending as ", user_name(client.id),
                       " failed: ", std::strerror(errno), "."));
    }
    if (size > 0) sent += static_cast<size_t>(size);
  }
  client.out.erase(0, sent);
  const bool rest = !client.out.empty();
  if (client.fd >= 0 && rest != client.writing) {
    client.writing = rest;
    Watch(client, EPOLL_CTL_MOD);
  }
  return absl::OkStatus();
}

void Swarm::Watch(Client& client, int operation) {
  epoll_event event{};
  event.events = EPOLLIN | (client.writing ? EPOLLOUT : 0u);
  event.data.ptr = &client;
  epoll_ctl(epoll_, operation, client.fd, &event);
}

}  // namespace chat77::bench

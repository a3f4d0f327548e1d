#include "tests/simulation/network.h"

#include <algorithm>
#include <utility>

namespace chat77::simulation {
namespace {

// What one direction holds between the two programs: the sockets' buffers.
constexpr size_t kCapacities[] = {2 * 1024, 16 * 1024, 64 * 1024};

}  // namespace

// One direction.
struct Pipe {
  std::string bytes;
  size_t capacity = 0;
  size_t swallowed = 0;    // written into nowhere
  bool fin = false;        // nothing is written behind `bytes`
  bool reset = false;      // and its end is a reset
  bool nowhere = false;    // what is written now is lost
  bool silent = false;     // nothing arrives any more, not even an end
  bool scheduled = false;  // Deliver is in the queue
  bool blocked = false;    // the writer waits for room
};

struct Link {
  struct End {
    SocketHandlers handlers;
    bool attached = true;  // its Socket exists
    bool ended = false;    // and was told of the end
    bool frozen = false;
  };
  std::string name;
  std::array<Pipe, 2> pipes;  // by the side that writes
  std::array<End, 2> ends;
  bool cut = false;
};

Socket::~Socket() {
  Link::End& end = link_->ends[static_cast<size_t>(side_)];
  end.attached = false;
  end.handlers = {};
  FinishWriting();
  // What the other end writes now finds nobody.
  Pipe& incoming = link_->pipes[static_cast<size_t>(1 - side_)];
  incoming.bytes.clear();
  incoming.nowhere = true;
}

void Socket::Handle(SocketHandlers handlers) {
  link_->ends[static_cast<size_t>(side_)].handlers = std::move(handlers);
  network_.Pump(link_, 1 - side_);
}

size_t Socket::Write(std::string_view bytes) {
  Pipe& pipe = link_->pipes[static_cast<size_t>(side_)];
  const size_t held = pipe.bytes.size() + pipe.swallowed;
  const size_t taken = std::min(bytes.size(), pipe.capacity - held);
  if (taken < bytes.size()) pipe.blocked = true;
  if (pipe.nowhere || pipe.fin) {
    pipe.swallowed += taken;
    return taken;
  }
  pipe.bytes.append(bytes.substr(0, taken));
  network_.Pump(link_, side_);
  return taken;
}

size_t Socket::unsent() const {
  const Pipe& pipe = link_->pipes[static_cast<size_t>(side_)];
  return pipe.bytes.size() + pipe.swallowed;
}

void Socket::FinishWriting() {
  Pipe& pipe = link_->pipes[static_cast<size_t>(side_)];
  pipe.fin = true;
  network_.Pump(link_, side_);
}

void Socket::Freeze(bool frozen) {
  link_->ends[static_cast<size_t>(side_)].frozen = frozen;
  if (!frozen) network_.Pump(link_, 1 - side_);
}

void Socket::Reset() {
  Pipe& pipe = link_->pipes[static_cast<size_t>(side_)];
  if (!pipe.bytes.empty()) {
    pipe.bytes.resize(network_.context_.random.Below(pipe.bytes.size() + 1));
  }
  pipe.reset = true;
}

absl::Duration Network::Delay() {
  Random& random = context_.random;
  if (random.Chance(weather_.spike)) {
    return random.Between(absl::ZeroDuration(), absl::Seconds(5));
  }
  return random.Between(weather_.least_delay, weather_.most_delay);
}

void Network::Connect(const std::string& who, Connected done) {
  Random& random = context_.random;
  const bool fails = random.Chance(weather_.connect_fails);
  if (fails && random.Chance(0.5)) return;  // not even an answer
  context_.queue.After(Delay(), [this, who, fails, done = std::move(done)] {
    if (fails || !accept_) {
      context_.queue.After(Delay(), [done] { done(nullptr); });
      return;
    }
    auto link = std::make_shared<Link>();
    link->name = absl::StrCat(who, "~", ++last_link_);
    for (Pipe& pipe : link->pipes) {
      pipe.capacity =
          kCapacities[context_.random.Below(std::size(kCapacities))];
    }
    std::erase_if(links_, [](const auto& old) { return old.expired(); });
    links_.push_back(link);
    accept_(std::make_unique<Socket>(*this, link, 1));
    auto near = std::make_shared<std::unique_ptr<Socket>>(
        std::make_unique<Socket>(*this, link, 0));
    context_.queue.After(Delay(), [done, near] { done(std::move(*near)); });
  });
}

void Network::Pump(const std::shared_ptr<Link>& link, int from) {
  Pipe& pipe = link->pipes[static_cast<size_t>(from)];
  if (pipe.scheduled || pipe.silent) return;
  if (pipe.bytes.empty() && !pipe.fin) return;
  pipe.scheduled = true;
  context_.queue.After(Delay(), [this, link, from] { Deliver(link, from); });
}

void Network::Deliver(const std::shared_ptr<Link>& link, int from) {
  Pipe& pipe = link->pipes[static_cast<size_t>(from)];
  Link::End& reader = link->ends[static_cast<size_t>(1 - from)];
  pipe.scheduled = false;
  if (pipe.silent || reader.ended || !reader.attached || reader.frozen ||
      !reader.handlers.on_bytes) {
    return;
  }
  if (pipe.bytes.empty()) {
    if (pipe.fin) End(link, 1 - from, pipe.reset);
    return;
  }
  size_t size = pipe.bytes.size();
  if (context_.random.Chance(weather_.split)) {
    size = context_.random.Between(1, size);
  }
  const std::string piece = pipe.bytes.substr(0, size);
  pipe.bytes.erase(0, size);
  if (std::exchange(pipe.blocked, false)) {
    context_.queue.After(absl::ZeroDuration(),
                         [this, link, from] { Wake(link, from); });
  }
  Pump(link, from);
  // A copy: the handler may close the socket that holds it.
  const auto on_bytes = reader.handlers.on_bytes;
  on_bytes(piece);
}

void Network::Wake(const std::shared_ptr<Link>& link, int side) {
  const Link::End& end = link->ends[static_cast<size_t>(side)];
  if (end.ended || !end.handlers.on_writable) return;
  const auto on_writable = end.handlers.on_writable;
  on_writable();
}

void Network::End(const std::shared_ptr<Link>& link, int side, bool reset) {
  Link::End& end = link->ends[static_cast<size_t>(side)];
  if (std::exchange(end.ended, true)) return;
  if (!end.handlers.on_end) return;
  const auto on_end = end.handlers.on_end;
  on_end(reset);
}

void Network::Cut(const std::shared_ptr<Link>& link, bool tell0, bool tell1) {
  Random& random = context_.random;
  link->cut = true;
  const std::array<bool, 2> tell = {tell0, tell1};
  for (size_t from = 0; from < 2; ++from) {
    Pipe& pipe = link->pipes[from];
    if (!pipe.bytes.empty()) {
      pipe.bytes.resize(random.Below(pipe.bytes.size() + 1));
    }
    pipe.nowhere = true;
    if (tell[1 - from]) {
      pipe.fin = true;
      pipe.reset = random.Chance(0.5);
      Pump(link, static_cast<int>(from));
    } else {
      pipe.silent = true;
      pipe.swallowed += std::exchange(pipe.bytes, {}).size();
    }
  }
}

void Network::CutOne() {
  std::vector<std::shared_ptr<Link>> open;
  for (const auto& weak : links_) {
    auto link = weak.lock();
    if (link && !link->cut && link->ends[0].attached &&
        link->ends[1].attached) {
      open.push_back(std::move(link));
    }
  }
  if (open.empty()) return;
  Random& random = context_.random;
  const auto& link = open[random.Below(open.size())];
  const uint64_t how = random.Below(5);
  const bool tell0 = how != 1 && how != 2, tell1 = how != 1 && how != 3;
  context_.Count(tell0 && tell1 ? "cuts" : "half_open");
  context_.Note("cut ", link->name, tell0 ? "" : ", the client hears nothing",
                tell1 ? "" : ", the server hears nothing");
  Cut(link, tell0, tell1);
}

size_t Network::open() const {
  return static_cast<size_t>(
      std::count_if(links_.begin(), links_.end(), [](const auto& weak) {
        const auto link = weak.lock();
        return link && !link->cut && link->ends[0].attached;
      }));
}

}  // namespace chat77::simulation

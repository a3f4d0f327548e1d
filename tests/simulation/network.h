// A network in memory: connections of two byte streams whose bytes take time,
// arrive in other pieces than they were written, and stop anywhere.
//
// A Socket is one end. Its handlers are called from the queue, never from
// within a call of its owner's. Bytes of one direction never overtake each
// other; how long they take, and where they are split, is the run's chance.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "tests/simulation/context.h"

namespace chat77::simulation {

struct SocketHandlers {
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_writable;       // after a short write
  std::function<void(bool reset)> on_end;  // no handler is called after it
};

struct Link;
class Network;

class Socket {
 public:
  Socket(Network& network, std::shared_ptr<Link> link, int side)
      : network_(network), link_(std::move(link)), side_(side) {}
  // Closes: what was written still arrives, then the other end hears of it.
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void Handle(SocketHandlers handlers);
  // As much as the way takes; on_writable is called when it takes more again.
  size_t Write(std::string_view bytes);
  // Bytes that have not arrived.
  size_t unsent() const;
  // The other end hears that nothing more comes.
  void FinishWriting();
  // While frozen nothing is read, and the writer has to wait.
  void Freeze(bool frozen);
  // Closes as a dying process does: what is under way may be lost.
  void Reset();

 private:
  Network& network_;
  std::shared_ptr<Link> link_;
  const int side_;
};

// How the network is now.
struct Weather {
  absl::Duration least_delay = absl::Microseconds(200);
  absl::Duration most_delay = absl::Milliseconds(20);
  double split = 0.3;        // a piece is cut in two, anywhere
  double spike = 0;          // a piece takes up to 5 s
  double connect_fails = 0;  // refused, or no answer at all
};

class Network {
 public:
  // The client's end is side 0, the server's side 1.
  using Connected = std::function<void(std::unique_ptr<Socket>)>;

  explicit Network(Context& context) : context_(context) {}

  // Who takes new connections; empty: nobody, they are refused.
  void Listen(Connected accept) { accept_ = std::move(accept); }
  // `done` hears nullptr when it was refused; perhaps nothing at all.
  void Connect(const std::string& who, Connected done);

  Weather& weather() { return weather_; }
  // One open connection breaks: at any byte in either direction, and each end
  // hears of it or not (which a keep-alive must find out).
  void CutOne();
  size_t open() const;

 private:
  friend class Socket;

  void Pump(const std::shared_ptr<Link>& link, int from);
  void Deliver(const std::shared_ptr<Link>& link, int from);
  void End(const std::shared_ptr<Link>& link, int side, bool reset);
  void Cut(const std::shared_ptr<Link>& link, bool tell0, bool tell1);
  void Wake(const std::shared_ptr<Link>& link, int side);
  absl::Duration Delay();

  Context& context_;
  Weather weather_;
  Connected accept_;
  std::vector<std::weak_ptr<Link>> links_;
  uint64_t last_link_ = 0;
};

}  // namespace chat77::simulation

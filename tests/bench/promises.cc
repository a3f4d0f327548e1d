// What keeping the promises costs (FINDINGS.md, "Durability and resuming"):
// acknowledged says per second, and the way back of many clients at once. It
// starts the server itself, with a store in a new folder here.
//   cd build/bench && bin/bench_promises --what=says --clients=8 --window=64
//   cd build/bench && bin/bench_promises --what=resume --clients=10000
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"

#include "chat77/v1/envelope.pb.h"
#include "proto/frame_encoder.h"
#include "tests/bench/load/clock.h"
#include "tests/bench/load/histogram.h"
#include "tests/bench/load/process.h"
#include "tests/crash/victim.h"

ABSL_FLAG(std::string, what, "says", "says or resume");
ABSL_FLAG(int, clients, 8, "How many.");
ABSL_FLAG(int, window, 64, "says: of each client unanswered at a time.");
ABSL_FLAG(int, seconds, 10, "says: how long.");
ABSL_FLAG(int, at_once, 256, "resume: connections being made at a time.");
ABSL_FLAG(std::string, how, "kill",
          "resume: after what; kill or stop of the server, or cut.");
ABSL_FLAG(int, hold, 0, "resume: wait so long for a profiler to be attached.");
ABSL_FLAG(std::string, server, CHAT77D, "The chat77d.");

namespace chat77::bench {
namespace {

namespace pb = ::chat77::v1;

struct Client {
  int fd = -1;
  int number = 0;
  std::string in, out;
  pb::LoginReply login;  // of the last one
  bool entered = false;
  uint64_t last_id = 2;
  std::vector<uint64_t> sent_at;  // by request id
};

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "bench_promises: %s\n", why.c_str());
  std::exit(1);
}

class Crowd {
 public:
  Crowd(uint16_t port, int count) : port_(port) {
    for (int i = 0; i < count; ++i) {
      clients_.push_back(std::make_unique<Client>());
      clients_.back()->number = i;
    }
  }

  // All of them: registered and logged in, or resumed.
  void Enter(int at_once) {
    size_t next = 0;
    entered_ = 0;
    while (entered_ < clients_.size()) {
      while (next < clients_.size() &&
             next - entered_ < static_cast<size_t>(at_once)) {
        Open(*clients_[next++]);
      }
      Pump();
    }
  }
  void Close() {
    for (const auto& client : clients_) ::close(client->fd);
  }
  // Everybody keeps `window` says under way.
  void Talk(int seconds, int window, Histogram& latency) {
    latency_ = &latency;
    talk_until_ = Now() + static_cast<uint64_t>(seconds) * kSecond;
    for (const auto& client : clients_) {
      for (int i = 0; i < window; ++i) Say(*client);
      Flush(*client);
    }
    while (Now() < talk_until_) Pump();
  }
  size_t resumed() const { return resumed_; }

 private:
  void Open(Client& client) {
    client.in.clear();
    client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(client.fd, reinterpret_cast<sockaddr*>(&address),
                  sizeof address) != 0) {
      Die("cannot connect");
    }
    const int one = 1;
    ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    pb::ClientFrame hello;
    hello.set_request_id(1);
    hello.mutable_hello()->set_min_version(1);
    hello.mutable_hello()->set_max_version(1);
    hello.mutable_hello()->set_features(pb::FEATURE_RESUME |
                                        pb::FEATURE_LATE_REPLIES);
    hello.mutable_hello()->set_presence(pb::PRESENCE_NONE);
    wire::AppendFrame(hello, client.out);
    client.entered ? AskToResume(client) : AskToEnter(client, true);
    Flush(client);
  }

  void AskToEnter(Client& client, bool to_register) {
    const std::string alias = absl::StrCat("user", client.number);
    pb::ClientFrame frame;
    frame.set_request_id(to_register ? 2 : 3);
    if (to_register) {
      frame.mutable_register_()->set_alias(alias);
      frame.mutable_register_()->set_password("secret");
    } else {
      frame.mutable_login()->set_alias(alias);
      frame.mutable_login()->set_password("secret");
    }
    wire::AppendFrame(frame, client.out);
  }

  void AskToResume(Client& client) {
    pb::ClientFrame frame;
    frame.set_request_id(2);
    pb::Resume& resume = *frame.mutable_resume();
    resume.set_device_token(client.login.device_token());
    resume.set_epoch(client.login.rooms(0).epoch());
    resume.set_seq(client.login.rooms(0).seq());
    wire::AppendFrame(frame, client.out);
  }

  void Say(Client& client) {
    pb::ClientFrame frame;
    frame.set_request_id(++client.last_id);
    frame.set_message_id((static_cast<uint64_t>(client.number + 1) << 32) +
                         client.last_id);
    frame.mutable_say()->set_text(
        "A text of some sixty bytes, as people say it in a chat room..");
    client.sent_at.resize(client.last_id + 1);
    client.sent_at[client.last_id] = Now();
    wire::AppendFrame(frame, client.out);
  }

  void Pump() {
    std::array<epoll_event, 512> events;
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), 100);
    for (int i = 0; i < ready; ++i) {
      Client& client = *static_cast<Client*>(events[i].data.ptr);
      std::array<char, 1 << 18> buffer;
      const ssize_t size = ::recv(client.fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) Die(absl::StrCat("user", client.number, " was cut off"));
      client.in.append(buffer.data(), static_cast<size_t>(size));
      TakeFrames(client);
      Flush(client);
    }
  }

  void TakeFrames(Client& client) {
    size_t at = 0;
    for (;;) {
      size_t length = 0, head = 0;
      bool whole = false;
      while (!whole && at + head < client.in.size() && head < 5) {
        const auto byte = static_cast<unsigned char>(client.in[at + head]);
        length |= static_cast<size_t>(byte & 127) << (7 * head++);
        whole = byte < 128;
      }
      if (!whole || client.in.size() - at < head + length) break;
      constexpr char kReplyTo = 0x08;  // the tag replies begin with
      constexpr size_t kKeepAliveBytes = 8;
      if (client.in[at + head] == kReplyTo) {
        frame_.ParseFromArray(client.in.data() + at + head,
                              static_cast<int>(length));
        OnReply(client, frame_);
      } else if (length <= kKeepAliveBytes) {
        frame_.ParseFromArray(client.in.data() + at + head,
                              static_cast<int>(length));
        if (frame_.has_keep_alive()) Answer(client);
      }
      at += head + length;
    }
    client.in.erase(0, at);
  }

  // Who waits for the others for long is still there.
  static void Answer(Client& client) {
    pb::ClientFrame frame;
    frame.set_request_id(1);
    frame.mutable_ping();
    wire::AppendFrame(frame, client.out);
  }

  void OnReply(Client& client, const pb::ServerFrame& frame) {
    if (frame.has_say()) {
      latency_->Add(Now() - client.sent_at[frame.reply_to()]);
      if (Now() < talk_until_) Say(client);
    } else if (frame.has_register_()) {
      AskToEnter(client, false);
    } else if (frame.has_login()) {
      client.login = frame.login();
      client.entered = true;
      ++entered_;
    } else if (frame.has_resume()) {
      if (frame.resume().resumed()) ++resumed_;
      const std::string token = client.login.device_token();
      client.login = frame.resume();
      client.login.set_device_token(token);
      ++entered_;
    } else if (frame.error().code() == pb::BUSY) {
      // The same again, as often as it takes.
      frame.reply_to() == 3 ? AskToEnter(client, false)
      : client.entered      ? AskToResume(client)
                            : AskToEnter(client, true);
    } else if (frame.has_error()) {
      Die(frame.error().sentence());
    }
  }

  void Flush(Client& client) {
    size_t done = 0;
    while (done < client.out.size()) {
      const ssize_t size = ::send(client.fd, client.out.data() + done,
                                  client.out.size() - done, MSG_NOSIGNAL);
      if (size < 0) Die("sending failed");
      done += static_cast<size_t>(size);
    }
    client.out.clear();
  }

  const uint16_t port_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Client>> clients_;
  size_t entered_ = 0;
  size_t resumed_ = 0;
  uint64_t talk_until_ = 0;
  Histogram* latency_ = nullptr;
  pb::ServerFrame frame_;
};

double Since(uint64_t start) {
  return static_cast<double>(Now() - start) / kSecond;
}

void Start(crash::Victim& server) {
  server.Start();
  if (!server.AwaitReady(std::chrono::seconds(60))) Die("no server");
}

void MeasureSays(crash::Victim& server) {
  Crowd crowd(server.port(), absl::GetFlag(FLAGS_clients));
  crowd.Enter(absl::GetFlag(FLAGS_at_once));
  Histogram latency;
  const Usage before = UsageOf(server.pid());
  const uint64_t start = Now();
  crowd.Talk(absl::GetFlag(FLAGS_seconds), absl::GetFlag(FLAGS_window),
             latency);
  const double seconds = Since(start);
  const Usage after = UsageOf(server.pid());
  const auto says = static_cast<double>(latency.total());
  std::printf(
      "clients %d, each %d under way: %.0f acknowledged/s, p50 %.2f ms, p99 "
      "%.2f ms, server CPU %.1f us each\n",
      absl::GetFlag(FLAGS_clients), absl::GetFlag(FLAGS_window), says / seconds,
      static_cast<double>(latency.At(0.5)) / 1e6,
      static_cast<double>(latency.At(0.99)) / 1e6,
      static_cast<double>(after.cpu_ns - before.cpu_ns) / 1000 / says);
}

void MeasureResume(crash::Victim& server) {
  const int clients = absl::GetFlag(FLAGS_clients);
  Crowd crowd(server.port(), clients);
  const uint64_t begin = Now();
  crowd.Enter(absl::GetFlag(FLAGS_at_once));
  std::printf("logged in %d in %.2f s\n", clients, Since(begin));
  const std::string how = absl::GetFlag(FLAGS_how);
  const uint64_t away = Now();
  if (how != "cut") {
    server.End(how == "kill" ? SIGKILL : SIGTERM);
    Start(server);
    std::printf("server back %.3f s after the %s, start %lld ms\n", Since(away),
                how.c_str(),
                static_cast<long long>(server.start_time().count()));
  }
  crowd.Close();
  // What the server does about closed connections is not the way back.
  ::sleep(1 + static_cast<unsigned>(absl::GetFlag(FLAGS_hold)));
  const Usage before = UsageOf(server.pid());
  const uint64_t start = Now();
  crowd.Enter(absl::GetFlag(FLAGS_at_once));
  const double seconds = Since(start);
  const Usage after = UsageOf(server.pid());
  std::printf(
      "after a %s: %zu of %d resumed in %.2f s, server CPU %.1f us each\n",
      how.c_str(), crowd.resumed(), clients, seconds,
      static_cast<double>(after.cpu_ns - before.cpu_ns) / 1000 / clients);
}

}  // namespace

int Main() {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::filesystem::path folder =
      std::filesystem::current_path() / absl::StrCat("promises-", ::getpid());
  std::filesystem::create_directory(folder);
  {
    crash::Victim server(
        absl::GetFlag(FLAGS_server),
        {"--store=" + (folder / "chat77.db").string(),
         "--compat_listen=", "--password_cost=min", "--log_level=error",
         "--grace_seconds=900", "--login_seconds=3600"});
    Start(server);
    absl::GetFlag(FLAGS_what) == "says" ? MeasureSays(server)
                                        : MeasureResume(server);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace chat77::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return chat77::bench::Main();
}

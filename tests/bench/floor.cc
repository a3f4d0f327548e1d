// The floor: the least that a server with one thread and epoll can do to carry
// bytes from one connection to all the others. No frames, no names, no limits.
//
//   floor [--port N] [--pair]     build/bench/bin/floor --port 7799
//
// What arrives is appended to one log; a connection is a cursor into it. After
// all that was ready is read, every connection that lags gets one send. What a
// connection sent it does not hear. With --pair a connection's bytes go to the
// one accepted next to it instead. What a server takes beyond this is its own;
// what is left is the kernel's.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr size_t kLogBytes = 16 << 20;
constexpr size_t kReadBytes = 64 << 10;
constexpr size_t kPieces = 64;

struct Span {
  size_t begin, end;
};

struct Client {
  int fd = -1;
  bool blocked = false;
  size_t cursor = 0;      // the first byte of the log it has not got
  std::vector<Span> own;  // what it sent, at or after the cursor
  Client* partner = nullptr;
};

char log_bytes[kLogBytes];
size_t log_end = 0;
std::vector<std::unique_ptr<Client>> clients;
Client* lonely = nullptr;  // waits for a partner
bool lagging = false;      // somebody may have something to hear
int dropped = 0;           // clients that are to be forgotten
int poller, listener;

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "floor: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

void Watch(int operation, int fd, Client* client, bool writing) {
  epoll_event event{};
  event.events = EPOLLIN | (writing ? EPOLLOUT : 0u);
  event.data.ptr = client;
  if (epoll_ctl(poller, operation, fd, &event) != 0) Die("epoll_ctl");
}

void Block(Client& client, bool blocked) {
  client.blocked = blocked;
  lagging = lagging || !blocked;
  Watch(EPOLL_CTL_MOD, client.fd, &client, blocked);
}

// The object stays until the end of the turn.
void Drop(Client& client) {
  close(client.fd);
  client.fd = -1;
  ++dropped;
  if (lonely == &client) lonely = nullptr;
  if (client.partner != nullptr) client.partner->partner = nullptr;
}

// What `client` has to hear, around its own words; their number.
size_t Gather(const Client& client, iovec* pieces) {
  size_t count = 0, at = client.cursor, next = 0;
  while (count < kPieces && at < log_end) {
    const bool own = next < client.own.size();
    const size_t stop = own ? client.own[next].begin : log_end;
    if (at < stop) pieces[count++] = {log_bytes + at, stop - at};
    at = own ? client.own[next++].end : log_end;
  }
  return count;
}

void Advance(Client& client, const iovec* pieces, size_t count, size_t sent) {
  size_t i = 0;
  while (i + 1 < count && sent >= pieces[i].iov_len)
    sent -= pieces[i++].iov_len;
  const char* piece = static_cast<const char*>(pieces[i].iov_base);
  client.cursor = static_cast<size_t>(piece - log_bytes) + sent;
  const auto past = [&](const Span& s) { return s.begin > client.cursor; };
  const auto rest = std::find_if(client.own.begin(), client.own.end(), past);
  if (rest != client.own.begin()) {
    client.cursor = std::max(client.cursor, std::prev(rest)->end);
  }
  client.own.erase(client.own.begin(), rest);
}

void Catch(Client& client) {
  while (client.fd >= 0 && !client.blocked && client.cursor < log_end) {
    iovec pieces[kPieces];
    const size_t count = Gather(client, pieces);
    if (count == 0) {
      client.cursor = log_end;
      client.own.clear();
      return;
    }
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const ssize_t sent =
        count == 1 ? send(client.fd, pieces->iov_base, pieces->iov_len, kFlags)
                   : sendmsg(client.fd, &message, kFlags);
    if (sent < 0 && errno != EAGAIN) return Drop(client);
    if (sent < 0) return Block(client, true);
    Advance(client, pieces, count, static_cast<size_t>(sent));
  }
}

void CatchAll() {
  if (!std::exchange(lagging, false)) return;
  for (const auto& client : clients) Catch(*client);
}

// Makes room at the end of the log: what everybody has got goes. Who has not
// got half of it by then is cut off.
void Compact() {
  CatchAll();
  size_t first = log_end;
  for (const auto& client : clients) {
    if (client->fd < 0) continue;
    if (log_end - client->cursor > kLogBytes / 2)
      Drop(*client);
    else
      first = std::min(first, client->cursor);
  }
  std::memmove(log_bytes, log_bytes + first, log_end - first);
  for (const auto& client : clients) {
    client->cursor -= first;
    for (Span& span : client->own)
      span = {span.begin - first, span.end - first};
  }
  log_end -= first;
}

void Hear(Client& client) {
  if (log_end + kReadBytes > kLogBytes) Compact();
  if (client.fd < 0) return;
  char* at = log_bytes + log_end;
  const ssize_t size = recv(client.fd, at, kReadBytes, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return Drop(client);
  const Span span{log_end, log_end + static_cast<size_t>(size)};
  if (client.own.empty() || client.own.back().end != span.begin) {
    client.own.push_back(span);
  } else {
    client.own.back().end = span.end;
  }
  log_end = span.end;
  lagging = true;
}

void Relay(Client& client) {
  const ssize_t size = recv(client.fd, log_bytes, kReadBytes, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) return Drop(client);
  if (client.partner == nullptr) return;
  if (send(client.partner->fd, log_bytes, static_cast<size_t>(size),
           MSG_DONTWAIT | MSG_NOSIGNAL) != size) {
    Drop(*client.partner);
  }
}

void Accept() {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Client& client = *clients.emplace_back(std::make_unique<Client>());
    client.fd = fd;
    client.cursor = log_end;
    client.partner = std::exchange(lonely, lonely ? nullptr : &client);
    if (client.partner != nullptr) client.partner->partner = &client;
    Watch(EPOLL_CTL_ADD, fd, &client, false);
  }
}

void Listen(int port) {
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(listener, any, size) != 0 || listen(listener, 4096) != 0 ||
      getsockname(listener, any, &size) != 0) {
    Die("listen");
  }
  Watch(EPOLL_CTL_ADD, listener, nullptr, false);
  std::printf("listening native=127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
}

void Turn(bool pair) {
  static epoll_event events[1024];
  const int ready = epoll_wait(poller, events, 1024, -1);
  for (int i = 0; i < ready; ++i) {
    Client* client = static_cast<Client*>(events[i].data.ptr);
    if (client == nullptr) Accept();
    if (client == nullptr || client->fd < 0) continue;
    if (events[i].events & EPOLLOUT) Block(*client, false);
    if (events[i].events & ~EPOLLOUT) pair ? Relay(*client) : Hear(*client);
  }
  CatchAll();
  if (std::exchange(dropped, 0) == 0) return;
  std::erase_if(clients, [](const auto& client) { return client->fd < 0; });
}

}  // namespace

int main(int argc, char** argv) {
  int port = 0;
  bool pair = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--pair") == 0) {
      pair = true;
    } else if (std::strcmp(argv[i], "--port") == 0 && i + 1 < argc) {
      port = std::atoi(argv[++i]);
    } else {
      std::fprintf(stderr, "floor: give --port N, --pair, or nothing.\n");
      return 2;
    }
  }
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poller = epoll_create1(EPOLL_CLOEXEC);
  Listen(port);
  for (;;) Turn(pair);
}

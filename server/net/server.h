// The server as one object: shards, core, storage, listener, put together and
// taken apart in the right order.
//
//   auto server = Server::Open(options);       // listening, not yet serving
//   server->Run();                             // until Stop() has finished
//
// Stop(): no new connections; what is being written is written; everybody is
// told goodbye; logouts are recorded; Run() returns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/net/core_host.h"
#include "server/net/effect_runner.h"
#include "server/net/listener.h"
#include "server/net/shard.h"
#include "server/storage/storage.h"

namespace chat77::server {

struct ServerOptions {
  std::string listen = "0.0.0.0:7700";
  std::string store = "chat77.db";
  bool history = true;
  // How long a native user stays online after a broken connection.
  absl::Duration grace = wire::kGrace;
  StorageOptions storage;
  // For all that is to be sent: half of it for the rooms' logs, a quarter for
  // what waits for single connections, a quarter for mailboxes.
  size_t send_bytes = 256 * 1024 * 1024;
  ShardOptions shard;  // its sizes are set from send_bytes
  size_t io_threads = 1;
  size_t max_connections = 20000;
  // Addresses whose connections may name the person behind them: gateways that
  // run elsewhere (chat77-compat).
  std::vector<std::string> trusted_gateways;
};

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Open(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "ADDRESS:PORT" of the native port.
  std::string address() const { return listener_->address(); }

  // The loop of the calling thread in Run(); for timers and signals.
  boost::asio::io_context& io() { return shards_[0]->io(); }

  // Serves until stopped.
  void Run();

  // The end of a socket pair of the built-in gateway. Any thread.
  void AdoptTrusted(int fd);

  // On Run()'s thread. `stopped` is called when everybody was let go.
  void Stop(std::function<void()> stopped);

 private:
  Server(ServerOptions options, std::unique_ptr<store::Store> store,
         const store::RoomState& lobby);
  void ArmTidy();

  void Accept(Descriptor socket);
  bool IsTrusted(const Descriptor& socket) const;
  SessionId Place(Descriptor socket, bool trusted, size_t shard);
  void Refuse(SessionId id, size_t shard);
  size_t sessions() const;
  void CloseAll();
  void AwaitEmpty();

  const ServerOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<EffectRunner> runner_;
  std::unique_ptr<CoreHost> core_;
  std::vector<std::unique_ptr<RemoteCore>> remote_cores_;
  std::unique_ptr<Listener> listener_;
  uint64_t last_session_ = 0;
  size_t next_shard_ = 0;
  std::function<void()> stopped_;
  std::unique_ptr<boost::asio::steady_timer> last_wait_;
  std::unique_ptr<boost::asio::steady_timer> tidy_;
  absl::Time warn_full_at_ = absl::InfinitePast();
  absl::Time give_up_at_ = absl::InfiniteFuture();
};

}  // namespace chat77::server

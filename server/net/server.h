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
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "server/net/core_host.h"
#include "server/net/door.h"
#include "server/net/effect_runner.h"
#include "server/net/listener.h"
#include "server/net/memory_guard.h"
#include "server/net/shard.h"
#include "server/net/tls/certificate_files.h"
#include "server/storage/storage.h"

namespace chat77::server {

struct ServerOptions {
  std::string listen = "0.0.0.0:7700";
  // "ADDRESS:PORT" where connections need not be encrypted, wherever they come
  // from; empty: nowhere.
  std::string insecure_listen;
  // `own` is chosen by Open(), beside the store.
  tls::CertificateFiles certificate;
  std::string store = "chat77.db";
  bool history = true;
  // How long a native user stays online after a broken connection.
  absl::Duration grace = wire::kGrace;
  // `admin_code` is set where nobody is an admin, and the calendar.
  StorageOptions storage;
  // How much users may ask for, and how often a login may be tried, but from
  // DoorOptions::unlimited.
  RequestRates requests;
  LoginRates logins;
  // For all that is to be sent: half of it for the rooms' logs, half for what
  // waits for single connections.
  size_t send_bytes = 256 * 1024 * 1024;
  // What the process may use, measured; 0: not looked at.
  size_t memory_budget = 0;
  // Three quarters for the one who writes, a quarter for the one who reads.
  size_t store_cache_bytes = store::kStoreCacheBytes;
  ShardOptions shard;  // its sizes and `unlimited` are set from the others
  DoorOptions door;
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
  // The same of the insecure one; empty without it.
  std::string insecure_address() const {
    return insecure_ == nullptr ? "" : insecure_->address();
  }

  // Reads the certificate's files again, for the connections that begin from
  // then on; those that are there stay on theirs. All or nothing: if anything
  // is wrong with them, what is in use stays. On Run()'s thread; logs what came
  // of it.
  void ReloadCertificate();

  // What makes somebody an admin, once; empty: somebody is one.
  const std::string& admin_code() const { return admin_code_; }

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
         store::Reader& reader, const store::LobbyState& lobby,
         RoomId last_room);
  void ArmTidy();

  absl::Status ServeTls();
  absl::Status Listen();
  // server_door.cc: who comes in, and what memory there is for them.
  void Accept(Descriptor socket, bool plain_ok);
  bool IsTrusted(const std::string& host) const;
  Shard& ShardOf(SessionId id) const;
  SessionId NextId(size_t shard);
  void Place(SessionId id, Descriptor socket, Entrance entrance, bool metered);
  void Refuse(SessionId id, pb::Code code, std::string_view sentence,
              absl::Duration retry_after);
  void RefuseFull(SessionId id);
  void GiveWay(SessionId id);
  void OnPassage(SessionId id, Passage passage, size_t shard);
  size_t refused() const;
  void ArmGuard();
  void MeasureMemory();
  void NotePressure(Overload level, size_t used);
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
  std::unique_ptr<Listener> insecure_;
  Door door_;
  std::optional<MemoryGuard> memory_;
  Overload pressure_ = Overload::kNone;
  std::string admin_code_;
  uint64_t tidied_ = 0;
  uint64_t last_session_ = 0;
  size_t next_shard_ = 0;
  std::function<void()> stopped_;
  std::unique_ptr<boost::asio::steady_timer> last_wait_;
  std::unique_ptr<boost::asio::steady_timer> tidy_;
  std::unique_ptr<boost::asio::steady_timer> guard_;
  absl::Time warn_full_at_ = absl::InfinitePast();
  absl::Time give_up_at_ = absl::InfiniteFuture();
};

}  // namespace chat77::server

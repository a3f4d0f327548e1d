// A blocking native client for tests: asks and waits, hears and waits.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proto/connection.h"
#include "tests/support/tls_link.h"

namespace chat77::test {

namespace pb = wire::pb;

class NativeClient {
 public:
  // Long: the machine may be busy. Nothing waits when all is well.
  static constexpr std::chrono::milliseconds kPatience{60'000};

  // Connects to 127.0.0.1 and says hello; its reply is ReplyTo(1). What the
  // kernel takes for it while it does not read: `receive_bytes`, 0 for as much
  // as it likes. `from`: one of the loopback network's addresses.
  explicit NativeClient(int port, pb::Presence presence = pb::PRESENCE_NOTICES,
                        int receive_bytes = 0, const std::string& from = "");
  // The same in TLS; `version` as in TlsLink.
  static NativeClient OverTls(int port, int version = 0, int receive_bytes = 0);
  ~NativeClient();
  NativeClient(NativeClient&& other) noexcept;
  NativeClient(const NativeClient&) = delete;
  NativeClient& operator=(const NativeClient&) = delete;

  // Sends a request and returns its id.
  uint64_t Send(pb::ClientFrame frame);
  // Waits for the reply to `id`; events meanwhile are kept for Hear(). An empty
  // frame if none came or the connection closed.
  pb::ServerFrame ReplyTo(uint64_t id);
  pb::ServerFrame Ask(pb::ClientFrame frame) {
    return ReplyTo(Send(std::move(frame)));
  }
  // Takes what has come, and answers the server's pings, without waiting.
  void Attend();
  // The next event; an empty frame if none came in time.
  pb::ServerFrame Hear(std::chrono::milliseconds patience = kPatience);

  // The next event of the room that is a Said, skipping others.
  pb::Said HearSaid();

  pb::ServerFrame Register(const std::string& alias,
                           const std::string& password = "secret");
  pb::ServerFrame Login(const std::string& alias,
                        const std::string& password = "secret",
                        bool take_over = false);
  // Both; hears its own Joined, unless another presence was chosen.
  void Enter(const std::string& alias);
  pb::ServerFrame Say(const std::string& text);
  pb::FetchHistoryReply History(uint32_t limit = 0,
                                std::optional<uint64_t> after = {});

  void SendBytes(std::string_view bytes);
  void HalfClose();
  // Takes so many bytes from the kernel as if they had not come.
  void Swallow(size_t bytes);
  // Closes so that the other side sees a reset.
  void Reset();
  void Close();
  // Reads until the server closes; true if it did.
  bool AwaitClose();
  bool closed() const { return closed_; }
  // nullptr without TLS.
  const TlsLink* tls() const { return tls_.get(); }
  // Our end's port: the server's log should show it.
  uint16_t local_port() const;

 private:
  enum class Encrypted { kNo, kYes };
  NativeClient(int port, pb::Presence presence, int receive_bytes,
               const std::string& from, Encrypted encrypted, int version);
  bool Pump(std::chrono::milliseconds patience);
  ssize_t Transmit(std::string_view bytes);

  int fd_ = -1;
  std::unique_ptr<TlsLink> tls_;
  // Where it stays when the client is moved: the connection points to it.
  std::unique_ptr<wire::ConnectionOptions> options_;
  wire::ClientConnection connection_;
  std::string out_;
  std::deque<pb::ServerFrame> replies_;
  std::deque<pb::ServerFrame> events_;
  uint64_t last_id_ = 1;
  bool closed_ = false;
};

}  // namespace chat77::test

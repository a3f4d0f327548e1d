// One legacy connection: a socket, the pure parts of legacy/ around it, and a
// client::Link while the user is logging in or logged in.
//
// Owned by the callbacks that wait for it; the gateway holds it too, until
// on_closed. One thread, the gateway's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "client/link.h"
#include "compat/gateway.h"
#include "compat/legacy/dialogue.h"
#include "compat/legacy/foreign.h"
#include "compat/legacy/gatherer.h"
#include "compat/legacy/pacer.h"

namespace chat77::compat {

class LegacySession : public std::enable_shared_from_this<LegacySession>,
                      private legacy::Dialogue::Host {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // `options` and `connect` must outlive it. `on_closed` is called once, when
  // the socket is closed and the server has been left; `on_logged_in` each time
  // somebody has logged in.
  LegacySession(Socket socket, const GatewayOptions& options,
                const Gateway::Connect& connect,
                std::function<void()> on_logged_in,
                std::function<void()> on_closed);

  // Greets.
  void Start();
  // Instead of Start(): says `sentence` and ends.
  void Refuse(std::string_view sentence);
  // Says `sentence`, leaves the room and ends.
  void Stop(std::string_view sentence);
  // Ends at once, telling nobody.
  void Cut();

 private:
  // How far the end of the connection is.
  enum class Phase {
    kOpen,
    kDraining,   // the conversation is over, messages go out yet
    kLingering,  // all is written; the client gets time to take it
    kClosed,
  };

  // legacy::Dialogue::Host
  void Tell(const legacy::Message& message) override;
  void OpenServer() override;
  uint64_t Ask(client::pb::ClientFrame request) override;
  void CloseServer() override;
  void LoggedIn(const std::string& typed) override;
  void End() override;

  void OnSocket(uint64_t number, absl::StatusOr<client::Transport> socket);

  // One turn: input as far as it may go, output, the next read, the timer.
  void Turn();
  void FeedDialogue();
  bool congested() const;
  void Read();
  void OnReadable(const boost::system::error_code& error);
  void Write();
  void OnWritten(const boost::system::error_code& error);
  void InputEnded(bool broken);
  void FinishDraining();
  void CheckDeadlines();
  void ArmTimer();
  absl::Time NextDeadline() const;
  void Close(bool reset);

  Socket socket_;
  boost::asio::steady_timer timer_;
  const GatewayOptions& options_;
  const Gateway::Connect& connect_;
  std::function<void()> on_logged_in_;
  std::function<void()> on_closed_;
  wire::ConnectionOptions server_options_;

  legacy::ForeignProtocol foreign_;
  legacy::Gatherer gatherer_;
  legacy::Pacer pacer_;
  legacy::Dialogue dialogue_;
  std::shared_ptr<client::Link> link_;
  // Which connection to the server is the current one; what belongs to an
  // earlier one comes to nothing.
  uint64_t link_number_ = 0;

  Phase phase_ = Phase::kOpen;
  std::string writing_;
  bool reading_ = false;
  bool input_ended_ = false;
  bool broken_ = false;  // nothing that is written arrives
  bool in_turn_ = false;
  absl::Time input_came_ = absl::InfinitePast();  // the last one
  absl::Time login_by_;  // InfiniteFuture() once logged in
  absl::Time end_by_ = absl::InfiniteFuture();  // of the phase
};

}  // namespace chat77::compat

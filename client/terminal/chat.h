// The interactive program: logs in, shows what happens, does what is typed.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "client/client.h"
#include "client/terminal/command.h"
#include "client/terminal/console.h"
#include "client/terminal/exit_code.h"
#include "client/terminal/input_reader.h"
#include "client/terminal/login_dialog.h"
#include "client/terminal/online_names.h"
#include "client/terminal/password_dialog.h"
#include "client/terminal/private_book.h"
#include "client/terminal/view.h"

namespace chat77::client {

struct ChatOptions {
  ClientOptions client;
  GivenLogin login;
  ViewOptions view;
};

// Owns the event loop's only user of standard input and output.
class Chat {
 public:
  explicit Chat(ChatOptions options);
  ~Chat();

  // Until the person leaves or the server refuses for good.
  ExitCode Run();

 private:
  void OnEvent(const Event& event);
  void OnOffline(const Offline& offline);
  void OnOnline(const Online& online);
  void OnBytes(std::string_view bytes);
  void OnSignal(int signal);
  void WaitForSignal();

  // Lines wait while they cannot be dealt with (a pipe is faster than a login
  // or the server's answers).
  bool TakesLines() const;
  void TakeLines();
  // The end of a pipe counts once all before it is done.
  bool MayLeave() const;
  void Execute(const std::string& line);

  void Do(const NothingCommand&) {}
  void Do(const SayCommand& command);
  void Do(const ConnectCommand& command);
  void Do(const AcceptCommand& command);
  void Do(const RejectCommand& command);
  void Do(const EndCommand& command);
  void Do(const MessageCommand& command);
  void Do(const OnlineCommand&);
  void Do(const PrivateCommand&);
  void Do(const HistoryCommand& command);
  void Do(const DevicesCommand&);
  void Do(const RevokeCommand& command);
  void Do(const WithdrawCommand& command);
  void Do(const BlockCommand& command);
  void Do(const UnblockCommand& command);
  void Do(const BlockedCommand&);
  void Do(const PasswordCommand&);
  void Do(const ClaimCommand& command);
  void Do(const KickCommand& command);
  void Do(const MuteCommand& command);
  void Do(const BanCommand& command);
  void Do(const LiftCommand& command);
  void Do(const SanctionsCommand&);
  void Do(const InviteCommand&);
  void Do(const HelpCommand&);
  void Do(const QuitCommand&);

  void ChangePassword(const std::string& old_password,
                      const std::string& new_password);
  // Says once that what is typed waits for the connection.
  void SayThatItWaits();
  // Sends; prints the sentence of an error, else calls `on_reply`.
  void Request(pb::ClientFrame frame,
               std::function<void(const pb::ServerFrame&)> on_reply);
  Completion OnTab(std::string_view before);
  void RefreshNames();
  void Print(const View::Lines& lines);
  void Note(const std::string& sentence);
  void Error(std::string_view sentence);
  void Finish(ExitCode code);

  boost::asio::io_context io_;
  ChatOptions options_;
  View view_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<LoginDialog> dialog_;
  std::unique_ptr<PasswordDialog> password_;
  std::unique_ptr<Client> client_;
  InputReader input_;
  boost::asio::signal_set signals_;
  PrivateBook book_;
  OnlineNames names_;
  std::deque<std::string> lines_;
  bool input_ended_ = false;
  bool was_online_ = false;
  bool reconnecting_ = false;  // until CaughtUp
  bool waiting_said_ = false;  // that lines wait for the connection
  bool leaving_ = false;
  ExitCode exit_code_ = kOk;
};

}  // namespace chat77::client

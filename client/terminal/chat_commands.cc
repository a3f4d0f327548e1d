// What each command does: the requests of Chat and what their replies mean.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "client/terminal/chat.h"
#include "client/terminal/help_text.h"
#include "client/terminal/sanction_lines.h"
#include "client/text_check.h"

namespace chat77::client {

void Chat::Do(const SayCommand& command) {
  const absl::Status checked = CheckText(command.text);
  if (!checked.ok()) {
    Error(std::string(checked.message()));
    return;
  }
  // What was said is shown when the server confirms it, as RoomSaid.
  Request(SayRequest(command.text), [](const pb::ServerFrame&) {});
}

void Chat::Do(const ConnectCommand& command) {
  Request(RequestPrivateRequest(command.alias),
          [this](const pb::ServerFrame& reply) {
            const auto& answer = reply.request_private();
            if (!answer.connected()) {
              book_.Asked(answer.alias());
              Note(absl::StrCat("Asked ", answer.alias(),
                                "; waiting for the answer."));
              return;
            }
            book_.Linked(answer.alias());
            Note(absl::StrCat("You are in a private chat with ", answer.alias(),
                              ", who had asked you too: /msg ", answer.alias(),
                              " TEXT"));
          });
}

void Chat::Do(const AcceptCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoAsked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(AcceptPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    const std::string& linked = reply.accept_private().alias();
    book_.Linked(linked);
    Note(absl::StrCat("You are in a private chat with ", linked, ": /msg ",
                      linked, " TEXT"));
  });
}

void Chat::Do(const RejectCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoAsked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(RejectPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    book_.Answered(reply.reject_private().alias());
    Note(absl::StrCat("You declined the private chat with ",
                      reply.reject_private().alias(), "."));
  });
}

void Chat::Do(const EndCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhoIsLinked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(EndPrivateRequest(*alias), [this](const pb::ServerFrame& reply) {
    book_.Ended(reply.end_private().alias());
    Note(absl::StrCat("The private chat with ", reply.end_private().alias(),
                      " ended."));
  });
}

void Chat::Do(const MessageCommand& command) {
  const absl::Status checked = CheckText(command.text);
  if (!checked.ok()) {
    Error(std::string(checked.message()));
    return;
  }
  Request(SendPrivateRequest(command.alias, command.text),
          [this, text = command.text](const pb::ServerFrame& reply) {
            const auto& sent = reply.send_private();
            Print(view_.ShowPrivateSent(sent.alias(), text,
                                        absl::FromUnixMillis(sent.time_ms())));
          });
}

void Chat::Do(const OnlineCommand&) {
  Request(ListOnlineRequest(), [this](const pb::ServerFrame& reply) {
    names_.Replace(reply.list_online());
    Print(view_.ShowOnline(reply.list_online()));
  });
}

void Chat::Do(const PrivateCommand&) {
  Request(ListPrivateRequest(), [this](const pb::ServerFrame& reply) {
    book_.Replace(reply.list_private());
    Print(view_.ShowPrivate(reply.list_private()));
  });
}

void Chat::Do(const HistoryCommand& command) {
  Request(HistoryRequest(command.count), [this](const pb::ServerFrame& reply) {
    const auto& page = reply.fetch_history();
    Note(page.messages().empty()
             ? "The server has no messages of this room."
             : absl::StrCat("The last ", page.messages_size(), " messages:"));
    for (const pb::Said& said : page.messages()) Print(view_.ShowSaid(said));
    if (!page.messages().empty()) Note("End of the history.");
  });
}

void Chat::Do(const DevicesCommand&) {
  Request(ListDevicesRequest(), [this](const pb::ServerFrame& reply) {
    Print(view_.ShowDevices(reply.list_devices()));
  });
}

void Chat::Do(const RevokeCommand& command) {
  Request(RevokeDeviceRequest(command.number),
          [this, number = command.number](const pb::ServerFrame&) {
            Note(absl::StrCat("Device ", number, " is logged out."));
          });
}

void Chat::Do(const WithdrawCommand& command) {
  const absl::StatusOr<std::string> alias = book_.WhomAsked(command.alias);
  if (!alias.ok()) {
    Error(std::string(alias.status().message()));
    return;
  }
  Request(WithdrawRequestRequest(*alias), [this](const pb::ServerFrame& reply) {
    const std::string& asked = reply.withdraw_request().alias();
    book_.TookBack(asked);
    Note(absl::StrCat("Your request to ", asked, " is taken back."));
  });
}

void Chat::Do(const BlockCommand& command) {
  Request(BlockRequest(command.alias), [this](const pb::ServerFrame& reply) {
    const std::string& alias = reply.block().alias();
    book_.Blocked(alias);
    Note(absl::StrCat("You hear nothing in private of ", alias,
                      " any more, and they are not told; /unblock ", alias,
                      " undoes it."));
  });
}

void Chat::Do(const UnblockCommand& command) {
  Request(UnblockRequest(command.alias), [this](const pb::ServerFrame& reply) {
    Note(absl::StrCat(reply.unblock().alias(),
                      " is not blocked: they can ask you for a private chat."));
  });
}

void Chat::Do(const BlockedCommand&) {
  Request(ListBlockedRequest(), [this](const pb::ServerFrame& reply) {
    Print(view_.ShowBlocked(reply.list_blocked()));
  });
}

void Chat::Do(const PasswordCommand&) { password_->Begin(); }

void Chat::ChangePassword(const std::string& old_password,
                          const std::string& new_password) {
  Request(ChangePasswordRequest(old_password, new_password),
          [this](const pb::ServerFrame&) {
            Note("The password is changed. Your other devices are logged out.");
          });
}

void Chat::Do(const ClaimCommand& command) {
  Request(ClaimAdminRequest(command.code), [this](const pb::ServerFrame&) {
    Note("You are an admin now; /help lists what admins can do.");
  });
}

void Chat::Do(const KickCommand& command) {
  Request(KickRequest(command.alias, command.reason),
          [this](const pb::ServerFrame& reply) {
            Note(absl::StrCat(reply.kick().alias(),
                              " is sent away; they may come back (/ban keeps "
                              "them out)."));
          });
}

void Chat::Do(const MuteCommand& command) {
  Request(MuteRequest(command.alias, command.seconds, command.reason),
          [this, command](const pb::ServerFrame& reply) {
            Note(SanctionMade(command.alias, "is muted", command.seconds,
                              reply.mute().number()));
          });
}

void Chat::Do(const BanCommand& command) {
  Request(
      command.is_network
          ? BanNetworkRequest(command.target, command.seconds, command.reason)
          : BanAliasRequest(command.target, command.seconds, command.reason),
      [this, command](const pb::ServerFrame& reply) {
        Note(SanctionMade(command.target, "is banned", command.seconds,
                          reply.ban().number()));
      });
}

void Chat::Do(const LiftCommand& command) {
  Request(LiftRequest(command.number),
          [this, number = command.number](const pb::ServerFrame&) {
            Note(absl::StrCat("Number ", number, " is lifted."));
          });
}

void Chat::Do(const SanctionsCommand&) {
  Request(ListSanctionsRequest(), [this](const pb::ServerFrame& reply) {
    Print(SanctionLines(reply.list_sanctions(), options_.view.zone));
  });
}

void Chat::Do(const InviteCommand&) {
  Request(CreateInvitationRequest(), [this](const pb::ServerFrame& reply) {
    const auto& invitation = reply.create_invitation();
    Note(absl::StrCat(
        "One account can be registered with ", invitation.code(), " until ",
        absl::FormatTime("%d %B %Y %H:%M",
                         absl::FromUnixMillis(invitation.expires_ms()),
                         options_.view.zone),
        "."));
  });
}

void Chat::Do(const HelpCommand&) {
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(HelpText(), '\n'))) {
    console_->Print(line);
  }
}

void Chat::Do(const QuitCommand&) {
  if (std::exchange(leaving_, true)) return;
  if (client_->state() == State::kOffline) {
    Finish(kOk);
  } else {
    client_->Logout();
  }
}

}  // namespace chat77::client

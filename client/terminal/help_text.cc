#include "client/terminal/help_text.h"

namespace chat77::client {

std::string HelpText() {
  return R"(What you type is said in the room. Commands:
  /connect NAME     ask NAME for a private chat      (connect to NAME)
  /accept [NAME]    say yes to who asked you         (accept connection NAME)
  /reject [NAME]    say no                           (reject connection NAME)
  /msg NAME TEXT    say TEXT to NAME alone           (private txt NAME TEXT)
                    (it waits for NAME if they are away)
  /end [NAME]       end the private chat             (end private NAME)
  /withdraw [NAME]  take back your request for a private chat
  /private          your private chats and requests  (my private chats)
  /block NAME       hear nothing in private of NAME any more; NAME is not told
  /unblock NAME     hear of NAME again
  /blocked          whom you have blocked
  /online           who is here                      (online clients)
  /history [COUNT]  the last messages of the room
  /devices          where you are logged in for the next two weeks
  /revoke NUMBER    log such a device out
  /password         change your password; other devices are logged out
                    (from a pipe: the next two lines are the old and new one)
  /quit             leave                            (exit)
  //TEXT            say /TEXT in the room            (bdct txt /TEXT)
For admins (TIME like 10m, 2h, 7d; without one: until it is lifted):
  /claim CODE       become the first admin, with the server's printed code
  /kick NAME [REASON]                end NAME's stay; they may come back
  /mute NAME [TIME] [REASON]         NAME may say nothing in the room
  /ban NAME|NETWORK [TIME] [REASON]  an account or addresses may not log in
  /sanctions        the mutes and bans in force
  /lift NUMBER      end one of them
  /invite           make a code with which one account can be registered
The Tab key completes commands and names.)";
}

}  // namespace chat77::client

// How the program `chat77` ends: sysexits(3) numbers, documented in --help.
#pragma once

#include "client/core/event.h"

namespace chat77::client {

enum ExitCode : int {
  kOk = 0,
  kUsage = 64,         // a flag or an argument
  kBadText = 65,       // the server, or this client for it, refused a text
  kUnavailable = 69,   // no server there, or no Wi-Fi tool
  kTemporary = 75,     // lost, busy: the same may work later
  kUntrusted = 76,     // the server's key is not the one it should be, or that
                       // cannot be checked
  kLoginRefused = 77,  // wrong password, taken name, already online,
                       // banned, this device was logged out
};

// For an Offline without retry_in.
inline ExitCode ExitCodeOf(const Offline& offline) {
  switch (offline.trouble) {
    case Trouble::kUnreachable:
    case Trouble::kNotChat77:
      return kUnavailable;
    case Trouble::kUntrusted:
      return kUntrusted;
    case Trouble::kRefused:
      return offline.code == pb::VERSION_UNSUPPORTED ||
                     offline.code == pb::TLS_REQUIRED
                 ? kUnavailable
                 : kLoginRefused;
    case Trouble::kTemporary:
      return kTemporary;
    case Trouble::kEnded:
      break;
  }
  switch (offline.code) {
    case pb::TAKEN_OVER:
    case pb::KICKED:
    case pb::ALREADY_ONLINE:
      return kTemporary;
    case pb::DEVICE_REVOKED:
      return kLoginRefused;
    default:
      return kOk;
  }
}

}  // namespace chat77::client

// Random lives of a chat: a list of operations, played to the core, its
// invariants and its model at once. Shared by the property test, which makes
// lists and shrinks them, and the fuzzer, which makes bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace chat77::server {

struct Operation {
  enum Kind : uint8_t {
    kEnter,  // open, log in, and everything that waits is finished
    kOpen,
    kClose,
    kRegister,
    kLogin,
    kTakeOver,
    kLogout,
    kSay,
    kListOnline,
    kFetchHistory,
    kRequest,
    kAccept,
    kReject,
    kEnd,
    kSend,
    kListPrivate,
    kNonsense,
    kFinishPassword,
    kFailPassword,
    kFinishWrite,
    kFailWrite,
    kFinishRead,
    kStop,
    kEnterResuming,  // as kEnter, by a client that can resume
    kOpenResuming,
    kResume,
    kReturn,  // open, resume, and the token is found
    kMarkRead,
    kAgain,  // something asked before with a message id, as it was
    kListDevices,
    kRevoke,
    kFinishLookup,
    kFailLookup,
    kElapse,  // the grace time of one who is, or was, away
    kLink,    // the slot asks one, everybody asks the slot; all is finished
    // Bytes are kinds in this order: new ones come last.
    kWithdraw,
    kBlock,
    kUnblock,
    kListBlocked,
    kLongAfter,  // more than a request's life
    kKick,
    kMute,
    kBan,
    kLift,
    kChangePassword,
  };
  static constexpr uint8_t kKinds = kChangePassword + 1;
  static constexpr uint8_t kSlots = 6;  // sessions at a time
  static constexpr uint8_t kNames = 8;  // four, each in two spellings

  Kind kind = kOpen;
  uint8_t slot = 0;
  uint8_t name = 0;
  uint8_t detail = 0;  // which text, with or without a message id, right or
                       // wrong password, which place, which of those that wait
};

std::ostream& operator<<(std::ostream& os, const Operation& operation);

// Three bytes an operation; any bytes will do.
std::vector<Operation> OperationsFromBytes(const uint8_t* data, size_t size);

// Plays the list from a new server on, twice, and finishes what waits; at last
// the time of all who are away is over. Returns what went wrong first, with the
// number of the operation; empty: nothing.
std::string Play(const std::vector<Operation>& operations, bool history);

}  // namespace chat77::server

#include "store/internal/refusals.h"

#include "absl/strings/str_cat.h"

#include "proto/limits.h"
#include "store/internal/abseil_view.h"

namespace chat77::store {

absl::Status AliasTaken(std::string_view alias) {
  return absl::AlreadyExistsError(absl::StrCat("The alias ", ToAbseil(alias),
                                               " is taken; choose another."));
}

absl::Status AliasLooksTaken(std::string_view alias) {
  return absl::AlreadyExistsError(
      absl::StrCat("The alias ", ToAbseil(alias),
                   " looks like another user's; choose another."));
}

absl::Status AliasLooksReserved(std::string_view alias) {
  return absl::AlreadyExistsError(
      absl::StrCat("The alias ", ToAbseil(alias),
                   " looks like one that is reserved; choose another."));
}

absl::Status NoInvitation() {
  return absl::PermissionDeniedError(
      "This invitation is unknown, used or expired; ask for another.");
}

absl::Status InvitationKnown() {
  return absl::AlreadyExistsError(
      "An invitation with this code is there already; make another code.");
}

absl::Status NoSuchSanction(int64_t number) {
  return absl::NotFoundError(absl::StrCat(
      "There is no mute or ban with number ", number, " in force; list them."));
}

absl::Status TooManyBlocked() {
  return absl::ResourceExhaustedError(
      absl::StrCat("An account can block at most ", wire::kBlockedPerUser,
                   " others; unblock one first."));
}

absl::Status NoSuchAccount(std::string_view key) {
  return absl::NotFoundError(absl::StrCat("There is no account ", ToAbseil(key),
                                          "; register it first."));
}

absl::Status NoSuchRoom(RoomId room) {
  return absl::NotFoundError(absl::StrCat("There is no room with number ", room,
                                          "; name one that was made."));
}

absl::Status NoOpenConnection(ConnectionId id) {
  return absl::NotFoundError(absl::StrCat("There is no open connection ", id,
                                          ", so nothing was recorded."));
}

absl::Status NoAccountNumber(AccountId account) {
  return absl::NotFoundError(absl::StrCat("There is no account with number ",
                                          account, "; register one first."));
}

absl::Status NoSuchDevice(AccountId account, DeviceId device) {
  return absl::NotFoundError(absl::StrCat("The account with number ", account,
                                          " has no device ", device,
                                          "; log in with the password."));
}

absl::Status TokenKnown() {
  return absl::AlreadyExistsError(
      "A device with this token is there already; make another token.");
}

absl::Status TokenUnknown() {
  return absl::NotFoundError(
      "There is no device with this token; log in with the password.");
}

absl::Status NotRemembered(uint64_t message_id) {
  return absl::NotFoundError(
      absl::StrCat("The request ", message_id, " is not remembered; send it."));
}

absl::Status WrittenByAnother(std::string_view store) {
  return absl::DataLossError(
      absl::StrCat("Another program wrote messages to the store ",
                   ToAbseil(store), "; restart the server."));
}

absl::Status WrongLink(AccountId first, AccountId second) {
  return absl::InternalError(
      absl::StrCat("What is to be written of the accounts ", first, " and ",
                   second, " contradicts their direct room; report this bug."));
}

}  // namespace chat77::store

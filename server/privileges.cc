#include "server/privileges.h"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace chat77::server {
namespace {

absl::Status Cannot(const std::string& name, const char* what) {
  return absl::PermissionDeniedError(absl::StrCat(
      "Cannot become the user ", name, " (", what, ": ", std::strerror(errno),
      "); start the server as root, or as that user without --user."));
}

bool IsNow(uid_t user, gid_t group) {
  uid_t real = 0, effective = 0, saved = 0;
  gid_t real_group = 0, effective_group = 0, saved_group = 0;
  return getresuid(&real, &effective, &saved) == 0 &&
         getresgid(&real_group, &effective_group, &saved_group) == 0 &&
         real == user && effective == user && saved == user &&
         real_group == group && effective_group == group &&
         saved_group == group;
}

}  // namespace

bool IsRoot() { return geteuid() == 0; }

absl::Status BecomeUser(const std::string& name) {
  errno = 0;
  const passwd* found = getpwnam(name.c_str());
  if (found == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "There is no user ", name,
        "; give --user one that is in /etc/passwd, such as chat77 or nobody."));
  }
  const uid_t user = found->pw_uid;
  const gid_t group = found->pw_gid;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Cannot(name, "no_new_privs");
  }
  if (IsNow(user, group) && user != 0) return absl::OkStatus();
  if (initgroups(name.c_str(), group) != 0) return Cannot(name, "initgroups");
  if (setresgid(group, group, group) != 0) return Cannot(name, "setresgid");
  if (setresuid(user, user, user) != 0) return Cannot(name, "setresuid");
  // Some systems' answers to the above were not the truth.
  if (!IsNow(user, group) || user == 0 || setuid(0) == 0 || seteuid(0) == 0) {
    return absl::InternalError(absl::StrCat(
        "Became the user ", name,
        ", but could be root again; give --user one that is not root."));
  }
  return absl::OkStatus();
}

}  // namespace chat77::server

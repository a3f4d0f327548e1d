// The keys of the servers one has met, in a text file of one line each:
//
//   chat.example:7700 SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8
//   talk.example:7700 verified
//
// "verified": its certificates are checked against the system's authorities
// (client/server_trust.h). Empty lines and those that begin with '#' are kept
// as they are. A file with any other line is not used and not written: the
// error names the line.
//
// Changes are written to a new file that takes the old one's place, under a
// lock (PATH.lock) that programs which share the file wait for; a crash or a
// full disk leaves what was there before. The file is readable by its owner
// only (0600), as is the folder that is made for it (0700).
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace chat77::client {

class KnownHosts {
 public:
  // $CHAT77_KNOWN_HOSTS, or chat77/known_hosts in $XDG_CONFIG_HOME or, without
  // it, in ~/.config. FailedPrecondition if none of them is set.
  static absl::StatusOr<std::string> DefaultPath();

  explicit KnownHosts(std::string path) : path_(std::move(path)) {}

  // All errors are one sentence with the path. `server`: CanonicalServerName.

  // What is known of it; nothing, also where there is no file.
  absl::StatusOr<std::optional<std::string>> Find(
      const std::string& server) const;
  // From now on `value` is known of it. Aborted if what was known before is
  // not `before`: another program was faster.
  absl::Status Remember(const std::string& server, const std::string& value,
                        const std::optional<std::string>& before);
  // NotFound if nothing is known of it.
  absl::Status Forget(const std::string& server);

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace chat77::client

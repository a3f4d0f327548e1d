// The ways in: registration, and logins with a password or a device's token.
// Every way passes one gate.
//
// Pure; one thread, the core's.
#pragma once

#include <memory>

#include "server/core/attempts.h"
#include "server/core/core_options.h"
#include "server/core/overload.h"
#include "server/core/request_limits.h"
#include "server/core/returns.h"
#include "server/core/sanctions.h"
#include "server/core/sessions.h"
#include "server/core/stays.h"

namespace chat77::server {

class SessionFront {
 public:
  SessionFront(const CoreOptions& options, Sessions& sessions,
               const Presence& presence, Attempts& attempts,
               RequestLimits& limits, const Workload& workload,
               const Sanctions& sanctions, Stays& stays, Returns& returns)
      : options_(options),
        sessions_(sessions),
        presence_(presence),
        attempts_(attempts),
        limits_(limits),
        workload_(workload),
        sanctions_(sanctions),
        stays_(stays),
        returns_(returns) {}

  void On(const SessionOpened& event);
  void On(const SessionClosed& event, Turn& turn);

  void Register(const pb::Register& asked, const Request& request);
  void On(const AccountCreated& event, Turn& turn);
  void Login(const pb::Login& asked, const Request& request);
  void On(const PasswordChecked& event, Turn& turn);
  void Resume(const pb::Resume& asked, const Request& request);
  void On(const DeviceFound& event, Turn& turn);

 private:
  // True, and answered, if the session may not log in or register now.
  static bool RefuseAttempt(const SessionState& session,
                            const Request& request);
  bool RefuseRegistration(const pb::Register& asked,
                          const SessionState& session, const Request& request);
  // The gate: true, and answered, if the account may not come in.
  bool RefuseEntry(const Attempt& attempt, const AccountName& account,
                   Turn& turn);
  // Work outside failed, whatever it was.
  static void RefuseFailure(const Attempt& attempt, const absl::Status& status,
                            Turn& turn);

  const CoreOptions& options_;
  Sessions& sessions_;
  const Presence& presence_;
  Attempts& attempts_;
  RequestLimits& limits_;
  const Workload& workload_;
  const Sanctions& sanctions_;
  Stays& stays_;
  Returns& returns_;
};

}  // namespace chat77::server

// chat77-store's commands for admins, invitations, sanctions and the audit log.
// Each returns an exit code.
#pragma once

#include <cstdint>
#include <string>

namespace chat77::store {

// These three want the store for themselves.
int GrantAdmin(const std::string& store_path, const std::string& alias);
int RevokeAdmin(const std::string& store_path, const std::string& alias);
int Invite(const std::string& store_path);

int ListSanctions(const std::string& store_path);
int ListAudit(const std::string& store_path, int64_t after_number);
// `expected`: what an earlier run printed, or empty.
int VerifyAuditLog(const std::string& store_path, const std::string& expected);

}  // namespace chat77::store

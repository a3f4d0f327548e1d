// chat77-store's commands for the original's client_connections.json. Each
// returns an exit code.
#pragma once

#include <string>

#include "store/password.h"

namespace chat77::store {

int ImportLegacyFile(const std::string& store_path, const std::string& path,
                     PasswordCost cost);
int ExportLegacyFile(const std::string& store_path, const std::string& path);

}  // namespace chat77::store

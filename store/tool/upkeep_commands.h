// chat77-store's commands that look after a store. Each returns an exit code.
#pragma once

#include <string>

namespace chat77::store {

int Info(const std::string& store_path);
int Check(const std::string& store_path);
int BackUp(const std::string& store_path, const std::string& target);
int Restore(const std::string& store_path, const std::string& backup);

}  // namespace chat77::store

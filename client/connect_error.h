// Why a connection could not be made, for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace chat77::client {

// One sentence that names the server and says what to do.
std::string ConnectSentence(const boost::system::error_code& error,
                            std::string_view host, uint16_t port);

}  // namespace chat77::client

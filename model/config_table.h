// The text of the configuration table, in parts. Only config.cpp and its test read it.
//
// A row is one line and the indented lines below it:
//
//   name scopes type default [,version:default]... [range] [{values}] fidelity [+since] [xremoved]
//        [=broker.synonym] [only{values}]
//       One line of documentation.
//       ! What is left out.
//       @ Where else it is said.
//
// scopes: B broker, C controller, T topic, P producer, R consumer. type: bool int long short double
// string list enum. default: `-` is null, `""` an empty string, `0,4.0:5` is 0 and since 4.0 5.
// range: `>=1`, `1..10`. fidelity: sim (simulated), none (no effect here), refuse (not simulated).
// only{...}: of a simulated key, the values that are; any other is refused when set, also the
// default.
#pragma once

#include <string_view>

namespace odradek::kafka {

std::string_view server_key_table();  // Replication, logs, controller, network of a server.
std::string_view
coordinator_key_table();  // Groups, transactions, share groups, streams, quotas, tiers.
std::string_view security_key_table();  // TLS, SASL, tokens, of servers and clients.
std::string_view topic_key_table();
std::string_view client_key_table();  // Producer and consumer.

}  // namespace odradek::kafka
